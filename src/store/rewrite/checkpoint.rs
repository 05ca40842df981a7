//! Writing a checkpoint: the items that all commits up to one have led to.

use crate::disk::NewFile;
use crate::error::Result;
use crate::record::{CheckpointEnd, Checksum, FirstLine, Piece};
use crate::store::{Listing, Progress};

/// Length of a piece in bytes, unless one item is longer.
const PIECE: usize = 1 << 20;

/// Writes a checkpoint on which the commit after `commit` can follow, with the item lines copied
/// byte for byte. Asks `check` before each piece.
pub(super) fn write_checkpoint(
    file: &mut dyn NewFile,
    commit: u64,
    prev: Checksum,
    items: &mut Listing,
    progress: &Progress,
    check: &dyn Fn() -> Result<()>,
) -> Result<()> {
    progress.begin(items.bytes());
    let first = FirstLine::Checkpoint(commit).line();
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
    file.append(&CheckpointEnd::line(commit, pieces, prev))
}
