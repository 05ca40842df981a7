//! One data file as a log of commits: the valid ones, their end, and the tail after them.
//!
//! A commit is *intact* if its checksum is right. It is *valid* if, besides, its number and `prev`
//! follow on the last valid commit. A rewritten file begins with a checkpoint, on which its commits
//! follow. Reading never changes the file. This module must not know items beyond their lines,
//! locks, or the treatment of damage.

mod checksums;
mod head;
mod lines;
mod plain;
mod rest;
mod salvage;
mod tail;

pub use head::{find_checkpoint, read_head};
pub(crate) use lines::{Line, Lines};
pub use plain::Plain;
pub use rest::{Check, LOOKED_AT, Rest, data_end};
pub use salvage::{Damage, Salvage, salvage};
pub use tail::{TailReport, inspect_tail};

use crate::disk::DiskFile;
use crate::error::Result;
use crate::record::{self, CLEARED, CheckpointEnd, Checksum, Claim, Commit, HEADER, Item, Kind};
use std::ops::Range;

/// The place of an item's line, and the checksum that the line must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Offset of the line's first byte.
    pub offset: u64,
    /// Length of the line, with its LF.
    pub length: u32,
    /// Checksum of the complete line.
    pub checksum: Checksum,
}

impl Place {
    /// Makes the place of a line. `None` if the line is too long for one.
    pub fn of(line: &[u8], offset: u64) -> Option<Self> {
        Some(Place {
            offset,
            length: u32::try_from(line.len()).ok()?,
            checksum: Checksum::default().append(line),
        })
    }

    /// Returns true if these bytes are the line that was put there.
    pub fn is_of(&self, line: &[u8]) -> bool {
        line.len() == self.length as usize && Checksum::default().append(line) == self.checksum
    }
}

/// The position up to which a file has been read: the end of the last valid line.
///
/// The *anchor* is the last commit line; before the first commit, the last line of the checkpoint,
/// or the first line of a file without one. Every scan begins with it, so that another commit of
/// the same length in its place is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Number of the last commit; 0 before the first.
    pub commit: u64,
    /// Checksum of that commit.
    pub checksum: Checksum,
    /// Offset of the anchor.
    pub anchor: u64,
    /// End of the last valid line: the next commit begins here. I1: the bytes before it never
    /// change.
    pub end: u64,
}

impl Position {
    /// The position after the first line of a file without a checkpoint.
    pub const START: Position = Position {
        commit: 0,
        checksum: Checksum(0),
        anchor: 0,
        end: HEADER.len() as u64,
    };

    /// Makes the position after a checkpoint whose last line lies there.
    fn after_checkpoint(last: &CheckpointEnd, anchor: u64, end: u64) -> Position {
        Position {
            commit: last.number,
            checksum: last.prev,
            anchor,
            end,
        }
    }

    /// Makes the position after a commit whose item lines begin at the present end.
    pub fn after(&self, commit: &Commit, end: u64) -> Position {
        Position {
            commit: commit.number,
            checksum: commit.checksum,
            anchor: self.end + commit.bytes,
            end,
        }
    }

    /// Makes the position after a claim that begins at the present end.
    pub fn after_claim(&self, end: u64) -> Position {
        Position { end, ..*self }
    }

    /// Returns true if a commit follows on the one of the position.
    pub fn is_followed_by(&self, commit: &Commit) -> bool {
        commit.number.checked_sub(1) == Some(self.commit) && commit.prev == self.checksum
    }
}

/// Takes in the lines that are read. Items count only once their piece proves intact, or their
/// commit valid.
pub trait Sink {
    /// Takes an item line of a piece or commit whose end is not read yet.
    fn item(&mut self, item: &Item, place: Place);
    /// Takes a line that removes all items before it, once its commit is valid.
    fn cleared(&mut self);
    /// Ends an intact piece of a checkpoint: the items since the last call are its own.
    fn piece(&mut self);
    /// Ends an intact checkpoint at `end`. All commits up to `commit` are on disk.
    fn checkpoint(&mut self, commit: u64, end: u64);
    /// Ends a valid commit at `end`: the items since the last call are its own.
    fn commit(&mut self, commit: &Commit, end: u64);
    /// Takes a claim that all commits up to `synced` are on disk.
    fn claim(&mut self, synced: u64);
}

/// The reason for the end of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The end of the log: all lines are valid, and at most room follows.
    OfLog(Rest),
    /// A tail: bytes after the position that are neither valid nor room.
    Tail,
    /// An anchor that differs from the one read before: everything known of the file may be wrong.
    Replaced,
}

