//! The changes of a commit, which count once it is valid.

use crate::index::{Entry, KeyHash};

/// A change.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// The newest item of a key.
    Put(Entry),
    /// The removal of a key.
    Remove(KeyHash),
    /// The removal of all keys.
    Clear,
}

/// Changes in the order in which they were made.
#[derive(Debug, Default)]
pub struct Staged {
    /// Each change, with the length of its key.
    changes: Vec<(Change, u32)>,
    /// The keys as JSON text, one after another.
    keys: Vec<u8>,
}

impl Staged {
    /// Adds a change of a key, given as JSON text.
    pub fn push(&mut self, change: Change, key: &[u8]) {
        self.keys.extend_from_slice(key);
        // A key is shorter than its line, whose length has as many bits.
        self.changes.push((change, key.len() as u32));
    }

    /// Removes all changes and hands them out, each with its key.
    pub fn drain(&mut self, mut visit: impl FnMut(Change, &[u8])) {
        let mut start = 0;
        for (change, length) in self.changes.drain(..) {
            let end = start + length as usize;
            visit(change, self.keys.get(start..end).unwrap_or_default());
            start = end;
        }
        self.keys.clear();
    }

    /// Forgets all changes.
    pub fn clear(&mut self) {
        self.changes.clear();
        self.keys.clear();
    }
}
