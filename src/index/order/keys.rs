//! The keys of a range, at one moment, leaf by leaf. Changes that are in no leaf yet are merged with
//! each leaf as it is taken, so a listing begins at once however many wait.

use super::Leaves;
use super::leaf::{Builder, Leaf};
use super::run::Run;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// The keys of a range, at one moment. They must be taken in one direction.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    leaves: Leaves,
    /// The leaves of the range that are left.
    range: Range<usize>,
    /// Number of the keys in the first of them that come before the range.
    start: usize,
    /// Number of the keys in the last of them up to the end of the range.
    end: usize,
    /// Changes that are in no leaf.
    changes: Arc<Run>,
    /// Those of the range that are left.
    changed: Range<usize>,
    /// The leaves that were made of one leaf and its changes.
    merged: VecDeque<Leaf>,
}

/// The keys of a range in one leaf.
#[derive(Debug, Clone)]
pub struct Part {
    pub leaf: Leaf,
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
    pub fn of(leaves: Vec<Leaf>) -> Self {
        Keys {
            range: 0..leaves.len(),
            end: leaves.last().map_or(0, |leaf| leaf.len()),
            leaves: Arc::new(leaves),
            ..Keys::default()
        }
    }

    /// Makes a list of a range. `positions` are those of its first key in its first leaf and of its
    /// end in its last leaf, and `changed` are the changes of its keys.
    pub fn new(
        leaves: Leaves,
        range: Range<usize>,
        positions: Range<usize>,
        changes: Arc<Run>,
        changed: Range<usize>,
    ) -> Self {
        Keys {
            leaves,
            range,
            start: positions.start,
            end: positions.end,
            changes,
            changed,
            merged: VecDeque::new(),
        }
    }

    /// Returns true if no keys are left. Some may be left if not.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty() && self.changed.is_empty() && self.merged.is_empty()
    }

    /// Takes the keys of the first leaf, or those of the last.
    pub fn take(&mut self, is_last: bool) -> Option<Part> {
        loop {
            let merged = match is_last {
                true => self.merged.pop_back(),
                false => self.merged.pop_front(),
            };
            if let Some(leaf) = merged {
                let range = 0..leaf.len();
                return Some(Part { leaf, range });
            }
            let (part, changed) = self.take_unmerged(is_last);
            if changed.is_empty() {
                return part;
            }
            let mut builder = Builder::default();
            let leaf = part.as_ref().map(|part| (&part.leaf, part.range.clone()));
            builder.merge(leaf, self.changes.iter(changed));
            self.merged = builder.finish().into();
        }
    }

    /// Takes the keys of a leaf, and the changes that belong there.
    fn take_unmerged(&mut self, is_last: bool) -> (Option<Part>, Range<usize>) {
        let part = self.take_leaf(is_last);
        let changed = self.changed.clone();
        if changed.is_empty() || self.range.is_empty() {
            self.changed = changed.end..changed.end;
            return (part, changed);
        }
        let bound = match is_last {
            true => self.leaves.get(self.range.end),
            false => self.leaves.get(self.range.start),
        };
        let between = bound.map_or(changed.end, |leaf| {
            self.changes.position_in(changed.clone(), leaf.first())
        });
        let (before, after) = (changed.start..between, between..changed.end);
        let (taken, left) = if is_last {
            (after, before)
        } else {
            (before, after)
        };
        self.changed = left;
        (part, taken)
    }

    fn take_leaf(&mut self, is_last: bool) -> Option<Part> {
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
