//! What is whole in several data files, put together: of each key what the newest commit says.
//!
//! Knows commit numbers; not where the files come from, nor which of them holds.

use crate::index::{Entry, Index, KeyHash};
use crate::log::{Place, Sink};
use crate::record::{Commit, Content, Item};
use std::collections::HashMap;

/// A change whose commit's or piece's end has not been read yet.
#[derive(Debug)]
enum Change {
    Put(Entry),
    Remove(KeyHash),
    Clear,
}

/// Takes in one file after the other, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Merge {
    /// Where the newest items lie, in the common space of offsets.
    pub index: Index,
    /// The number of the commit that has changed a key last; not kept of one file alone, in which the last line counts.
    newest: Option<HashMap<KeyHash, u64>>,
    /// The newest commit that has removed everything before it.
    cleared: u64,
    staged: Vec<Change>,
    /// Where the present file begins in the common space.
    base: u64,
    /// The commit that its checkpoint holds.
    checkpoint: u64,
    /// What commits up to this one have led to stands in a newer file.
    floor: u64,
}

impl Merge {
    /// Puts together so many files.
    pub fn of(count: usize) -> Self {
        Merge {
            newest: (count > 1).then(HashMap::new),
            ..Merge::default()
        }
    }

    /// Goes on with the next file.
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
                Change::Put(entry) if self.is_news(entry.hash(), number) => {
                    self.index.insert(entry)
                }
                Change::Remove(hash) if self.is_news(hash, number) => self.index.remove(hash),
                Change::Put(_) | Change::Remove(_) => {}
                Change::Clear => self.clear(number),
            }
        }
    }

    /// Takes note of a change of a key, unless a newer one is known.
    fn is_news(&mut self, hash: KeyHash, number: u64) -> bool {
        let Some(all) = &mut self.newest else {
            return true;
        };
        let newest = all.entry(hash).or_insert(number);
        let is_news = *newest <= number && self.cleared <= number;
        *newest = number.max(*newest);
        is_news
    }

    fn clear(&mut self, number: u64) {
        self.cleared = self.cleared.max(number);
        let Some(all) = &self.newest else {
            drop(self.index.clear());
            return;
        };
        for (hash, newest) in all {
            if *newest <= number {
                self.index.remove(*hash);
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
