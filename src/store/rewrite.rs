//! Rewriting: a data file gets a successor, which begins with a checkpoint of the items.
//!
//! There are three reasons: `compaction` drops dead records, `renewal` leaves a file whose sync
//! failed, `repair` leaves a damaged one (`salvaged`, `merge`). Each takes the `lock` of rewrites,
//! and switches by a rename. `backup` writes a checkpoint elsewhere. `following` goes over to a
//! successor without reopening. `leftovers` removes the files of killed processes. `older` detects
//! older files that have more than the current one. `schedule` and `space` decide when a compaction
//! is worth it, and fits.

mod backup;
mod checkpoint;
mod compaction;
mod following;
mod leftovers;
mod lock;
mod merge;
pub(super) mod older;
mod renewal;
mod repair;
mod salvaged;
pub(super) mod schedule;
mod space;

pub use backup::Backup;
pub use compaction::{AskSource, Compaction, Source, compact, compact_beside};
pub use following::{Copies, Relocation};
pub use renewal::renew;
pub use repair::{Older, Repaired, repair};

pub(super) use leftovers::remove_leftovers;
pub(super) use renewal::as_failed_sync;
