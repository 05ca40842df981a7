//! Writing a snapshot: the items that the commits up to one have led to, in a file that stands by itself.

use super::snapshot::Snapshot;
use crate::disk::NewFile;
use crate::error::Result;
use crate::record::{Checksum, FirstLine, Piece, SnapshotEnd};
use std::sync::atomic::{AtomicU64, Ordering};

/// The length of a piece, in bytes, unless one item is longer.
const PIECE: usize = 1 << 20;

/// How far long work has come, for whoever watches it from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// How many bytes have been done.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// How many there are to do; 0 while that is not known.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub(super) fn reach(&self, bytes: u64) {
        self.done.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Writes a snapshot that the commit after `commit` can follow on. Its lines are those of the items, byte for byte. `check` is asked
/// before each piece whether it may be written.
pub(super) fn write_snapshot(
    file: &mut dyn NewFile,
    commit: u64,
    prev: Checksum,
    items: &mut Snapshot,
    progress: &Progress,
    check: &dyn Fn() -> Result<()>,
) -> Result<()> {
    progress.begin(items.bytes());
    let first = FirstLine::Snapshot(commit).line();
    file.append(&first)?;
    let mut before = Checksum::default().append(&first);
    let mut pieces = 0;
    let mut lines = Vec::new();
    while items.read_lines(PIECE, &mut lines)? || pieces == 0 {
        check()?;
        pieces += 1;
        progress.add(lines.len() as u64);
        Piece::close(&mut lines, pieces, before);
        file.append(&lines)?;
        before = Checksum::default();
        lines.clear();
    }
    file.append(&SnapshotEnd::line(commit, pieces, prev))
}
