//! A listing: the items of one moment, read in steps.
//!
//! It shares parts of the index, which are copied if they change meanwhile. It stays true during
//! commits and rewrites, since valid lines never change (I1). Keys come from the index; lines are
//! read from the file in batches (`batch`).

mod batch;
mod window;

use super::damage::damaged_item;
use super::data::Files;
use crate::error::Result;
use crate::index::{Entries, Entry, KeyHasher, Step};
use crate::record::{Item, escape, key_of};
use batch::Batch;
use window::Window;

/// The cost of skipping some hundred entries, as if so many bytes were read: so a call ends even if
/// it finds no item.
const OVER: usize = 1 << 10;

/// The items of one moment.
#[derive(Debug)]
pub struct Listing {
    files: Files,
    entries: Entries,
    hasher: KeyHasher,
    window: Window,
    batch: Batch,
    /// The JSON text of the key handed out last.
    key: Vec<u8>,
    /// The length of all lines, for a copy of them.
    bytes: u64,
}

impl Listing {
    pub(super) fn new(files: Files, entries: Entries, hasher: KeyHasher) -> Self {
        Listing {
            files,
            entries,
            hasher,
            window: Window::default(),
            batch: Batch::default(),
            key: Vec::new(),
            bytes: 0,
        }
    }

    /// Makes a listing for a thread that copies all items, whose lines have so many bytes. It reads
    /// more at once.
    pub(super) fn for_copy(files: Files, entries: Entries, hasher: KeyHasher, bytes: u64) -> Self {
        Listing {
            batch: Batch::for_copies(),
            bytes,
            ..Listing::new(files, entries, hasher)
        }
    }

    /// Hands over what is shared with the index. Dropping it may take a while if it is large.
    pub fn take_entries(&mut self) -> Entries {
        std::mem::take(&mut self.entries)
    }

    /// Returns the length of all lines of a listing for a copy, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Hands out the next items, of about `limit` bytes. Returns true if more may be left.
    pub fn read(&mut self, limit: usize, visit: &mut dyn FnMut(Item)) -> Result<bool> {
        let mut total = 0;
        while total < limit {
            if self.batch.is_empty() {
                match self.fill(limit)? {
                    Filled::Nothing => return Ok(false),
                    Filled::Skipped => total += OVER,
                    Filled::Lines => {}
                }
            }
            total += self.visit_next(visit)?;
        }
        Ok(!self.batch.is_empty() || self.entries.peek() != Step::End)
    }

    /// Hands out the items of some entries.
    pub fn visit(&mut self, entries: Vec<Entry>, visit: &mut dyn FnMut(Item)) -> Result<()> {
        let places = entries.iter().map(|entry| *entry.place()).collect();
        self.batch.read(places, &self.files, &mut self.window)?;
        while self.visit_next(visit)? > 0 {}
        Ok(())
    }

    /// Hands out the next item of the batch. Returns the length of its line; 0 if there is none.
    fn visit_next(&mut self, visit: &mut dyn FnMut(Item)) -> Result<usize> {
        let Some((place, line)) = self.batch.next() else {
            return Ok(0);
        };
        match Item::parse(line).filter(|_| place.is_of(line)) {
            Some(item) => visit(item),
            None => return Err(damaged(&self.files, &place)),
        }
        Ok(place.length as usize)
    }

    /// Reads the lines of the next entries, of about `limit` bytes or more.
    fn fill(&mut self, limit: usize) -> Result<Filled> {
        let wanted = self.batch.grow().max(limit.min(self.batch.most()));
        let mut taken = Vec::new();
        let mut total = 0;
        let mut skipped = false;
        while total < wanted {
            match self.entries.peek() {
                Step::End => break,
                Step::Over => {
                    skipped = true;
                    total += OVER;
                }
                Step::Entry(entry) => {
                    self.entries.pass();
                    total += entry.place().length as usize;
                    taken.push(*entry.place());
                }
            }
        }
        if taken.is_empty() {
            return Ok(if skipped {
                Filled::Skipped
            } else {
                Filled::Nothing
            });
        }
        self.batch.read(taken, &self.files, &mut self.window)?;
        Ok(Filled::Lines)
    }

    /// Hands out the next keys with their entries, of about `limit` bytes. Keys come from the index,
    /// or from the file if the listing is in any order. Returns true if more are left.
    pub fn read_keys(&mut self, limit: usize, visit: &mut dyn FnMut(&[u8], Entry)) -> Result<bool> {
        let mut total = 0;
        while total < limit {
            let entry = match self.entries.peek() {
                Step::End => return Ok(false),
                Step::Over => {
                    total += OVER;
                    continue;
                }
                Step::Entry(entry) => entry,
            };
            match self.entries.key() {
                Some(key) => {
                    self.key.clear();
                    escape(key, &mut self.key);
                    visit(&self.key, entry);
                    total += self.key.len();
                }
                None => total += self.read_key(&entry, visit)?,
            }
            self.entries.pass();
        }
        Ok(self.entries.peek() != Step::End)
    }

    /// Counts the next entries, some thousand, without reading the file. `None` after the last.
    pub fn count_on(&mut self) -> Option<usize> {
        const MOST: usize = 1 << 12;
        let mut count = 0;
        while count < MOST {
            if let Some(passed) = self.entries.pass_leaf() {
                count += passed;
                continue;
            }
            match self.entries.peek() {
                Step::End => return (count > 0).then_some(count),
                Step::Over => return Some(count),
                Step::Entry(_) => {
                    self.entries.pass();
                    count += 1;
                }
            }
        }
        Some(count)
    }

    /// Adds the next item lines, until `lines` would have more than `limit` bytes; at least one.
    /// Returns true if any was added.
    pub fn read_lines(&mut self, limit: usize, lines: &mut Vec<u8>) -> Result<bool> {
        let mut added = false;
        loop {
            if self.batch.is_empty() && matches!(self.fill(limit)?, Filled::Nothing) {
                return Ok(added);
            }
            let is_beyond = |length| lines.len() + length > limit;
            if added && self.batch.next_length().is_some_and(is_beyond) {
                return Ok(true);
            }
            let Some((place, line)) = self.batch.next() else {
                continue;
            };
            if !place.is_of(line) {
                return Err(damaged(&self.files, &place));
            }
            lines.extend_from_slice(line);
            added = true;
        }
    }

    /// Hands out the key of an entry from the file. Returns the number of bytes read. A key that is
    /// read without the rest of its line is checked by its hash.
    fn read_key(&mut self, entry: &Entry, visit: &mut dyn FnMut(&[u8], Entry)) -> Result<usize> {
        let (file, place) = self.files.locate(entry.place());
        let head = self.window.head(file, &place)?;
        if head.len() < place.length as usize
            && let Some(key) = key_of(head)
            && self.hasher.hash(key) == entry.hash()
        {
            visit(key, *entry);
            return Ok(head.len());
        }
        let line = self.window.line(file, &place)?;
        match key_of(line).filter(|_| place.is_of(line)) {
            Some(key) => visit(key, *entry),
            None => return Err(damaged_item(&**file, &place)),
        }
        Ok(line.len())
    }
}

/// The outcome of reading the lines of the next entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// Lines were read.
    Lines,
    /// All entries that were looked at are left out.
    Skipped,
    /// No entries are left.
    Nothing,
}

/// Makes the error of a line that is not as it was written. `place` is in the common space.
fn damaged(files: &Files, place: &crate::log::Place) -> crate::error::Error {
    let (file, place) = files.locate(place);
    damaged_item(&**file, &place)
}
