//! A listing: the items of one moment, read in steps.
//!
//! It shares the chunks of the index, which are copied if they change meanwhile. It stays true
//! during commits and rewrites, since valid lines never change (I1). Listing all items of a file
//! reads no byte twice.

mod window;

use super::damage::damaged_item;
use super::data::Files;
use crate::error::Result;
use crate::index::{Entries, Entry, KeyHasher, Step};
use crate::record::{Item, key_of};
use window::Window;

/// The cost of skipping some thousand entries, as if so many bytes were read: so a call ends even
/// if it finds no item.
const OVER: usize = 4 << 10;

/// The items of one moment.
#[derive(Debug)]
pub struct Listing {
    files: Files,
    entries: Entries,
    hasher: KeyHasher,
    window: Window,
}

/// Lets any entry follow on the first.
fn any(_: &Listing, _: &Entry) -> bool {
    true
}

impl Listing {
    pub(super) fn new(files: Files, entries: Entries, hasher: KeyHasher) -> Self {
        Listing {
            files,
            entries,
            hasher,
            window: Window::default(),
        }
    }

    /// Adds up the lengths of all lines that are left, in bytes. Looks at every entry.
    pub fn bytes(&self) -> u64 {
        let entries = self.entries.clone();
        entries.map(|entry| u64::from(entry.place().length)).sum()
    }

    /// Hands out the next items, of about `limit` bytes. Returns true if more are left.
    pub fn read(&mut self, limit: usize, visit: &mut dyn FnMut(Item)) -> Result<bool> {
        self.each(limit, any, |items, entry| {
            items.visit(entry, visit)?;
            Ok(entry.place().length as usize)
        })
    }

    /// Hands out those of the next items whose keys, as JSON text, `wants` picks. Long lines of the
    /// others are not read to their end.
    pub fn read_wanted(
        &mut self,
        limit: usize,
        wants: &dyn Fn(&[u8]) -> bool,
        visit: &mut dyn FnMut(Item),
    ) -> Result<bool> {
        self.each(limit, any, |items, entry| {
            let (is_wanted, read) = items.look_at_key(entry, wants)?;
            if !is_wanted {
                return Ok(read);
            }
            items.visit(entry, visit)?;
            Ok(entry.place().length as usize)
        })
    }

    /// Takes entries until the bytes that `take` reports to have read reach `limit`, or until one
    /// that does not follow on the first by `follows`. Returns true if more are left.
    fn each(
        &mut self,
        limit: usize,
        follows: impl Fn(&Self, &Entry) -> bool,
        mut take: impl FnMut(&mut Self, &Entry) -> Result<usize>,
    ) -> Result<bool> {
        let mut total = 0;
        while total < limit {
            match self.entries.peek() {
                Step::End => return Ok(false),
                Step::Over => total += OVER,
                Step::Entry(entry) if total > 0 && !follows(self, &entry) => return Ok(true),
                Step::Entry(entry) => {
                    self.entries.pass();
                    total += take(self, &entry)?;
                }
            }
        }
        Ok(self.entries.peek() != Step::End)
    }

    /// Hands out the next keys with their entries, of about `limit` bytes, and only from one read
    /// of the file: so reading their items causes no second read. Returns true if more are left.
    pub fn read_keys(&mut self, limit: usize, visit: &mut dyn FnMut(&[u8], Entry)) -> Result<bool> {
        let is_read = |items: &Self, entry: &Entry| {
            let (file, place) = items.files.locate(entry.place());
            items.window.contains_head(file, &place)
        };
        self.each(limit, is_read, |items, entry| {
            let ((), read) = items.look_at_key(entry, |key| visit(key, *entry))?;
            Ok(read)
        })
    }

    /// Counts the next entries, some thousand, without reading the file. `None` after the last.
    pub fn count_on(&mut self) -> Option<usize> {
        let mut count = 0;
        loop {
            match self.entries.peek() {
                Step::End => return (count > 0).then_some(count),
                Step::Over => return Some(count),
                Step::Entry(_) => {
                    self.entries.pass();
                    count += 1;
                }
            }
        }
    }

    /// Hands out the item of an entry.
    pub fn visit(&mut self, entry: &Entry, visit: &mut dyn FnMut(Item)) -> Result<()> {
        let (file, place) = self.files.locate(entry.place());
        let line = self.window.line(file, &place)?;
        match Item::parse(line).filter(|_| place.is_of(line)) {
            Some(item) => visit(item),
            None => return Err(damaged_item(&**file, &place)),
        }
        Ok(())
    }

    /// Adds the next item lines, until `lines` would have more than `limit` bytes; at least one.
    /// Returns true if any was added.
    pub fn read_lines(&mut self, limit: usize, lines: &mut Vec<u8>) -> Result<bool> {
        let mut added = false;
        loop {
            let entry = match self.entries.peek() {
                Step::End => return Ok(added),
                Step::Over => continue,
                Step::Entry(entry) => entry,
            };
            if added && lines.len() + entry.place().length as usize > limit {
                return Ok(true);
            }
            self.entries.pass();
            let (file, place) = self.files.locate(entry.place());
            let line = self.window.line(file, &place)?;
            if !place.is_of(line) {
                return Err(damaged_item(&**file, &place));
            }
            lines.extend_from_slice(line);
            added = true;
        }
    }

    /// Shows the key of an entry to `look`. Returns its answer, and the number of bytes read. A key
    /// that is read without the rest of its line is checked by its hash.
    fn look_at_key<T>(
        &mut self,
        entry: &Entry,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Result<(T, usize)> {
        let (file, place) = self.files.locate(entry.place());
        let head = self.window.head(file, &place)?;
        if head.len() < place.length as usize
            && let Some(key) = key_of(head)
            && self.hasher.hash(key) == entry.hash()
        {
            return Ok((look(key), head.len()));
        }
        let line = self.window.line(file, &place)?;
        match key_of(line).filter(|_| place.is_of(line)) {
            Some(key) => Ok((look(key), line.len())),
            None => Err(damaged_item(&**file, &place)),
        }
    }
}
