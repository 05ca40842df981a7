//! The keys in the order of their bytes, each with its slot, for listings.
//!
//! The keys are in leaves of some hundred, which listings share. New and removed keys wait beside
//! the leaves and are merged into them later, some leaves at a time. A listing begins at once: it
//! takes the waiting changes along (`keys`). A waiting change hides what a leaf says of its key, so
//! the slot of a removed key is free at once.

mod changes;
mod keys;
mod leaf;
mod pending;
mod run;
mod sort;
mod sorter;

pub use keys::{Keys, Part};
pub use leaf::Builder;

use super::chunks::Slot;
use changes::{Change, Changes};
use leaf::{Leaf, MOST_KEYS};
use pending::Pending;
use sorter::{BATCH, Ending, First, Outcome, Sorter};
use std::ops::Range;
use std::sync::Arc;

/// The fewest changes that are sorted at once, unless a listing begins.
const LEAST_DUE: usize = 1 << 10;
/// The most changes that wait unsorted. Sorting them takes 1 ms.
const MOST_DUE: usize = 1 << 14;
/// The number of waiting changes for each leaf from which on they are merged, up to `MOST_DUE`: to
/// build a leaf for each change would take most of the time of a write.
const DUE_FOR_LEAF: usize = 4;
/// A call moves about so many keys to new leaves for each new key, at least `LEAST_MOVED` and at most
/// `MOST_MOVED`, which takes 2 ms.
const MOVED_FOR_KEY: usize = MOST_KEYS;
const LEAST_MOVED: usize = 1 << 12;
const MOST_MOVED: usize = 1 << 17;
/// A leaf with fewer keys is joined with the next.
const FEWEST_KEYS: usize = 64;

/// All keys in order.
#[derive(Debug, Default)]
pub struct Order {
    /// Shared with listings, which so cost the same however many leaves there are. Copied if it
    /// changes meanwhile.
    leaves: Leaves,
    /// The changes that are in no leaf yet, sorted.
    pending: Pending,
    /// The changes after those, if they are very many.
    sorting: Sorting,
    /// The newest changes.
    changes: Changes,
    /// Number of the changes since the last call that could merge some.
    unpaid: usize,
    /// True while the sorted changes are merged, from when they are enough until none is left.
    is_merging: bool,
    /// Number of keys that were moved to other leaves, for tests of the cost of a call.
    #[cfg(test)]
    pub moved: usize,
}

/// The sorting of very many changes.
#[derive(Debug, Default)]
enum Sorting {
    #[default]
    None,
    /// Takes further changes.
    Taking(Sorter),
    /// Has all of them.
    Ending(Ending),
}

/// Leaves in order.
type Leaves = Arc<Vec<Leaf>>;

/// New leaves in the place of some others.
struct Replaced {
    range: Range<usize>,
    /// Number of the new leaves.
    count: usize,
}

impl Order {
    /// Adds a key, given as JSON text.
    pub fn add(&mut self, key: &[u8], slot: Slot) {
        self.change(key, Change::Added(slot));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &[u8]) {
        self.change(key, Change::Removed);
    }

    fn change(&mut self, key: &[u8], change: Change) {
        self.unpaid += 1;
        self.changes.push(key, change);
        if self.changes.len() == BATCH {
            self.hand_over();
        }
    }

    /// Hands the newest changes over to a thread that sorts them.
    fn hand_over(&mut self) {
        if matches!(self.sorting, Sorting::Ending(_)) {
            self.end_sorting();
        }
        if matches!(self.sorting, Sorting::None) {
            let first = match self.leaves.is_empty() && self.pending.is_empty() {
                true => First::Keys,
                false => First::Changes,
            };
            self.sorting = Sorting::Taking(Sorter::start(first));
        }
        if let Sorting::Taking(sorter) = &mut self.sorting {
            sorter.take(&mut self.changes);
        }
    }

    /// Returns true if a list begins at once. Otherwise it first waits for a thread.
    pub fn is_ready(&self) -> bool {
        match &self.sorting {
            Sorting::None => true,
            Sorting::Taking(_) => false,
            Sorting::Ending(ending) => ending.is_done(),
        }
    }

    /// Merges some of the changes, if enough of them wait. Must be called after some changes. Takes
    /// a few milliseconds at most, unless more came in one stretch than a batch: reading these took
    /// longer.
    pub fn merge_if_due(&mut self) {
        self.end_batches();
        if !self.is_ready() {
            return;
        }
        self.end_sorting();
        let due = (self.leaves.len() * DUE_FOR_LEAF).clamp(LEAST_DUE, MOST_DUE);
        if self.changes.len() + self.pending.len() >= due {
            self.is_merging = true;
        }
        if self.changes.len() >= due || (self.is_merging && self.pending.is_empty()) {
            self.sort();
        }
        let most = (self.unpaid.saturating_mul(MOVED_FOR_KEY)).clamp(LEAST_MOVED, MOST_MOVED);
        self.unpaid = 0;
        if self.is_merging {
            self.merge(most);
            self.is_merging = !self.pending.is_empty();
        }
    }

