//! A listing: items as they were at one moment, read bit by bit.
//!
//! Shares the chunks of the index, which are copied when they change meanwhile. It stays true while commits and rewrites go
//! on, since what stands in a file is never changed. A file whose items are all listed is read once.

mod window;

use super::damage::damaged_item;
use super::data::Files;
use crate::error::Result;
use crate::index::{Entries, Entry, KeyHasher, Step};
use crate::record::{Item, key_of};
use window::Window;

/// What it counts to pass over some thousand entries, in bytes: so a call ends, however few of them are wanted.
const OVER: usize = 4 << 10;

/// Items as they were at one moment.
#[derive(Debug)]
pub struct Listing {
    files: Files,
    entries: Entries,
    hasher: KeyHasher,
    window: Window,
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

    /// The length of all lines that are still to be handed out, in bytes. Looks at every entry.
    pub fn bytes(&self) -> u64 {
        let entries = self.entries.clone();
        entries.map(|entry| u64::from(entry.place().length)).sum()
    }

    /// Hands out the next items, of some `limit` bytes together. Tells whether there are more.
    pub fn read(&mut self, limit: usize, visit: &mut dyn FnMut(Item)) -> Result<bool> {
        self.each(limit, |items, entry| {
            items.visit(entry, visit)?;
            Ok(entry.place().length as usize)
        })
    }

    /// The same of those whose keys, which are JSON text, `wants` picks. Of the others, long lines are not read whole.
    pub fn read_wanted(
        &mut self,
        limit: usize,
        wants: &dyn Fn(&[u8]) -> bool,
        visit: &mut dyn FnMut(Item),
    ) -> Result<bool> {
        self.each(limit, |items, entry| {
            let (is_wanted, read) = items.look_at_key(entry, wants)?;
            if !is_wanted {
                return Ok(read);
            }
            items.visit(entry, visit)?;
            Ok(entry.place().length as usize)
        })
    }

    /// Takes the next entries, until what `take` says that it has read comes to `limit` bytes. Tells whether there are more.
    fn each(
        &mut self,
        limit: usize,
        mut take: impl FnMut(&mut Self, &Entry) -> Result<usize>,
    ) -> Result<bool> {
        let mut total = 0;
        while total < limit {
            match self.entries.peek() {
                Step::End => return Ok(false),
                Step::Over => total += OVER,
                Step::Entry(entry) => {
                    self.entries.pass();
                    total += take(self, &entry)?;
                }
            }
        }
        Ok(self.entries.peek() != Step::End)
    }

    /// Hands out the keys of the next items, with their entries, from some `limit` bytes together and from what is read at
    /// once: the items can then be read without reading again. Tells whether there are more.
    pub fn read_keys(&mut self, limit: usize, visit: &mut dyn FnMut(&[u8], Entry)) -> Result<bool> {
        let mut total = 0;
        while total < limit {
            match self.entries.peek() {
                Step::End => return Ok(false),
                Step::Over => total += OVER,
                Step::Entry(entry) => {
                    let (file, place) = self.files.locate(entry.place());
                    if total > 0 && !self.window.holds_head(file, &place) {
                        return Ok(true);
                    }
                    self.entries.pass();
                    let ((), read) = self.look_at_key(&entry, |key| visit(key, entry))?;
                    total += read;
                }
            }
        }
        Ok(self.entries.peek() != Step::End)
    }

    /// Counts the next entries, of some thousand, without reading the file. `None` behind the last.
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

    /// Adds the next item lines to what is there, until that has some `limit` bytes or, at least one, would have more. Tells
    /// whether any were left to be added.
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

    /// Lets `look` see the key of an entry. Returns its answer, and how much had to be read. A key that is read without the rest
    /// of its line is known by its hash to be the entry's own.
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
