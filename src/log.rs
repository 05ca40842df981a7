//! One data file as a log of commits: which of them stand, where they end, and what is behind the end.
//!
//! A commit *stands* if its checksum is right and its number and `prev` follow on the last that stands. A rewritten file
//! begins with a checkpoint, on which its commits follow. Reading never changes the file. Knows nothing of items beyond their
//! lines, of locks, or of what is done about damage.

mod checksums;
mod head;
mod lines;
mod plain;
mod salvage;
mod tail;

pub use head::{find_checkpoint, read_head};
pub use plain::Plain;
pub use salvage::{Damage, Salvage, salvage};
pub use tail::{TailReport, inspect_tail};

use crate::disk::DiskFile;
use crate::error::Result;
use crate::record::{self, CLEARED, CheckpointEnd, Checksum, Claim, Commit, HEADER, Item, Kind};
use lines::{Line, Lines};
use std::ops::Range;

/// Where an item's line lies, and the checksum that it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line's first byte.
    pub offset: u64,
    /// The line's length, its LF included.
    pub length: u32,
    /// Of the whole line.
    pub checksum: Checksum,
}

impl Place {
    /// The place of a line.
    pub fn of(line: &[u8], offset: u64) -> Option<Self> {
        Some(Place {
            offset,
            length: u32::try_from(line.len()).ok()?,
            checksum: Checksum::default().append(line),
        })
    }

    /// Whether these bytes are the line that was put there.
    pub fn is_of(&self, line: &[u8]) -> bool {
        line.len() == self.length as usize && Checksum::default().append(line) == self.checksum
    }
}

/// How far a file has been read: up to the end of the last line that stands.
///
/// The *anchor* is the last commit line; before the first commit, the line that ends the checkpoint, or the first line of a
/// file without one. Who reads on begins with it, so that another commit of the same length in its place does not go unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The number of the last commit; 0 before the first.
    pub commit: u64,
    /// Its checksum.
    pub checksum: Checksum,
    /// Where the anchor begins.
    pub anchor: u64,
    /// Behind the last line that stands: where the next commit goes.
    pub end: u64,
}

impl Position {
    /// Behind the first line of a file without a checkpoint.
    pub const START: Position = Position {
        commit: 0,
        checksum: Checksum(0),
        anchor: 0,
        end: HEADER.len() as u64,
    };

    /// Behind a checkpoint whose last line lies there.
    fn after_checkpoint(last: &CheckpointEnd, anchor: u64, end: u64) -> Position {
        Position {
            commit: last.number,
            checksum: last.prev,
            anchor,
            end,
        }
    }

    /// Behind a commit whose item lines began at the present end.
    pub fn after(&self, commit: &Commit, end: u64) -> Position {
        Position {
            commit: commit.number,
            checksum: commit.checksum,
            anchor: self.end + commit.bytes,
            end,
        }
    }

    /// Behind a bare claim that began at the present end.
    pub fn after_claim(&self, end: u64) -> Position {
        Position { end, ..*self }
    }

    fn is_followed_by(&self, commit: &Commit) -> bool {
        commit.number.checked_sub(1) == Some(self.commit) && commit.prev == self.checksum
    }
}

/// Takes up what is read. Items count only once their piece is found to be whole, or their commit to stand.
pub trait Sink {
    /// An item line of a piece or commit whose end is not yet seen.
    fn item(&mut self, item: &Item, place: Place);
    /// All items before this line are removed, once its commit stands.
    fn cleared(&mut self);
    /// The items since the last call are those of a whole piece of a checkpoint.
    fn piece(&mut self);
    /// The checkpoint is whole, and ends there. All commits up to this one are on disk.
    fn checkpoint(&mut self, commit: u64, end: u64);
    /// The items since the last call stand, up to `end`.
    fn commit(&mut self, commit: &Commit, end: u64);
    /// All commits up to this one are on disk.
    fn claim(&mut self, synced: u64);
}

/// What a scan ended at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All lines up to the end of the file stand.
    Whole,
    /// Behind the position is something that does not stand.
    Broken,
    /// The anchor is not what was read there before: nothing that was known of the file holds.
    Replaced,
}

/// Reads on from a position, which moves to the end of the last line that stands. What lies behind `end` is not looked at.
pub fn scan(
    file: &dyn DiskFile,
    position: &mut Position,
    end: u64,
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
    while let Some(Line { offset, bytes }) = lines.next()? {
        let end = offset + bytes.len() as u64;
        let stands = match record::kind(bytes) {
            Kind::Item | Kind::Cleared => take_change(bytes, offset, sink).inspect(|()| {
                any_items = true;
                checksum = checksum.append(bytes);
            }),
            Kind::Commit => Commit::parse(bytes)
                .filter(|commit| offset.checked_sub(commit.bytes) == Some(position.end))
                .filter(|commit| position.is_followed_by(commit) && commit.is_whole(checksum))
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
        if stands.is_none() {
            return Ok(End::Broken);
        }
    }
    Ok(if any_items { End::Broken } else { End::Whole })
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

/// Takes an item line, or one that clears.
fn take_change(line: &[u8], offset: u64, sink: &mut dyn Sink) -> Option<()> {
    if line != CLEARED {
        return take_item(line, offset, sink);
    }
    sink.cleared();
    Some(())
}

/// Takes in the commits and pieces of a stretch that is known to be whole.
pub fn take_whole(file: &dyn DiskFile, stretch: &Range<u64>, sink: &mut dyn Sink) -> Result<()> {
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

/// Where the line ends that begins at an offset.
pub fn line_end(file: &dyn DiskFile, offset: u64) -> Result<u64> {
    let mut lines = Lines::new(file, offset);
    let length = lines.next()?.map_or(0, |line| line.bytes.len());
    Ok(offset + length as u64)
}

/// Walks over the item lines up to an offset, as long as `visit` says so: it is told of the key and the place of each. Sees to
/// nothing else: whoever knows an item compares its place.
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

/// The number of the line that holds an offset, counted from 1.
pub fn line_number(file: &dyn DiskFile, offset: u64) -> Result<u64> {
    let mut lines = Lines::new(file, 0);
    let mut number = 0;
    while lines.next()?.is_some_and(|line| line.offset <= offset) {
        number += 1;
    }
    Ok(number)
}
