//! One data file as a log of commits: which of them stand, where they end, and what is behind the end.
//!
//! A commit *stands* if its checksum is right and its number and `prev` follow on the last that stands. Reading
//! never changes the file. Knows nothing of items beyond their lines, of locks, or of what is done about damage.

mod lines;

use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::record::{self, Checksum, Claim, Commit, HEADER, Item, Kind};
use lines::{Line, Lines};
use memchr::memmem;
use serde::de::IgnoredAny;

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
}

/// How far a file has been read: up to the end of the last line that stands.
///
/// The *anchor* is the last commit line, or the first line of a file without commits. Who reads on begins with it,
/// so that another commit of the same length in its place does not go unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The number of the last commit; 0 before the first.
    pub commit: u64,
    /// Its checksum.
    pub checksum: Checksum,
    /// Where the anchor begins.
    pub anchor: u64,
    /// The anchor's number among the lines, counted from 1.
    pub anchor_line: u64,
    /// Behind the last line that stands: where the next commit goes.
    pub end: u64,
    /// How many lines there are up to the end.
    pub lines: u64,
}

impl Position {
    /// Behind the first line.
    pub const START: Position = Position {
        commit: 0,
        checksum: Checksum(0),
        anchor: 0,
        anchor_line: 1,
        end: HEADER.len() as u64,
        lines: 1,
    };

    /// Behind a commit whose item lines began at the present end.
    pub fn after(&self, commit: &Commit, item_lines: u64, end: u64) -> Position {
        let line = self.lines + item_lines + 1;
        Position {
            commit: commit.number,
            checksum: commit.checksum,
            anchor: self.end + commit.bytes,
            anchor_line: line,
            end,
            lines: line,
        }
    }

    /// Behind a bare claim that began at the present end.
    pub fn after_claim(&self, end: u64) -> Position {
        let lines = self.lines + 1;
        Position {
            end,
            lines,
            ..*self
        }
    }

    fn is_followed_by(&self, commit: &Commit) -> bool {
        commit.number == self.commit + 1 && commit.prev == self.checksum
    }
}

/// Takes up what a scan finds. Items count only once their commit is found to stand.
pub trait Sink {
    /// An item line of a commit whose end is not yet seen.
    fn item(&mut self, item: &Item, place: Place);
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

/// Checks the first line of a file.
pub fn check_header(file: &dyn DiskFile) -> Result<()> {
    let mut lines = Lines::new(file, 0);
    let found = lines.next()?.map(|line| line.bytes).unwrap_or_default();
    if found == HEADER {
        return Ok(());
    }
    let found = String::from_utf8_lossy(found.get(..80).unwrap_or(found));
    let path = file.path().to_path_buf();
    if found.starts_with("{\"persist-lock\":") {
        let found = found.trim_end().to_string();
        return Err(Error::UnknownVersion { path, found });
    }
    Err(Error::Corrupt {
        path,
        line: 1,
        reason: "the first line of every store file is missing".to_string(),
    })
}

/// Reads on from a position, which moves to the end of the last line that stands.
pub fn scan(file: &dyn DiskFile, position: &mut Position, sink: &mut dyn Sink) -> Result<End> {
    let mut lines = Lines::new(file, position.anchor);
    match lines.next()? {
        Some(line) if is_anchor(line.bytes, position) => {
            position.end = line.offset + line.bytes.len() as u64;
            position.lines = position.anchor_line;
        }
        _ => return Ok(End::Replaced),
    }
    let mut checksum = Checksum::default();
    let mut items = 0;
    while let Some(Line { offset, bytes }) = lines.next()? {
        let end = offset + bytes.len() as u64;
        let stands = match record::kind(bytes) {
            Kind::Item => take_item(bytes, offset, sink).inspect(|()| {
                items += 1;
                checksum = checksum.append(bytes);
            }),
            Kind::Commit => Commit::parse(bytes)
                .filter(|commit| offset.checked_sub(commit.bytes) == Some(position.end))
                .filter(|commit| position.is_followed_by(commit) && commit.is_whole(checksum))
                .map(|commit| {
                    *position = position.after(&commit, items, end);
                    sink.commit(&commit, end);
                    (checksum, items) = (Checksum::default(), 0);
                }),
            Kind::Claim if items == 0 => Claim::parse(bytes)
                .filter(|claim| claim.prev == position.checksum && claim.synced <= position.commit)
                .map(|claim| {
                    *position = position.after_claim(end);
                    sink.claim(claim.synced);
                }),
            Kind::Claim | Kind::Other => None,
        };
        if stands.is_none() {
            return Ok(End::Broken);
        }
    }
    Ok(if items > 0 { End::Broken } else { End::Whole })
}

fn is_anchor(line: &[u8], position: &Position) -> bool {
    if position.commit == 0 {
        return line == HEADER;
    }
    Commit::parse(line).is_some_and(|commit| {
        commit.number == position.commit && commit.checksum == position.checksum
    })
}

fn take_item(line: &[u8], offset: u64, sink: &mut dyn Sink) -> Option<()> {
    let item = Item::parse(line)?;
    sink.item(&item, Place::of(line, offset)?);
    Some(())
}

/// What is behind the last line that stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// The newest commit that a whole line behind the end claims to be on disk.
    pub claimed: u64,
    /// Whether it may hold a commit that was acknowledged. A bare beginning of one commit cannot: its one write
    /// had not ended.
    pub acknowledged: bool,
}