    /// Hands the last changes over, if others were.
    fn end_batches(&mut self) {
        if !matches!(self.sorting, Sorting::Taking(_)) {
            return;
        }
        if self.changes.len() > 0 {
            self.hand_over();
        }
        // A batch's memory is needed no more.
        self.changes = Changes::default();
        if let Sorting::Taking(sorter) = std::mem::take(&mut self.sorting) {
            self.sorting = Sorting::Ending(sorter.end());
        }
    }

    /// Takes what a thread has sorted, after waiting for it.
    fn end_sorting(&mut self) {
        self.end_batches();
        let Sorting::Ending(ending) = std::mem::take(&mut self.sorting) else {
            return;
        };
        match ending.wait() {
            Outcome::Keys(leaves) => self.leaves = Arc::new(leaves),
            Outcome::Changes(run) => {
                self.pending.add(run);
                self.merge(usize::MAX);
            }
        }
    }

    /// Lists the keys from one on, up to but without another.
    pub fn list(&mut self, from: &[u8], to: Option<&[u8]>) -> Keys {
        self.end_sorting();
        self.sort();
        self.merge(LEAST_MOVED);
        self.keys(from, to)
    }

    fn keys(&self, from: &[u8], to: Option<&[u8]>) -> Keys {
        let first = self.leaf_of(0, from);
        let last = match to {
            Some(to) => self.leaf_of(first, to),
            None => self.leaves.len().saturating_sub(1),
        };
        let position = |at: usize, key| self.leaves.get(at).map_or(0, |it| it.position(key));
        let end = match to {
            Some(to) => position(last, to),
            None => self.leaves.get(last).map_or(0, |leaf| leaf.len()),
        };
        let leaves = first..(last + 1).min(self.leaves.len());
        let positions = position(first, from)..end;
        let (changes, changed) = self.pending.share(from, to);
        Keys::new(self.leaves.clone(), leaves, positions, changes, changed)
    }

    /// Sorts the changes, so that they can be merged.
    pub fn sort(&mut self) {
        self.pending.add(self.changes.sort());
        // Many need much memory, and few come next.
        if self.changes.capacity() > MOST_DUE {
            self.changes = Changes::default();
        }
    }

    /// Merges sorted changes into the leaves, until about `most` keys were moved.
    pub fn merge(&mut self, most: usize) {
        if self.pending.is_empty() {
            return;
        }
        let (replaced, leaves) = self.replacements(most);
        let takes_one_place = |it: &Replaced| it.range.len() == 1 && it.count == 1;
        match replaced.iter().all(takes_one_place) {
            true => self.replace_each(replaced, leaves),
            false => self.replace(replaced, leaves),
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

    /// Builds new leaves for those to which the next changes belong, of about `most` keys.
    fn replacements(&mut self, most: usize) -> (Vec<Replaced>, Vec<Leaf>) {
        let mut replaced = Vec::new();
        let mut builder = Builder::default();
        let (mut at, mut moved, mut count) = (0, 0, 0);
        while moved < most
            && let Some(key) = self.pending.first()
        {
            at = self.leaf_of(at, key);
            let start = at;
            loop {
                let next = self.leaves.get(at + 1).map(|next| next.first());
                let leaf = self.leaves.get(at).map(|leaf| (leaf, 0..leaf.len()));
                builder.merge(leaf, self.pending.take(next));
                at = (at + 1).min(self.leaves.len());
                if builder.len() >= FEWEST_KEYS || at == self.leaves.len() {
                    break;
                }
            }
            moved += builder.len();
            let before = count;
            count = builder.end_leaves();
            replaced.push(Replaced {
                range: start..at,
                count: count - before,
            });
        }
        #[cfg(test)]
        {
            self.moved += moved;
        }
        (replaced, builder.finish())
    }

    fn replace_each(&mut self, replaced: Vec<Replaced>, leaves: Vec<Leaf>) {
        let own = Arc::make_mut(&mut self.leaves);
        for (it, leaf) in replaced.into_iter().zip(leaves) {
            if let Some(place) = own.get_mut(it.range.start) {
                *place = leaf;
            }
        }
    }

    fn replace(&mut self, replaced: Vec<Replaced>, new: Vec<Leaf>) {
        let before = Arc::unwrap_or_clone(std::mem::take(&mut self.leaves));
        let mut leaves = Vec::with_capacity(before.len() + new.len());
        let mut new = new.into_iter();
        let mut before = before.into_iter().enumerate().peekable();
        for it in replaced {
            leaves.extend(
                std::iter::from_fn(|| before.next_if(|(at, _)| *at < it.range.start))
                    .map(|(_, leaf)| leaf),
            );
            while before.next_if(|(at, _)| *at < it.range.end).is_some() {}
            leaves.extend(new.by_ref().take(it.count));
        }
        leaves.extend(before.map(|(_, leaf)| leaf));
        self.leaves = Arc::new(leaves);
    }
}

#[cfg(test)]
impl Order {
    /// Counts the handles of the last leaf.
    pub fn handles(&self) -> usize {
        self.leaves.last().map_or(0, Leaf::handles)
    }

    /// Counts the changes that are in no leaf.
    pub fn waiting(&self) -> usize {
        self.changes.len() + self.pending.len()
    }

    /// Measures the memory of all leaves, in bytes, with their handles.
    pub fn memory(&self) -> usize {
        let leaves = self.leaves.iter().map(Leaf::memory);
        leaves.sum::<usize>() + size_of::<Leaf>() * self.leaves.capacity()
    }
}
