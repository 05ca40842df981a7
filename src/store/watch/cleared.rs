//! The keys that one line of the log has removed all at once. The line does not name them, so the
//! file is read up to it once more, on any thread. All watchers that are told of the same line share
//! the result, for as long as one of them needs it.

use super::cursor::Cursor;
use super::matching::Filter;
use crate::error::Result;
use crate::index::Which;
use crate::store::{DataFile, Listing};
use std::sync::{Arc, Weak};

/// The generation of a file, and the last commit before the line.
type At = (Option<u64>, u64);

/// A search for the keys, for any thread.
#[derive(Debug)]
pub struct Finding(Cursor);

/// The items that were there before the line.
#[derive(Debug)]
pub struct Found {
    at: At,
    items: Arc<DataFile>,
}

impl Finding {
    /// Prepares the search at a cursor that has passed such a line.
    pub(super) fn new(cursor: &Cursor) -> Self {
        Finding(cursor.at_commit())
    }

    /// Reads the file up to the line.
    pub fn run(self) -> Result<Found> {
        Ok(Found {
            at: at(&self.0),
            items: Arc::new(self.0.items()?),
        })
    }
}

fn at(cursor: &Cursor) -> At {
    (cursor.generation(), cursor.next_commit())
}

/// The items before the last such line, while a watcher needs them.
#[derive(Debug, Default)]
pub(super) struct Shared(Option<(At, Weak<DataFile>)>);

impl Shared {
    /// Returns the items before the line that a cursor has passed, if they are known.
    pub fn of(&self, cursor: &Cursor) -> Option<Arc<DataFile>> {
        let (known, items) = self.0.as_ref()?;
        items.upgrade().filter(|_| *known == at(cursor))
    }

    /// Takes the items that were found.
    pub fn take(&mut self, found: &Found) {
        self.0 = Some((found.at, Arc::downgrade(&found.items)));
    }
}

/// The keys that one watcher is still told as removed.
#[derive(Debug)]
pub(super) struct Removals {
    filter: Filter,
    items: Arc<DataFile>,
    /// The keys that are left. `None` for the only key of a filter.
    listing: Option<Listing>,
}

impl Removals {
    pub fn new(filter: Filter, items: Arc<DataFile>) -> Self {
        let listing = match filter.only_key() {
            Some(_) => None,
            None => Some(items.list_by_slot(Which::All)),
        };
        Removals {
            filter,
            items,
            listing,
        }
    }

    /// Hands out the next keys, of lines of about `limit` bytes. Returns true if more are left.
    pub fn read(&mut self, limit: usize, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let Some(listing) = &mut self.listing else {
            let index = self.items.index();
            let key = self.filter.only_key().unwrap_or_default();
            if index.get(index.hash(key)).is_some() {
                visit(key);
            }
            return Ok(false);
        };
        listing.read_keys(limit, &mut |key, _| {
            if self.filter.picks(key) {
                visit(key);
            }
        })
    }
}