/// Looks through what is behind the last line that stands.
pub fn behind(file: &dyn DiskFile, position: &Position) -> Result<Behind> {
    let mut found = Behind::default();
    let mut lines = Lines::new(file, position.end);
    while let Some(Line { offset, bytes }) = lines.next()? {
        if is_harmless(bytes) {
            continue;
        }
        found.acknowledged = true;
        if let Some(claim) = claim_within(bytes) {
            found.claimed = found.claimed.max(claim.synced);
        }
        if let Some(commit) = Commit::parse(bytes)
            && is_whole_in(file, &commit, offset)?
        {
            found.claimed = found.claimed.max(commit.synced);
        }
    }
    Ok(found)
}

/// Whether a line can stand in the bare beginning of a commit. Its end, the commit line, then has no end itself.
fn is_harmless(line: &[u8]) -> bool {
    if line.ends_with(b"\n") {
        // All of it is to be JSON: a commit line that has run together with an item line is none.
        return Item::parse(line).is_some() && serde_json::from_slice::<IgnoredAny>(line).is_ok();
    }
    match record::kind(line) {
        Kind::Item => true,
        Kind::Commit | Kind::Claim => !line.ends_with(b"}") && memmem::find(line, b"\"}").is_none(),
        Kind::Other => [&b"{\"key\":\""[..], b"{\"commit\":", b"{\"synced\":"]
            .iter()
            .any(|start| start.starts_with(line)),
    }
}

/// A whole claim, at the start of a line or where the line's start was before a line end was damaged.
fn claim_within(line: &[u8]) -> Option<Claim> {
    memmem::rfind(line, b"{\"synced\":")
        .and_then(|start| line.get(start..))
        .and_then(Claim::parse)
}

/// Whether a commit is whole whose line begins at `line_start`.
fn is_whole_in(file: &dyn DiskFile, commit: &Commit, line_start: u64) -> Result<bool> {
    let Some(mut offset) = line_start.checked_sub(commit.bytes) else {
        return Ok(false);
    };
    let mut checksum = Checksum::default();
    let mut chunk = vec![0; 1 << 16];
    while offset < line_start {
        let wanted = chunk.len().min((line_start - offset) as usize);
        let read = file.read_at(offset, chunk.get_mut(..wanted).unwrap_or_default())?;
        if read == 0 {
            return Ok(false);
        }
        checksum = checksum.append(chunk.get(..read).unwrap_or_default());
        offset += read as u64;
    }
    Ok(commit.is_whole(checksum))
}

/// Reads an item's line, `None` unless it is still what was put there.
pub fn read_line(file: &dyn DiskFile, place: &Place) -> Result<Option<Vec<u8>>> {
    let mut line = vec![0; place.length as usize];
    let read = file.read_at(place.offset, &mut line)?;
    let intact = read == line.len() && Checksum::default().append(&line) == place.checksum;
    Ok(intact.then_some(line))
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
