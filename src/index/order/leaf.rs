//! A leaf of the order: some hundred keys that follow on each other, in as little memory as they
//! need. A leaf never changes; a changed one is built in its place.

use crate::index::chunks::Slot;
use std::ops::Range;
use std::sync::Arc;

/// The most keys in a leaf.
pub const MOST_KEYS: usize = 256;
/// A leaf gets no further key once its keys have so many bytes.
const MOST_BYTES: usize = 64 << 10;

#[derive(Debug, Clone, Copy)]
struct Item {
    /// End of the key in the bytes of all keys.
    end: u32,
    slot: Slot,
}

/// Some keys in order, each with its slot.
#[derive(Debug)]
pub struct Leaf {
    /// The plain keys, one after another.
    bytes: Box<[u8]>,
    items: Box<[Item]>,
}

impl Leaf {
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns a key by its index.
    pub fn key(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.end(before));
        self.bytes.get(start..self.end(at)).unwrap_or_default()
    }

    /// Returns the first key.
    pub fn first(&self) -> &[u8] {
        self.key(0)
    }

    /// Returns the slot of the key at an index.
    pub fn slot(&self, at: usize) -> Option<Slot> {
        self.items.get(at).map(|item| item.slot)
    }

    /// Counts the keys that are less than a key.
    pub fn position(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.key(middle) < key {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    fn end(&self, at: usize) -> usize {
        self.items.get(at).map_or(0, |item| item.end as usize)
    }
}

/// Builds leaves of keys that are given in order.
#[derive(Debug, Default)]
pub struct Builder {
    bytes: Vec<u8>,
    /// The keys that are in no leaf yet: the end of each, and its slot.
    items: Vec<(usize, Slot)>,
    leaves: Vec<Arc<Leaf>>,
    count: usize,
}

impl Builder {
    /// Counts the keys.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Adds a key.
    pub fn push(&mut self, key: &[u8], slot: Slot) {
        self.bytes.extend_from_slice(key);
        self.items.push((self.bytes.len(), slot));
        self.count += 1;
        self.divide();
    }

    /// Adds some keys of a leaf.
    pub fn extend(&mut self, leaf: &Leaf, range: Range<usize>) {
        let start = range.start.checked_sub(1).map_or(0, |at| leaf.end(at));
        let end = range.end.checked_sub(1).map_or(0, |at| leaf.end(at));
        let before = self.bytes.len();
        let bytes = leaf.bytes.get(start..end).unwrap_or_default();
        self.bytes.extend_from_slice(bytes);
        self.count += range.len();
        let items = leaf.items.get(range).unwrap_or_default();
        let moved = items
            .iter()
            .map(|item| (before + item.end as usize - start, item.slot));
        self.items.extend(moved);
        self.divide();
    }

    /// Ends with leaves of nearly equal length. The builder is empty then, and keeps its memory for
    /// the next leaves: to allocate it for each would take most of the time.
    pub fn finish(&mut self) -> Vec<Arc<Leaf>> {
        if self.items.len() > MOST_KEYS {
            self.close(self.items.len() / 2);
        }
        if !self.items.is_empty() {
            self.close(self.items.len());
        }
        self.count = 0;
        std::mem::take(&mut self.leaves)
    }

    /// Closes leaves while the rest makes another one.
    fn divide(&mut self) {
        while self.items.len() >= 2 * MOST_KEYS
            || (self.items.len() > 1 && self.bytes.len() >= MOST_BYTES)
        {
            self.close(MOST_KEYS.min(self.items.len() / 2));
        }
    }

    /// Makes a leaf of the first keys.
    fn close(&mut self, count: usize) {
        let end = count
            .checked_sub(1)
            .and_then(|last| self.items.get(last))
            .map_or(0, |(end, _)| *end);
        let item = |&(end, slot): &(usize, Slot)| Item {
            // An item's line is shorter than 4 GB.
            end: u32::try_from(end).unwrap_or(u32::MAX),
            slot,
        };
        self.leaves.push(Arc::new(Leaf {
            bytes: self.bytes.get(..end).unwrap_or_default().into(),
            items: self.items.iter().take(count).map(item).collect(),
        }));
        self.bytes.drain(..end);
        self.items.drain(..count);
        for (other, _) in &mut self.items {
            *other -= end;
        }
    }
}

#[cfg(test)]
impl Leaf {
    /// Measures the memory of the leaf, in bytes.
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.bytes.len() + self.items.len() * size_of::<Item>()
    }
}
