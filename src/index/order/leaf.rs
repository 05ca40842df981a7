//! A leaf of the order: some hundred keys that follow on each other, in one allocation of the memory
//! that they need. A leaf never changes; a changed one is built in its place.

use super::changes::Change;
use crate::index::chunks::Slot;
use std::ops::Range;
use std::sync::Arc;

/// The most keys in a leaf.
pub const MOST_KEYS: usize = 256;
/// A leaf gets no further key once its keys have so many bytes.
const MOST_BYTES: usize = 64 << 10;
/// The size of a number in a leaf.
const NUMBER: usize = size_of::<u32>();

/// Some keys in order, each with its slot. A copy shares the memory.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The end of each key in the bytes of all keys, the slot of each key, and these bytes: plain
    /// keys, one after another.
    data: Arc<[u8]>,
    len: u32,
}

impl Leaf {
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Returns a key by its index.
    pub fn key(&self, at: usize) -> &[u8] {
        self.keys(at..at + 1)
    }

    /// Returns the first key.
    pub fn first(&self) -> &[u8] {
        self.key(0)
    }

    /// Returns the slot of the key at an index.
    pub fn slot(&self, at: usize) -> Option<Slot> {
        (at < self.len()).then(|| Slot::of(self.number(self.len() + at)))
    }

    /// Counts the keys that are less than a key.
    pub fn position(&self, key: &[u8]) -> usize {
        self.position_in(0..self.len(), key)
    }

    /// Finds the first key of a range that is not less than a key.
    fn position_in(&self, range: Range<usize>, key: &[u8]) -> usize {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.key(middle) < key {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// Returns the bytes of some keys.
    fn keys(&self, range: Range<usize>) -> &[u8] {
        let first = 2 * NUMBER * self.len();
        let range = first + self.start(range.start)..first + self.start(range.end);
        self.data.get(range).unwrap_or_default()
    }

    /// Returns the start of a key in the bytes of all keys.
    fn start(&self, at: usize) -> usize {
        at.checked_sub(1)
            .map_or(0, |before| self.number(before) as usize)
    }

    fn number(&self, at: usize) -> u32 {
        let bytes = self.data.get(at * NUMBER..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    /// Lists some of the numbers.
    fn numbers(&self, range: Range<usize>) -> impl Iterator<Item = u32> {
        let bytes = self.data.get(range.start * NUMBER..range.end * NUMBER);
        let (numbers, _) = bytes.unwrap_or_default().as_chunks();
        numbers.iter().map(|bytes| u32::from_ne_bytes(*bytes))
    }
}

/// Builds leaves of keys that are given in order.
#[derive(Debug, Default)]
pub struct Builder {
    /// The keys that are in no leaf yet, one after another.
    bytes: Vec<u8>,
    /// The end of each of them, and its slot.
    ends: Vec<usize>,
    slots: Vec<Slot>,
    /// Memory for the data of a leaf.
    data: Vec<u8>,
    leaves: Vec<Leaf>,
    count: usize,
}

impl Builder {
    /// Counts the keys since the last leaves were ended.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Adds a key.
    pub fn push(&mut self, key: &[u8], slot: Slot) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
        self.slots.push(slot);
        self.count += 1;
        self.divide();
    }

    /// Adds the keys of a range of a leaf as changes leave them. The changes are in order, and their
    /// keys belong in the range.
    pub fn merge<'a>(
        &mut self,
        leaf: Option<(&Leaf, Range<usize>)>,
        changes: impl Iterator<Item = (&'a [u8], Change)>,
    ) {
        let (leaf, range) = leaf.unzip();
        let mut left = range.unwrap_or_default();
        for (key, change) in changes {
            if let Some(leaf) = leaf {
                let position = leaf.position_in(left.clone(), key);
                self.extend(leaf, left.start..position);
                let is_own = position < left.end && leaf.key(position) == key;
                left.start = position + usize::from(is_own);
            }
            if let Change::Added(slot) = change {
                self.push(key, slot);
            }
        }
        if let Some(leaf) = leaf {
            self.extend(leaf, left);
        }
    }

    /// Adds some keys of a leaf.
    fn extend(&mut self, leaf: &Leaf, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let (before, start) = (self.bytes.len(), leaf.start(range.start));
        self.bytes.extend_from_slice(leaf.keys(range.clone()));
        let ends = leaf.numbers(range.clone());
        self.ends
            .extend(ends.map(|end| before + (end as usize - start)));
        self.count += range.len();
        let slots = leaf.numbers(leaf.len() + range.start..leaf.len() + range.end);
        self.slots.extend(slots.map(Slot::of));
        self.divide();
    }

    /// Ends the leaves of the keys given so far, which get nearly equal lengths. Returns the number
    /// of all leaves.
    pub fn end_leaves(&mut self) -> usize {
        if self.slots.len() > MOST_KEYS {
            self.close(self.slots.len() / 2);
        }
        if !self.slots.is_empty() {
            self.close(self.slots.len());
        }
        self.count = 0;
        self.leaves.len()
    }

    /// Returns all leaves.
    pub fn finish(mut self) -> Vec<Leaf> {
        self.end_leaves();
        self.leaves
    }

    /// Closes leaves while the rest makes another one.
    fn divide(&mut self) {
        while self.slots.len() >= 2 * MOST_KEYS
            || (self.slots.len() > 1 && self.bytes.len() >= MOST_BYTES)
        {
            self.close(MOST_KEYS.min(self.slots.len() / 2));
        }
    }

    /// Makes a leaf of the first keys.
    fn close(&mut self, count: usize) {
        let end = count
            .checked_sub(1)
            .and_then(|last| self.ends.get(last).copied())
            .unwrap_or(0);
        self.data.clear();
        for end in self.ends.iter().take(count) {
            // An item's line is shorter than 4 GB.
            let end = u32::try_from(*end).unwrap_or(u32::MAX);
            self.data.extend_from_slice(&end.to_ne_bytes());
        }
        for slot in self.slots.iter().take(count) {
            self.data.extend_from_slice(&slot.number().to_ne_bytes());
        }
        self.data
            .extend_from_slice(self.bytes.get(..end).unwrap_or_default());
        self.leaves.push(Leaf {
            data: self.data.as_slice().into(),
            len: count as u32,
        });
        self.bytes.drain(..end);
        self.ends.drain(..count);
        self.slots.drain(..count);
        for other in &mut self.ends {
            *other -= end;
        }
    }
}

#[cfg(test)]
impl Leaf {
    /// Counts the handles of the memory.
    pub fn handles(&self) -> usize {
        Arc::strong_count(&self.data)
    }

    /// Measures the memory of the leaf, in bytes.
    pub fn memory(&self) -> usize {
        self.data.len() + 16
    }
}
