//! The keys that came and went since the leaves were built.

use super::sort::sorted;
use crate::index::chunks::Slot;
use crate::record::unescape;

/// A change of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added(Slot),
    Removed(Slot),
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
    /// The plain keys, one after another.
    bytes: Vec<u8>,
    items: Vec<Item>,
}

impl Changes {
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Adds a change of a key, given as JSON text.
    pub fn push(&mut self, key: &[u8], change: Change) {
        unescape(key, &mut self.bytes);
        let end = self.bytes.len();
        self.items.push(Item { end, change });
    }

    /// Lists the last change of each key, in the order of the keys.
    pub fn by_key(&self) -> impl Iterator<Item = (&[u8], Change)> {
        let sorted = sorted(self.len(), &|at| self.key(at));
        let mut places = sorted.into_iter().peekable();
        std::iter::from_fn(move || {
            loop {
                let at = places.next()?;
                let key = self.key(at);
                // Changes of one key are in the order in which they were made.
                let is_last = places.peek().is_none_or(|next| self.key(*next) != key);
                if let Some(item) = self.items.get(at as usize).filter(|_| is_last) {
                    return Some((key, item.change));
                }
            }
        })
    }

    /// Lists the slots of the removed keys.
    pub fn removed(&self) -> impl Iterator<Item = Slot> {
        self.items.iter().filter_map(|item| match item.change {
            Change::Removed(slot) => Some(slot),
            Change::Added(_) => None,
        })
    }

    fn key(&self, at: u32) -> &[u8] {
        let end = |at: usize| self.items.get(at).map_or(0, |item| item.end);
        let at = at as usize;
        let start = at.checked_sub(1).map_or(0, end);
        self.bytes.get(start..end(at)).unwrap_or_default()
    }
}
