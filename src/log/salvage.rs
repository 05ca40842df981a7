//! What is whole in a file, wherever it stands: for a file of which a part is damaged.
//!
//! Changes nothing, and decides nothing: whether an end that belongs to nothing whole is damaged or torn is told by `behind`.

use super::checksums::Checksums;
use super::head::find_checkpoint;
use super::lines::{Line, Lines};
use crate::disk::DiskFile;
use crate::error::Result;
use crate::record::{self, CheckpointEnd, Checksum, Claim, Commit, FirstLine, Kind, Piece};
use std::ops::Range;

/// The largest number that a JSON reader takes exactly: no commit has a larger one.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// A stretch of a file that belongs to nothing whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// The line in which it begins, counted from 1.
    pub line: u64,
    /// Its first byte.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
}

/// What is whole in a file.
#[derive(Debug, Default)]
pub struct Salvage {
    /// The stretches of whole pieces, commits and claims, in their order.
    pub whole: Vec<Range<u64>>,
    /// The stretches between them.
    pub damaged: Vec<Damage>,
    /// How many whole commits there are.
    pub commits: u64,
    /// The highest commit number that any line of the file has, whole or not.
    pub newest: u64,
    /// The commit that the pieces go up to, as far as the file tells.
    pub checkpoint: u64,
}

impl Salvage {
    /// Takes a stretch that is whole. `line` is the number of lines up to the end of the one before.
    fn take(&mut self, start: u64, end: u64, line: u64) {
        let kept = self.end();
        if start > kept {
            self.damaged.push(Damage {
                line: line + 1,
                offset: kept,
                bytes: start - kept,
            });
        }
        match self.whole.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => self.whole.push(start..end),
        }
    }

    fn end(&self) -> u64 {
        self.whole.last().map_or(0, |range| range.end)
    }
}

/// Finds all that is whole. A commit counts if its own checksum is right, whatever it follows on. `watch` is told how far the
/// file has been read.
pub fn salvage(file: &dyn DiskFile, watch: &dyn Fn(u64)) -> Result<Salvage> {
    let mut found = Salvage::default();
    let mut checksums = Checksums::new(0);
    let mut lines = Lines::new(file, 0);
    let mut first_line = Checksum::default();
    let mut line_number = 0;
    let mut kept_line = 0;
    let checkpoint = find_checkpoint(file)?.map(|position| FirstLine::Checkpoint(position.commit));
    while let Some(Line { offset, bytes }) = lines.next()? {
        line_number += 1;
        let end = offset + bytes.len() as u64;
        found.newest = found.newest.max(number_in(bytes));
        if offset == 0 {
            first_line = checksum_of_first_line(bytes, checkpoint);
            found.checkpoint = match checkpoint.or_else(|| FirstLine::parse(bytes)) {
                Some(FirstLine::Checkpoint(number)) => number,
                Some(FirstLine::Empty) | None => 0,
            };
        }
        let start = match record::kind(bytes) {
            Kind::Commit => match Commit::parse(bytes) {
                Some(commit) => items_before(&checksums, offset, commit.bytes)
                    .filter(|items| commit.is_whole(*items))
                    .map(|_| {
                        found.commits += 1;
                        offset - commit.bytes
                    }),
                None => None,
            },
            Kind::Piece => match Piece::parse(bytes) {
                Some(piece) => items_before(&checksums, offset, piece.bytes)
                    .filter(|items| match piece.number {
                        1 => piece.is_whole(first_line.join(*items, piece.bytes as usize)),
                        _ => piece.is_whole(*items),
                    })
                    .map(|_| offset - piece.bytes),
                None => None,
            },
            Kind::Claim => Claim::parse(bytes).map(|_| offset),
            Kind::CheckpointEnd => CheckpointEnd::parse(bytes).map(|_| offset),
            Kind::Other if offset == 0 => FirstLine::parse(bytes)
                .filter(|first| checkpoint.is_none_or(|checkpoint| checkpoint == *first))
                .map(|_| 0),
            Kind::Item | Kind::Cleared | Kind::Other => None,
        };
        checksums.append(bytes);
        if let Some(start) = start.filter(|start| *start >= found.end()) {
            found.take(start, end, kept_line);
            kept_line = line_number;
            checksums.forget_lines();
            watch(end);
        }
    }
    let length = checksums.end();
    if length > found.end() {
        found.damaged.push(Damage {
            line: kept_line + 1,
            offset: found.end(),
            bytes: length - found.end(),
        });
    }
    Ok(found)
}

/// Where the first line is damaged, the end of the checkpoint says what it was.
fn checksum_of_first_line(found: &[u8], checkpoint: Option<FirstLine>) -> Checksum {
    match checkpoint {
        Some(checkpoint) => Checksum::default().append(&checkpoint.line()),
        None => Checksum::default().append(found),
    }
}

/// The checksum of so many bytes in front of a line.
fn items_before(checksums: &Checksums, line_start: u64, bytes: u64) -> Option<Checksum> {
    checksums.since(line_start.checked_sub(bytes)?)
}

/// The commit number that a line has, believable or not.
fn number_in(line: &[u8]) -> u64 {
    let number = match record::kind(line) {
        Kind::Commit => Commit::parse(line).map(|commit| commit.number),
        Kind::Claim => Claim::parse(line).map(|claim| claim.synced),
        Kind::CheckpointEnd => CheckpointEnd::parse(line).map(|last| last.number),
        _ => None,
    };
    number.unwrap_or(0).min(LARGEST_NUMBER)
}
