//! The keys in the order of their bytes, each with its slot, for listings.
//!
//! The keys are in leaves of some hundred, which listings share. New and removed keys wait in
//! `changes` and are merged into the leaves together: when a listing begins, or when there are
//! enough of them. Until then a removed key's slot is not free, since a leaf still leads to it.

mod changes;
mod leaf;
mod run;
mod sort;
mod sorter;

pub use leaf::{Builder, Leaf};

use super::chunks::Slot;
use changes::{Change, Changes};
use run::{Run, Sorted};
use sorter::{BATCH, First, Outcome, Sorter};
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

/// So many changes are merged at once. They may belong to as many leaves, of 7 KB each.
const DUE: usize = 1 << 10;
/// A leaf with fewer keys is joined with the next.
const FEWEST_KEYS: usize = 64;

/// All keys in order.
#[derive(Debug, Default)]
pub struct Order {
    /// Shared with listings, which so cost the same however many leaves there are. Copied if it
    /// changes meanwhile.
    leaves: Leaves,
    changes: Changes,
    /// The changes before those, if they are very many.
    sorter: Option<Sorter>,
    /// Number of keys that were moved to other leaves, for tests of the cost of a call.
    #[cfg(test)]
    pub moved: usize,
}

/// Leaves in order.
type Leaves = Arc<Vec<Arc<Leaf>>>;

/// The keys of a range, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    leaves: Leaves,
    /// The leaves of the range.
    range: Range<usize>,
    /// Number of the keys in the first of them that come before the range.
    start: usize,
    /// Number of the keys in the last of them up to the end of the range.
    end: usize,
}

/// The keys of a range in one leaf.
#[derive(Debug, Clone)]
pub struct Part {
    pub leaf: Arc<Leaf>,
    pub range: Range<usize>,
}

impl Part {
    /// Takes the index of the first key that is left, or of the last.
    pub fn next(&mut self, is_last: bool) -> Option<usize> {
        match is_last {
            true => self.range.next_back(),
            false => self.range.next(),
        }
    }
}

impl Keys {
    /// Makes a list of all keys of some leaves.
    pub fn of(leaves: Vec<Arc<Leaf>>) -> Self {
        Keys {
            range: 0..leaves.len(),
            start: 0,
            end: leaves.last().map_or(0, |leaf| leaf.len()),
            leaves: Arc::new(leaves),
        }
    }

    /// Counts the leaves that are left.
    pub fn leaves(&self) -> usize {
        self.range.len()
    }

    /// Takes the keys of the first leaf, or those of the last.
    pub fn take(&mut self, is_last: bool) -> Option<Part> {
        let ends = (self.range.start, self.range.end.checked_sub(1)?);
        let at = match is_last {
            true => self.range.next_back()?,
            false => self.range.next()?,
        };
        let leaf = self.leaves.get(at)?.clone();
        let start = if at == ends.0 { self.start } else { 0 };
        let end = if at == ends.1 { self.end } else { leaf.len() };
        match is_last {
            true => self.end = self.leaves.get(at.wrapping_sub(1)).map_or(0, |it| it.len()),
            false => self.start = 0,
        }
        Some(Part {
            leaf,
            range: start..end.max(start),
        })
    }
}

/// New leaves in the place of some others.
struct Replaced {
    range: Range<usize>,
    leaves: Vec<Arc<Leaf>>,
}

impl Order {
    /// Adds a key, given as JSON text.
    pub fn add(&mut self, key: &[u8], slot: Slot) {
        self.change(key, Change::Added(slot));
    }

    /// Removes a key. Its slot may be used again after the next merge.
    pub fn remove(&mut self, key: &[u8], slot: Slot) {
        self.change(key, Change::Removed(slot));
    }

    fn change(&mut self, key: &[u8], change: Change) {
        self.changes.push(key, change);
        if self.changes.len() == BATCH {
            let batch = std::mem::replace(&mut self.changes, Changes::with_capacity(BATCH));
            let first = match self.leaves.is_empty() {
                true => First::Keys,
                false => First::Changes,
            };
            let sorter = self.sorter.get_or_insert_with(|| Sorter::start(first));
            sorter.take(batch);
        }
    }

    /// Returns true if there are enough changes to merge them.
    pub fn is_due(&self) -> bool {
        self.sorter.is_some() || self.changes.len() >= DUE
    }

    /// Merges the changes into the leaves. Returns the slots that are free now.
    pub fn merge(&mut self) -> Vec<Slot> {
        let changes = std::mem::take(&mut self.changes);
        let Some(mut sorter) = self.sorter.take() else {
            return self.merge_run(changes.sort());
        };
        sorter.take(changes);
        match sorter.finish() {
            Outcome::Changes(run) => self.merge_run(run),
            Outcome::Keys(Sorted { leaves, freed }) => {
                self.leaves = Arc::new(leaves);
                freed
            }
        }
    }

    fn merge_run(&mut self, changes: Run) -> Vec<Slot> {
        let replaced = self.replacements(&changes);
        let takes_one_place = |it: &Replaced| it.range.len() == 1 && it.leaves.len() == 1;
        match replaced.iter().all(takes_one_place) {
            true => self.replace_each(replaced),
            false => self.replace(replaced),
        }
        changes.into_freed()
    }

