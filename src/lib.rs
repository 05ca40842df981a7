//! # persist-lock
//!
//! JSON items on disk, shared by processes: many readers, one writer, nothing lost. This page is the map of the house.
//!
//! | module | knows | must not know |
//! | --- | --- | --- |
//! | `index.js`, `lib/` | callbacks, JSON, promises, the queue | files, locks |
//! | `node-persist.js`, `lib/adapters/node-persist/` | node-persist's calls, results and files, on the class of `index.js` | files of the store, locks |
//! | `bin/`, `lib/cli/` | the command line: arguments, messages, JSON Lines | lines of the file, locks |
//! | `node` | both sides: the class that `index.js` extends | how a commit is laid out |
//! | [`store`] | open, refresh, commit, recover: the log, the index and the lock together | Node |
//! | [`log`], [`record`] | a file's commits; one line | locks, items' meaning |
//! | [`index`](mod@index) | where each key's newest item lies | files |
//! | [`lock`] | who may append | what it guards |
//! | [`waits`] | who of this process waits for which lock, on which thread | what a lock guards |
//! | [`lease`] | who has which key beyond a turn, and who waits for it | items, files' lines |
//! | [`disk`] | the few file operations that the rest needs | all of the above |
//!
//! # The way of one edit
//!
//! 1. `index.js` checks the arguments and puts the edit into the queue of `lib/file/writer.js`.
//! 2. A writer turn begins: [`Store::begin_turn`] takes the [`lock::WriterLock`], reads what others committed
//!    ([`log::scan`]) and mends a torn end (`store/recovery.rs`).
//! 3. JavaScript runs each callback of the queue on the newest values and hands over item lines. A callback that returns a
//!    promise leases its keys ([`lease::Leases`]) and is finished in a later turn.
//! 4. [`Store::commit`] closes them with a commit line ([`record::Commit`]) and appends all with one write.
//! 5. [`Store::end_turn`] gives the lock up; [`Store::pending_sync`] is run on a thread.
//! 6. When the sync has returned, the edit's promise resolves.
//!
//! `docs/DESIGN.md` gives the promises, the format and the reasons.

pub mod disk;
pub mod error;
pub mod index;
pub mod lease;
pub mod lock;
pub mod log;
pub mod names;
mod panics;
pub mod record;
pub mod store;
pub mod waits;

#[cfg(feature = "node")]
mod node;

pub use error::{Error, Result};
pub use store::{Listing, Options, PendingSync, Store};
