//! All that is intact in a file of which a part is damaged, valid or not.
//!
//! Changes nothing and decides nothing: `tail` tells a damaged end from a torn one.

use super::checksums::Checksums;
use super::head::find_checkpoint;
use super::lines::{Line, Lines};
use super::rest::without_rest;
use crate::disk::DiskFile;
use crate::error::Result;
use crate::record::{self, CheckpointEnd, Checksum, Claim, Commit, FirstLine, Kind, Piece};
use std::ops::Range;

/// The largest number that a JSON reader takes exactly. No commit has a larger one.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// A stretch of a file that belongs to nothing intact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// The line in which the stretch begins, counted from 1.
    pub line: u64,
    /// Offset of its first byte.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
}

/// The intact parts of a file.
#[derive(Debug, Default)]
pub struct Salvage {
    /// The stretches of intact pieces, commits and claims, in order.
    pub intact: Vec<Range<u64>>,
    /// The stretches between those.
    pub damaged: Vec<Damage>,
    /// Number of intact commits.
    pub commits: u64,
    /// The highest commit number in any line of the file, intact or not.
    pub newest: u64,
    /// The commit that the pieces go up to, as far as the file tells.
    pub checkpoint: u64,
}

impl Salvage {
    /// Takes an intact stretch. `line` is the number of lines up to the end of the stretch before.
    fn take(&mut self, start: u64, end: u64, line: u64) {
        let kept = self.end();
        if start > kept {
            self.damaged.push(Damage {
                line: line + 1,
                offset: kept,
                bytes: start - kept,
            });
        }
        match self.intact.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => self.intact.push(start..end),
        }
    }

    fn end(&self) -> u64 {
        self.intact.last().map_or(0, |range| range.end)
    }
}

/// Finds all that is intact. A commit counts if its own checksum is right, even if it follows on no
/// valid commit. `watch` is told how far the file has been read.
pub fn salvage(file: &dyn DiskFile, watch: &dyn Fn(u64)) -> Result<Salvage> {
    let mut found = Salvage::default();
    let mut checksums = Checksums::new(0);
    let mut lines = Lines::new(file, 0);
    let mut first_line = Checksum::default();
    let mut line_number = 0;
    let mut kept_line = 0;
    let checkpoint = find_checkpoint(file)?.map(|position| FirstLine::Checkpoint(position.commit));
    while let Some(Line { offset, bytes }) = lines.next()? {
        let bytes = without_rest(bytes);
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
                    .filter(|items| commit.is_intact(*items))
                    .map(|_| {
                        found.commits += 1;
                        offset - commit.bytes
                    }),
                None => None,
            },
            Kind::Piece => match Piece::parse(bytes) {
                Some(piece) => items_before(&checksums, offset, piece.bytes)
                    .filter(|items| match piece.number {
                        1 => piece.is_intact(first_line.join(*items, piece.bytes)),
                        _ => piece.is_intact(*items),
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

/// Computes the checksum of the first line. If that is damaged, the end of the checkpoint tells its
/// text.
fn checksum_of_first_line(found: &[u8], checkpoint: Option<FirstLine>) -> Checksum {
    match checkpoint {
        Some(checkpoint) => Checksum::default().append(&checkpoint.line()),
        None => Checksum::default().append(found),
    }
}

/// Computes the checksum of so many bytes before a line.
fn items_before(checksums: &Checksums, line_start: u64, bytes: u64) -> Option<Checksum> {
    checksums.since(line_start.checked_sub(bytes)?)
}

/// Reads the commit number in a line, believable or not.
fn number_in(line: &[u8]) -> u64 {
    let number = match record::kind(line) {
        Kind::Commit => Commit::parse(line).map(|commit| commit.number),
        Kind::Claim => Claim::parse(line).map(|claim| claim.synced),
        Kind::CheckpointEnd => CheckpointEnd::parse(line).map(|last| last.number),
        _ => None,
    };
    number.unwrap_or(0).min(LARGEST_NUMBER)
}
