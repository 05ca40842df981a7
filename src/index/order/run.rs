//! Changes in the order of their keys, one for each key.

use super::changes::Change;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

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
}

impl Run {
    /// Prepares to take so many changes, whose keys have so many bytes.
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Run {
            bytes: Vec::with_capacity(bytes),
            items: Vec::with_capacity(count),
        }
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Adds a change of a key that comes after the others.
    pub fn push(&mut self, key: &[u8], change: Change) {
        self.bytes.extend_from_slice(key);
        let end = self.bytes.len();
        self.items.push(Item { end, change });
    }

    /// Merges the changes from an index on with later changes.
    pub fn merge(&self, from: usize, later: &Run) -> Run {
        let bytes = self.bytes.len() - self.start(from) + later.bytes.len();
        let mut merged = Run::with_capacity(self.len() - from + later.len(), bytes);
        self.each_with(from, later, &mut |key, change| merged.push(key, change));
        merged
    }

    /// Visits the changes from an index on and later changes in the order of their keys.
    fn each_with(&self, from: usize, later: &Run, visit: &mut impl FnMut(&[u8], Change)) {
        let mut ones = self.iter(from..self.len()).peekable();
        let mut others = later.iter(0..later.len()).peekable();
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

    /// Lists some of the changes with their keys.
    pub fn iter(&self, range: Range<usize>) -> impl Iterator<Item = (&[u8], Change)> {
        let mut start = self.start(range.start);
        let items = self.items.get(range).unwrap_or_default();
        items.iter().map(move |item| {
            let key = self.bytes.get(start..item.end).unwrap_or_default();
            start = item.end;
            (key, item.change)
        })
    }

    /// Returns a key by its index.
    pub fn key(&self, at: usize) -> &[u8] {
        let end = self.items.get(at).map_or(0, |item| item.end);
        self.bytes.get(self.start(at)..end).unwrap_or_default()
    }

    /// Finds the first of some changes whose key is not less than a key.
    pub fn position_in(&self, range: Range<usize>, key: &[u8]) -> usize {
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

    /// Does what `position_in` does from an index on, faster for one that is close.
    pub fn position_from(&self, from: usize, key: &[u8]) -> usize {
        let (mut low, mut step) = (from, 1);
        while low + step < self.len() && self.key(low + step) < key {
            low += step;
            step *= 2;
        }
        self.position_in(low..(low + step).min(self.len()), key)
    }

    fn start(&self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|before| self.items.get(before));
        before.map_or(0, |item| item.end)
    }
}

/// Visits the changes of runs, from the earliest to the latest, in the order of their keys.
pub fn each_of_all(runs: &[Run], visit: &mut impl FnMut(&[u8], Change)) {
    let heads = runs.iter().enumerate().filter_map(|(number, run)| {
        let mut rest = run.iter(0..run.len());
        let (key, change) = rest.next()?;
        Some(Reverse(Head {
            key,
            number,
            change,
            rest,
        }))
    });
    let mut heads: BinaryHeap<_> = heads.collect();
    let mut last: Option<(&[u8], Change)> = None;
    while let Some(mut least) = heads.peek_mut() {
        let Reverse(head) = &mut *least;
        let newest = (head.key, head.change);
        if let Some((key, change)) = last.replace(newest)
            && key != newest.0
        {
            visit(key, change);
        }
        match head.rest.next() {
            Some(next) => (head.key, head.change) = next,
            None => drop(PeekMut::pop(least)),
        }
    }
    if let Some((key, change)) = last {
        visit(key, change);
    }
}

/// The next change of a run. Those of one key are in the order of their runs.
struct Head<'run, I> {
    key: &'run [u8],
    number: usize,
    change: Change,
    rest: I,
}

impl<I> Ord for Head<'_, I> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.key, self.number).cmp(&(other.key, other.number))
    }
}

impl<I> PartialOrd for Head<'_, I> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<I> PartialEq for Head<'_, I> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<I> Eq for Head<'_, I> {}
