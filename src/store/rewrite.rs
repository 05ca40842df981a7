//! Rewriting: a data file gets a successor, whose beginning is a checkpoint of the items.
//!
//! Three works do it: `compaction` drops dead records, `renewal` leaves a file whose sync has failed, `repair` one that is damaged
//! (with `salvaged` and `merge`). Each has the `lock` of rewrites, and switches to the new file by its rename. `backup` writes a
//! checkpoint elsewhere. `following` goes over to a successor without reopening, `leftovers` removes what killed processes left,
//! `older` tells of older files that hold more than the current one, `schedule` when a compaction is worth it, `space` whether
//! it fits.

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

pub(super) use renewal::as_failed_sync;
