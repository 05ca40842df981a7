//! Changes in the order of their keys, one for each key.

use super::changes::Change;
use super::leaf::{Builder as LeafBuilder, Leaf};
use crate::index::chunks::Slot;
use std::cmp::Ordering;
use std::sync::Arc;

#[derive(Debug)]
struct Item {
    /// End of the key in the bytes of all keys.
    end: usize,
    change: Change,
}

/// Changes in the order of their keys.
#[derive(Debug, Default)]
pub struct Run {
    /// The plain keys, one after another.
    bytes: Vec<u8>,
    items: Vec<Item>,
    /// The slots that are free once the changes are in the order: those of all removals, also of
    /// keys that came again.
    freed: Vec<Slot>,
}

/// All keys in leaves.
#[derive(Debug)]
pub struct Sorted {
    pub leaves: Vec<Arc<Leaf>>,
    /// The slots that are free.
    pub freed: Vec<Slot>,
}

impl Run {
    /// Prepares to take so many changes, whose keys have so many bytes.
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Run {
            bytes: Vec::with_capacity(bytes),
            items: Vec::with_capacity(count),
            freed: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Adds a change. `is_last` tells if it is the last change of its key.
    pub fn push(&mut self, key: &[u8], change: Change, is_last: bool) {
        if let Change::Removed(slot) = change {
            self.freed.push(slot);
        }
        if is_last {
            self.put(key, change);
        }
    }

    /// Merges later changes into these.
    pub fn merge(mut self, mut later: Run) -> Run {
        self.freed.append(&mut later.freed);
        if self.len() == 0 {
            later.freed = self.freed;
            return later;
        }
        if self.key(self.len() - 1) < later.key(0) {
            self.append(&later);
            return self;
        }
        let bytes = self.bytes.len() + later.bytes.len();
        let mut merged = Run::with_capacity(self.len() + later.len(), bytes);
        self.each_with(&later, &mut |key, change| merged.put(key, change));
        merged.freed = self.freed;
        merged
    }

    /// Merges later changes into these, and builds leaves of the keys that are left.
    pub fn merge_into_leaves(mut self, mut later: Run) -> Sorted {
        self.freed.append(&mut later.freed);
        let mut builder = LeafBuilder::default();
        self.each_with(&later, &mut |key, change| {
            if let Change::Added(slot) = change {
                builder.push(key, slot);
            }
        });
        Sorted {
            leaves: builder.finish(),
            freed: self.freed,
        }
    }

    /// Visits these and later changes in the order of their keys.
    fn each_with(&self, later: &Run, visit: &mut impl FnMut(&[u8], Change)) {
        let (mut ones, mut others) = (self.iter().peekable(), later.iter().peekable());
        loop {
            let order = match (ones.peek(), others.peek()) {
                (Some((one, _)), Some((other, _))) => one.cmp(other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return,
            };
            let earlier = if order.is_le() { ones.next() } else { None };
            let later = if order.is_ge() { others.next() } else { None };
            if let Some((key, change)) = later.or(earlier) {
                visit(key, change);
            }
        }
    }

    /// Lists the changes with their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Change)> {
        let items = self.items.iter().enumerate();
        items.map(|(at, item)| (self.key(at), item.change))
    }

    /// Hands over the slots that are free once the changes are in the order.
    pub fn into_freed(self) -> Vec<Slot> {
        self.freed
    }

    fn key(&self, at: usize) -> &[u8] {
        let end = |at: usize| self.items.get(at).map_or(0, |item| item.end);
        let start = at.checked_sub(1).map_or(0, end);
        self.bytes.get(start..end(at)).unwrap_or_default()
    }

    fn put(&mut self, key: &[u8], change: Change) {
        self.bytes.extend_from_slice(key);
        let end = self.bytes.len();
        self.items.push(Item { end, change });
    }

    /// Adds changes whose keys all come after the present ones.
    fn append(&mut self, later: &Run) {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(&later.bytes);
        let items = later.items.iter().map(|item| Item {
            end: before + item.end,
            change: item.change,
        });
        self.items.extend(items);
    }
}
