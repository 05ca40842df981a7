//! Merging the intact parts of several data files: for each key the newest commit counts.
//!
//! Knows commit numbers. Must not know where the files come from, or which is current.

use crate::index::{Entry, Index, KeyHash};
use crate::log::{Place, Sink};
use crate::record::{Commit, Content, Item};
use std::collections::HashMap;

/// A change in a commit or piece whose end is not read yet.
#[derive(Debug)]
enum Change {
    Put(Entry),
    Remove(KeyHash),
    Clear,
}

/// Takes in one file after the other, the oldest first.
#[derive(Debug)]
pub(super) struct Merge {
    /// The newest items, in the common space of offsets. Nobody lists them by key.
    pub index: Index,
    /// The number of the commit that last changed each key. Not kept for a single file, where the
    /// last line counts.
    newest: Option<HashMap<KeyHash, u64>>,
    /// The newest commit that removed everything before it.
    cleared: u64,
    staged: Vec<Change>,
    /// Beginning of the present file in the common space.
    base: u64,
    /// The newest commit in the checkpoint of the present file.
    checkpoint: u64,
    /// The newest commit that a newer file's checkpoint stands for.
    floor: u64,
}

impl Merge {
    /// Prepares to merge so many files.
    pub fn of(count: usize) -> Self {
        Merge {
            index: Index::unordered(),
            newest: (count > 1).then(HashMap::new),
            cleared: 0,
            staged: Vec::new(),
            base: 0,
            checkpoint: 0,
            floor: 0,
        }
    }

    /// Begins the next file.
    pub fn begin_file(&mut self, base: u64, checkpoint: u64, floor: u64) {
        self.staged.clear();
        (self.base, self.checkpoint, self.floor) = (base, checkpoint, floor);
    }

    fn apply(&mut self, number: u64) {
        if self.floor > 0 && number <= self.floor {
            self.staged.clear();
            return;
        }
        for change in std::mem::take(&mut self.staged) {
            match change {
                Change::Put(entry) if self.is_newer(entry.hash(), number) => {
                    self.index.insert(entry, b"")
                }
                Change::Remove(hash) if self.is_newer(hash, number) => self.index.remove(hash, b""),
                Change::Put(_) | Change::Remove(_) => {}
                Change::Clear => self.clear(number),
            }
        }
    }

    /// Records a change of a key. `false` if a newer one is known.
    fn is_newer(&mut self, hash: KeyHash, number: u64) -> bool {
        let Some(all) = &mut self.newest else {
            return true;
        };
        let newest = all.entry(hash).or_insert(number);
        let is_newer = *newest <= number && self.cleared <= number;
        *newest = number.max(*newest);
        is_newer
    }

    fn clear(&mut self, number: u64) {
        self.cleared = self.cleared.max(number);
        let Some(all) = &self.newest else {
            drop(self.index.clear());
            return;
        };
        for (hash, newest) in all {
            if *newest <= number {
                self.index.remove(*hash, b"");
            }
        }
    }
}

impl Sink for Merge {
    fn item(&mut self, item: &Item, place: Place) {
        let hash = self.index.hash(item.key);
        let offset = self.base + place.offset;
        self.staged.push(match item.content {
            Content::Value { expires, .. } => {
                Change::Put(Entry::new(hash, Place { offset, ..place }, expires))
            }
            Content::Removed => Change::Remove(hash),
        });
    }

    fn cleared(&mut self) {
        self.staged.push(Change::Clear);
    }

    fn piece(&mut self) {
        self.apply(self.checkpoint);
    }

    fn checkpoint(&mut self, _commit: u64, _end: u64) {}

    fn commit(&mut self, commit: &Commit, _end: u64) {
        self.apply(commit.number);
    }

    fn claim(&mut self, _synced: u64) {}
}
