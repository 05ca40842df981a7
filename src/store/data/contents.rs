//! What the lines of the data file have led to: where the items lie, and which commits are on disk.

use super::files::Files;
use crate::index::{Cleared, Entry, Index, KeyHash, Which};
use crate::log::{Place, Position, Sink};
use crate::record::{Checksum, Commit, Content, Item};
use crate::store::Listing;
use std::collections::VecDeque;

/// A change, which counts once its commit stands.
#[derive(Debug)]
pub enum Staged {
    /// The key's newest item lies here.
    Put(Entry),
    /// The key has none.
    Remove(KeyHash),
    /// No key has any.
    Clear,
}

/// The newest commit that is known from the file before, up to which lines are passed over.
#[derive(Debug, Default)]
enum Known {
    /// There is none to be looked for.
    #[default]
    None,
    /// Its number and checksum, as long as it has not been found.
    Lost(u64, Checksum),
    /// Where it ends.
    Found(u64),
}

/// Whether an index is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Indexing {
    /// It is.
    #[default]
    Full,
    /// No more is kept than which commits stand: for a second reader in a process that has an index.
    None,
}

/// What the lines of the file have led to.
#[derive(Debug, Default)]
pub struct Contents {
    pub index: Index,
    pub claims: Claims,
    staged: Vec<Staged>,
    /// What was cleared and is still to be dropped, which takes as long as it was large.
    cleared: Vec<Cleared>,
    /// Where the file begins in the space of offsets that the index has.
    base: u64,
    /// In a file that has taken the place of another.
    known: Known,
    /// Whether the index is kept; else no more than which commits stand.
    indexes: Indexing,
}

impl Contents {
    /// What an item line changes, once its commit stands.
    pub fn stage(&self, item: &Item, place: Place) -> Staged {
        let hash = self.index.hash(item.key);
        let offset = self.base + place.offset;
        let place = Place { offset, ..place };
        match item.content {
            Content::Value { expires, .. } => Staged::Put(Entry::new(hash, place, expires)),
            Content::Removed => Staged::Remove(hash),
        }
    }

    /// Lists items as they are now. The files are those that the index leads into.
    pub fn list(&self, files: Files, which: Which) -> Listing {
        Listing::new(files, self.index.entries(which), self.index.hasher())
    }

    /// Takes in a commit that this instance has appended.
    pub fn take(&mut self, staged: Vec<Staged>, commit: &Commit, end: u64) {
        self.staged = staged;
        self.commit(commit, end);
    }

    /// Hands over what was cleared, to be dropped where that holds up nobody.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        std::mem::take(&mut self.cleared)
    }

    /// Forgets the items of a commit whose end was not found.
    pub fn forget_staged(&mut self) {
        self.staged.clear();
    }

    /// Goes over to a file that begins with a checkpoint of what is known: its commits are taken in from the known one on.
    pub fn follow(&mut self, base: u64, checkpoint: &Position, known: &Position) {
        self.base = base;
        self.known = match checkpoint.commit < known.commit {
            true => Known::Lost(known.commit, known.checksum),
            false => Known::Found(checkpoint.end),
        };
        self.index.begin_relocation(base);
        self.claims = Claims {
            // What was on disk in the old file is in the new one, which was synced before it had its name.
            synced: self.claims.synced.max(checkpoint.commit),
            claimed: checkpoint.commit,
            claimed_end: checkpoint.end,
            unclaimed: VecDeque::new(),
        };
    }

    /// Whether the commit that is known from the old file has not been found in the new one.
    pub fn is_lost(&self) -> bool {
        matches!(self.known, Known::Lost(..))
    }

    /// Where the commit ends that is known from the old file, if it has been found.
    pub fn known_end(&self) -> Option<u64> {
        match self.known {
            Known::Found(end) => Some(end),
            Known::None | Known::Lost(..) => None,
        }
    }

    /// Keeps no index.
    pub fn without_index() -> Self {
        Contents {
            indexes: Indexing::None,
            ..Contents::default()
        }
    }

    /// Whether an index is kept.
    pub fn has_index(&self) -> bool {
        self.indexes == Indexing::Full
    }

    /// Keeps no index from now on.
    pub fn stop_indexing(&mut self) {
        self.indexes = Indexing::None;
        self.index = Index::default();
    }

    fn take_staged(&mut self) {
        for staged in self.staged.drain(..) {
            match staged {
                Staged::Put(entry) => self.index.insert(entry),
                Staged::Remove(hash) => self.index.remove(hash),
                Staged::Clear if self.index.is_empty() => {}
                Staged::Clear => self.cleared.push(self.index.clear()),
            }
        }
    }
}

impl Sink for Contents {
    fn item(&mut self, item: &Item, place: Place) {
        if self.indexes == Indexing::None {
            return;
        }
        let staged = self.stage(item, place);
        self.staged.push(staged);
    }

    fn cleared(&mut self) {
        if self.indexes == Indexing::Full {
            self.staged.push(Staged::Clear);
        }
    }

    fn piece(&mut self) {
        self.take_staged();
    }

    fn checkpoint(&mut self, commit: u64, end: u64) {
        self.claims.synced = commit;
        self.claims.claimed = commit;
        self.claims.claimed_end = end;
    }

    fn commit(&mut self, commit: &Commit, end: u64) {
        match self.known {
            Known::Lost(number, checksum) => {
                self.staged.clear();
                if (number, checksum) == (commit.number, commit.checksum) {
                    self.known = Known::Found(end);
                }
            }
            Known::None | Known::Found(_) => self.take_staged(),
        }
        self.claims.unclaimed.push_back((commit.number, end));
        self.claims.claim(commit.synced);
    }

    fn claim(&mut self, synced: u64) {
        self.claims.claim(synced);
    }
}

/// Which commits are on disk. Having read a commit is not knowing: it may stand in memory only.
#[derive(Debug, Default)]
pub struct Claims {
    /// The newest commit that is known to be on disk.
    pub synced: u64,
    /// The newest commit that a line of the file claims to be.
    pub claimed: u64,
    /// Where that commit ends: bytes from here on are unclaimed.
    pub claimed_end: u64,
    /// The commits since, each with its end.
    unclaimed: VecDeque<(u64, u64)>,
}

impl Claims {
    fn claim(&mut self, synced: u64) {
        self.synced = self.synced.max(synced);
        self.claimed = self.claimed.max(synced);
        while let Some((number, end)) = self.unclaimed.front().copied() {
            if number > self.claimed {
                break;
            }
            self.claimed_end = end;
            self.unclaimed.pop_front();
        }
    }
}
