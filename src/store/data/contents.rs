//! The meaning of the data file's lines: the index of the items, and the commits that are on disk.
//! Must not know files.

use super::files::Files;
use super::staged::{Change, Staged};
use crate::index::{Choice, Cleared, Entries, Entry, Index, Which};
use crate::log::{Place, Position, Sink};
use crate::record::{Checksum, Commit, Content, Item};
use crate::store::Listing;
use std::collections::VecDeque;

/// The most bytes of items that are copied in the order of their keys. To copy more, a file in
/// another order would have to be read many times.
const MOST_SORTED: u64 = 64 << 20;

/// The newest commit that is known from the file before. Lines up to it are skipped.
#[derive(Debug, Default)]
enum KnownCommit {
    /// There is no such commit.
    #[default]
    None,
    /// Not found yet: its number and checksum.
    Lost(u64, Checksum),
    /// Found: its end.
    Found(u64),
}

/// The choice to keep an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Indexing {
    /// An index is kept.
    #[default]
    Full,
    /// Only the claims are kept: for a second reader in a process that has an index.
    None,
}

/// The meaning of the lines read so far.
#[derive(Debug, Default)]
pub struct Contents {
    pub index: Index,
    pub claims: Claims,
    staged: Staged,
    /// Indexes that were cleared. Dropping one takes as long as it was large.
    cleared: Vec<Cleared>,
    /// Offset of the file in the common space of offsets (`files`).
    base: u64,
    /// The commit to find, in a file that was followed to.
    known: KnownCommit,
    /// The choice to keep `index`.
    indexes: Indexing,
}

impl Contents {
    /// Makes the change of an item line.
    pub fn change(&self, item: &Item, place: Place) -> Change {
        let hash = self.index.hash(item.key);
        let offset = self.base + place.offset;
        let place = Place { offset, ..place };
        match item.content {
            Content::Value { expires, .. } => Change::Put(Entry::new(hash, place, expires)),
            Content::Removed => Change::Remove(hash),
        }
    }

    /// Lists present items in the order of their keys. `files` are those that the index refers to.
    pub fn list(&mut self, files: Files, choice: &Choice, which: Which) -> Listing {
        let entries = self.index.list(choice, which);
        Listing::new(files, entries, self.index.hasher())
    }

    /// Lists all items for a copy of them: in the order of their keys, unless there are very many or
    /// the order is not known yet.
    pub fn list_for_copy(&mut self, files: Files) -> Listing {
        let bytes = self.index.bytes();
        let entries = match bytes <= MOST_SORTED && self.index.is_ordered() {
            false => self.index.by_slot(Which::All),
            true => self.index.list(&Choice::default(), Which::All),
        };
        Listing::for_copy(files, entries, self.index.hasher(), bytes)
    }

    /// Lists present items in the order of the index, which costs nothing for those left out.
    pub fn list_by_slot(&self, files: Files, which: Which) -> Listing {
        Listing::new(files, self.index.by_slot(which), self.index.hasher())
    }

    /// Makes a listing of no items, which can visit those of given entries.
    pub fn list_none(&self, files: Files) -> Listing {
        Listing::new(files, Entries::default(), self.index.hasher())
    }

    /// Takes in a commit that this instance has appended.
    pub fn take(&mut self, staged: Staged, commit: &Commit, end: u64) {
        self.staged = staged;
        self.commit(commit, end);
        self.index.merge_if_due();
    }

    /// Ends a stretch of commits that were read: takes their keys into the order, and forgets the
    /// items of a commit whose end was not found.
    pub fn end_stretch(&mut self) {
        self.staged.clear();
        self.index.merge_if_due();
    }

    /// Hands over the indexes that were cleared, to be dropped where nothing waits for it.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        std::mem::take(&mut self.cleared)
    }

    /// Goes over to a successor, which begins with a checkpoint. Its commits count after the known
    /// one.
    pub fn follow(&mut self, base: u64, checkpoint: &Position, known: &Position) {
        self.base = base;
        self.known = match checkpoint.commit < known.commit {
            true => KnownCommit::Lost(known.commit, known.checksum),
            false => KnownCommit::Found(checkpoint.end),
        };
        self.index.begin_relocation(base);
        self.claims = Claims {
            // The successor was synced before it got its name (I9): so everything up to its
            // checkpoint is on disk.
            synced: self.claims.synced.max(checkpoint.commit),
            claimed: checkpoint.commit,
            claimed_end: checkpoint.end,
            unclaimed: VecDeque::new(),
        };
    }

    /// Returns true if the known commit has not been found in the successor.
    pub fn is_lost(&self) -> bool {
        matches!(self.known, KnownCommit::Lost(..))
    }

    /// Returns the end of the known commit in the successor.
    pub fn known_end(&self) -> Option<u64> {
        match self.known {
            KnownCommit::Found(end) => Some(end),
            KnownCommit::None | KnownCommit::Lost(..) => None,
        }
    }

    /// Makes contents without an index.
    pub fn without_index() -> Self {
        Contents {
            indexes: Indexing::None,
            ..Contents::default()
        }
    }

    /// Returns true if an index is kept.
    pub fn has_index(&self) -> bool {
        self.indexes == Indexing::Full
    }

    /// Drops the index, and keeps none from now on.
    pub fn stop_indexing(&mut self) {
        self.indexes = Indexing::None;
        self.index = Index::default();
    }

    fn take_staged(&mut self) {
        let (index, cleared) = (&mut self.index, &mut self.cleared);
        self.staged.drain(|change, key| match change {
            Change::Put(entry) => index.insert(entry, key),
            Change::Remove(hash) => index.remove(hash, key),
            Change::Clear if index.is_empty() => {}
            Change::Clear => cleared.push(index.clear()),
        });
    }
}

impl Sink for Contents {
    fn item(&mut self, item: &Item, place: Place) {
        if self.indexes == Indexing::None {
            return;
        }
        self.staged.push(self.change(item, place), item.key);
    }

    fn cleared(&mut self) {
        if self.indexes == Indexing::Full {
            self.staged.push(Change::Clear, b"");
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
            KnownCommit::Lost(number, checksum) => {
                self.staged.clear();
                if (number, checksum) == (commit.number, commit.checksum) {
                    self.known = KnownCommit::Found(end);
                }
            }
            KnownCommit::None | KnownCommit::Found(_) => self.take_staged(),
        }
        self.claims.unclaimed.push_back((commit.number, end));
        self.claims.claim(commit.synced);
    }

    fn claim(&mut self, synced: u64) {
        self.claims.claim(synced);
    }
}

/// The commits that are on disk. Having read a commit is not knowing: it may be in memory only.
#[derive(Debug, Default)]
pub struct Claims {
    /// The newest commit that is known to be on disk. I3: by a claim, or by a sync of this
    /// instance.
    pub synced: u64,
    /// The newest commit that a line of the file claims.
    pub claimed: u64,
    /// End of that commit: the bytes from here on are unclaimed.
    pub claimed_end: u64,
    /// The commits after it, each with its end.
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