/// Reads on from a position, and moves it to the end of the last valid line. Stops at the offset
/// `end`.
pub fn scan(
    file: &dyn DiskFile,
    position: &mut Position,
    end: u64,
    check: Check,
    sink: &mut dyn Sink,
) -> Result<End> {
    let mut lines = Lines::up_to(file, position.anchor, end);
    match lines.next()? {
        Some(line) if is_anchor(line.bytes, position) => {
            position.end = line.offset + line.bytes.len() as u64;
        }
        _ => return Ok(End::Replaced),
    }
    let mut checksum = Checksum::default();
    let mut any_items = false;
    loop {
        if lines.are_at_space()? {
            let room = lines.room(check)?.filter(|_| !any_items);
            return Ok(room.map_or(End::Tail, End::OfLog));
        }
        let Some(Line { offset, bytes }) = lines.next()? else {
            break;
        };
        let end = offset + bytes.len() as u64;
        let valid = match record::kind(bytes) {
            Kind::Item | Kind::Cleared => take_change(bytes, offset, sink).inspect(|()| {
                any_items = true;
                checksum = checksum.append(bytes);
            }),
            Kind::Commit => Commit::parse(bytes)
                .filter(|commit| offset.checked_sub(commit.bytes) == Some(position.end))
                .filter(|commit| position.is_followed_by(commit) && commit.is_intact(checksum))
                .map(|commit| {
                    *position = position.after(&commit, end);
                    sink.commit(&commit, end);
                    (checksum, any_items) = (Checksum::default(), false);
                }),
            Kind::Claim if !any_items => Claim::parse(bytes)
                .filter(|claim| claim.prev == position.checksum && claim.synced <= position.commit)
                .map(|claim| {
                    *position = position.after_claim(end);
                    sink.claim(claim.synced);
                }),
            _ => None,
        };
        if valid.is_none() {
            return Ok(End::Tail);
        }
    }
    Ok(match any_items {
        true => End::Tail,
        false => End::OfLog(Rest::Nothing),
    })
}

fn is_anchor(line: &[u8], position: &Position) -> bool {
    let (number, checksum) = match record::kind(line) {
        Kind::Commit => match Commit::parse(line) {
            Some(commit) => (commit.number, commit.checksum),
            None => return false,
        },
        Kind::CheckpointEnd => match CheckpointEnd::parse(line) {
            Some(end) => (end.number, end.prev),
            None => return false,
        },
        _ => return position.commit == 0 && line == HEADER,
    };
    number == position.commit && checksum == position.checksum
}

fn take_item(line: &[u8], offset: u64, sink: &mut dyn Sink) -> Option<()> {
    let item = Item::parse(line)?;
    sink.item(&item, Place::of(line, offset)?);
    Some(())
}

/// Takes an item line, or a line that clears.
fn take_change(line: &[u8], offset: u64, sink: &mut dyn Sink) -> Option<()> {
    if line != CLEARED {
        return take_item(line, offset, sink);
    }
    sink.cleared();
    Some(())
}

/// Takes in the commits and pieces of a stretch that is known to be intact.
pub fn take_intact(file: &dyn DiskFile, stretch: &Range<u64>, sink: &mut dyn Sink) -> Result<()> {
    let mut lines = Lines::up_to(file, stretch.start, stretch.end);
    while let Some(Line { offset, bytes }) = lines.next()? {
        match record::kind(bytes) {
            Kind::Item | Kind::Cleared => drop(take_change(bytes, offset, sink)),
            Kind::Piece => sink.piece(),
            Kind::Commit => {
                if let Some(commit) = Commit::parse(bytes) {
                    sink.commit(&commit, offset + bytes.len() as u64);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Finds the end of the line that begins at an offset.
pub fn line_end(file: &dyn DiskFile, offset: u64) -> Result<u64> {
    let mut lines = Lines::new(file, offset);
    let length = lines.next()?.map_or(0, |line| line.bytes.len());
    Ok(offset + length as u64)
}

/// Walks over the item lines before an offset, for as long as `visit` returns `true`. `visit` gets
/// the key and the place of each. Nothing is checked: the caller compares the places of the items
/// that it knows.
pub fn walk_items(
    file: &dyn DiskFile,
    end: u64,
    visit: &mut dyn FnMut(&[u8], Place) -> Result<bool>,
) -> Result<()> {
    let mut lines = Lines::up_to(file, 0, end);
    while let Some(Line { offset, bytes }) = lines.next()? {
        if let Some(key) = record::key_of(bytes)
            && let Some(place) = Place::of(bytes, offset)
            && !visit(key, place)?
        {
            break;
        }
    }
    Ok(())
}

/// Counts the lines up to the one that contains an offset. The first line is 1.
pub fn line_number(file: &dyn DiskFile, offset: u64) -> Result<u64> {
    let mut lines = Lines::new(file, 0);
    let mut number = 0;
    while lines.next()?.is_some_and(|line| line.offset <= offset) {
        number += 1;
    }
    Ok(number)
}