    /// Lists the keys from one on, up to but without another.
    pub fn keys(&self, from: &[u8], to: Option<&[u8]>) -> Keys {
        let first = self.leaf_of(0, from);
        let last = match to {
            Some(to) => self.leaf_of(first, to),
            None => self.leaves.len().saturating_sub(1),
        };
        let position = |at: usize, key| self.leaves.get(at).map_or(0, |it| it.position(key));
        Keys {
            leaves: self.leaves.clone(),
            range: first..(last + 1).min(self.leaves.len()),
            start: position(first, from),
            end: match to {
                Some(to) => position(last, to),
                None => self.leaves.get(last).map_or(0, |leaf| leaf.len()),
            },
        }
    }

    /// Finds the leaf in which a key belongs, not before another leaf.
    fn leaf_of(&self, from: usize, key: &[u8]) -> usize {
        let begins_before = |at: usize| {
            let leaf = self.leaves.get(at);
            leaf.is_some_and(|leaf| leaf.first() <= key)
        };
        let last = self.leaves.len().saturating_sub(1);
        if begins_before(last) {
            return last;
        }
        // Keys that are looked for in order are mostly close.
        let (mut low, mut step) = (from, 1);
        while begins_before(low + step) {
            low += step;
            step *= 2;
        }
        let mut high = low + step;
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            match begins_before(middle) {
                true => low = middle,
                false => high = middle,
            }
        }
        low
    }

    /// Builds new leaves for those in which a key changed.
    fn replacements(&mut self, changes: &Run) -> Vec<Replaced> {
        let mut replaced = Vec::new();
        let mut changes = changes.iter().peekable();
        let mut builder = Builder::default();
        let mut at = 0;
        while let Some((key, _)) = changes.peek() {
            at = self.leaf_of(at, key);
            let start = at;
            loop {
                let next = self.leaves.get(at + 1).map(|next| next.first());
                let is_before = |(key, _): &(&[u8], Change)| next.is_none_or(|next| *key < next);
                let leaf = self.leaves.get(at).map(|leaf| &**leaf);
                merge_leaf(
                    leaf,
                    std::iter::from_fn(|| changes.next_if(is_before)),
                    &mut builder,
                );
                at = (at + 1).min(self.leaves.len());
                if builder.len() >= FEWEST_KEYS || at == self.leaves.len() {
                    break;
                }
            }
            #[cfg(test)]
            {
                self.moved += builder.len();
            }
            replaced.push(Replaced {
                range: start..at,
                leaves: builder.finish(),
            });
        }
        replaced
    }

    fn replace_each(&mut self, replaced: Vec<Replaced>) {
        if replaced.is_empty() {
            return;
        }
        let own = Arc::make_mut(&mut self.leaves);
        for Replaced { range, leaves } in replaced {
            for (at, leaf) in range.zip(leaves) {
                if let Some(place) = own.get_mut(at) {
                    *place = leaf;
                }
            }
        }
    }

    fn replace(&mut self, replaced: Vec<Replaced>) {
        let before = Arc::unwrap_or_clone(std::mem::take(&mut self.leaves));
        let added: usize = replaced.iter().map(|it| it.leaves.len()).sum();
        let mut leaves = Vec::with_capacity(before.len() + added);
        let mut before = before.into_iter().enumerate().peekable();
        for it in replaced {
            leaves.extend(
                std::iter::from_fn(|| before.next_if(|(at, _)| *at < it.range.start))
                    .map(|(_, leaf)| leaf),
            );
            while before.next_if(|(at, _)| *at < it.range.end).is_some() {}
            leaves.extend(it.leaves);
        }
        leaves.extend(before.map(|(_, leaf)| leaf));
        self.leaves = Arc::new(leaves);
    }
}

/// Adds the keys of a leaf to a builder, with changes that belong there.
fn merge_leaf<'a>(
    leaf: Option<&Leaf>,
    changes: impl Iterator<Item = (&'a [u8], Change)>,
    builder: &mut Builder,
) {
    let mut at = 0;
    for (key, change) in changes {
        if let Some(leaf) = leaf {
            let position = leaf.position(key);
            builder.extend(leaf, at..position);
            at = position;
            if position < leaf.len() && leaf.key(position).cmp(key) == Ordering::Equal {
                at += 1;
            }
        }
        if let Change::Added(slot) = change {
            builder.push(key, slot);
        }
    }
    if let Some(leaf) = leaf {
        builder.extend(leaf, at..leaf.len());
    }
}

#[cfg(test)]
impl Order {
    /// Counts the handles of the last leaf.
    pub fn handles(&self) -> usize {
        self.leaves.last().map_or(0, Arc::strong_count)
    }

    /// Measures the memory of all leaves, in bytes, with their handles.
    pub fn memory(&self) -> usize {
        let leaves = self.leaves.iter().map(|leaf| leaf.memory() + 16);
        leaves.sum::<usize>() + size_of::<Arc<Leaf>>() * self.leaves.capacity()
    }
}
