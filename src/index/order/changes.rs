//! The keys that came and went since the leaves were built, as they came.

use super::run::Run;
use super::sort::sorted;
use crate::index::chunks::Slot;
use crate::record::unescape;

/// A change of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added(Slot),
    Removed,
}

#[derive(Debug)]
struct Item {
    /// End of the key in the bytes of all keys.
    end: usize,
    change: Change,
}

/// Changes in the order in which they were made.
#[derive(Debug, Default)]
pub struct Changes {
    /// The keys as JSON text, with their quotes, one after another.
    bytes: Vec<u8>,
    items: Vec<Item>,
}

impl Changes {
    /// Prepares to take so many changes.
    pub fn with_capacity(count: usize) -> Self {
        Changes {
            bytes: Vec::new(),
            items: Vec::with_capacity(count),
        }
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Counts the changes for which there is memory.
    pub fn capacity(&self) -> usize {
        self.items.capacity()
    }

    /// Adds a change of a key, given as JSON text.
    pub fn push(&mut self, key: &[u8], change: Change) {
        self.bytes.extend_from_slice(key);
        let end = self.bytes.len();
        self.items.push(Item { end, change });
    }

    /// Sorts the changes by their plain keys. Of each key the last change counts. Leaves none, but
    /// the memory.
    pub fn sort(&mut self) -> Run {
        if memchr::memchr(b'\\', &self.bytes).is_some() {
            self.unescape();
        }
        let sorted = sorted(self.len(), &|at| self.key(at));
        let mut run = Run::with_capacity(self.len(), self.bytes.len());
        let mut places = sorted.into_iter().peekable();
        while let Some(at) = places.next() {
            let key = self.key(at);
            // Changes of one key are in the order in which they were made.
            let is_last = places.peek().is_none_or(|next| self.key(*next) != key);
            if is_last && let Some(item) = self.items.get(at as usize) {
                run.push(key, item.change);
            }
        }
        drop(places);
        self.bytes.clear();
        self.items.clear();
        run
    }

    /// Returns a key without its quotes.
    fn key(&self, at: u32) -> &[u8] {
        let end = |at: usize| self.items.get(at).map_or(0, |item| item.end);
        let at = at as usize;
        let start = at.checked_sub(1).map_or(0, end);
        let end = end(at).saturating_sub(1);
        self.bytes.get(start + 1..end).unwrap_or_default()
    }

    /// Makes all keys plain, between quotes.
    fn unescape(&mut self) {
        let texts = std::mem::take(&mut self.bytes);
        let mut start = 0;
        for item in &mut self.items {
            self.bytes.push(b'"');
            unescape(
                texts.get(start..item.end).unwrap_or_default(),
                &mut self.bytes,
            );
            self.bytes.push(b'"');
            start = item.end;
            item.end = self.bytes.len();
        }
    }
}
