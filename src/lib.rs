//! # persist-lock
//!
//! A durable key–value store for Node.js that many processes can share safely. This crate is its
//! core and, with the feature `node`, the bindings. `docs/DESIGN.md` has the map of the whole, the
//! file format, the invariants and the reasons.
//!
//! | module | contents | must not know |
//! | --- | --- | --- |
//! | `node` | the bindings, which `lib/file/` loads | the layout of a commit |
//! | [`store`] | opening, turns, reads, recovery, durability, rewrites | Node |
//! | [`log`], [`record`] | the commits of a data file; one line | locks, the meaning of items |
//! | [`index`](mod@index) | the place of each key's newest item | files |
//! | [`lock`] | the writer lock | the data behind it |
//! | [`lease`] | the locks of keys that outlast a turn | items, lines |
//! | [`waits`] | the waits of this process for locks, and their threads | the data behind a lock |
//! | [`names`] | the names of a store's folders and files | their contents |
//! | [`disk`] | the few file operations that the rest needs | everything above |

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
pub use store::{Listing, Options, PendingSync, Room, Store};
