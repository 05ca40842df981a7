//! Sorted changes that are not in the leaves yet. They are merged from the least key on, and
//! listings share the rest.

use super::changes::Change;
use super::run::Run;
use std::ops::Range;
use std::sync::Arc;

/// Sorted changes, some of which may have been merged.
#[derive(Debug, Default)]
pub struct Pending {
    run: Arc<Run>,
    /// Number of the changes that are in the leaves.
    merged: usize,
}

impl Pending {
    /// Counts the changes.
    pub fn len(&self) -> usize {
        self.run.len() - self.merged
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds later changes.
    pub fn add(&mut self, later: Run) {
        if later.len() == 0 {
            return;
        }
        let run = match self.is_empty() {
            true => later,
            false => self.run.merge(self.merged, &later),
        };
        *self = Pending {
            run: Arc::new(run),
            merged: 0,
        };
    }

    /// Returns the least key.
    pub fn first(&self) -> Option<&[u8]> {
        (!self.is_empty()).then(|| self.run.key(self.merged))
    }

    /// Takes the changes of keys less than one, or all.
    pub fn take(&mut self, end: Option<&[u8]>) -> impl Iterator<Item = (&[u8], Change)> {
        let start = self.merged;
        // The changes of one leaf are few among many.
        self.merged = end.map_or(self.run.len(), |key| self.run.position_from(start, key));
        self.run.iter(start..self.merged)
    }

    /// Shares the changes. Returns which of them are of keys from one on, up to but without another.
    pub fn share(&self, from: &[u8], to: Option<&[u8]>) -> (Arc<Run>, Range<usize>) {
        if self.is_empty() {
            return (Arc::default(), 0..0);
        }
        let start = self.run.position_from(self.merged, from);
        let end = to.map_or(self.run.len(), |to| self.run.position_from(start, to));
        (self.run.clone(), start..end)
    }
}
