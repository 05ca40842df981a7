//! Where each key's newest item lies, in the order in which the keys came to be.
//!
//! Holds no keys: a key is known by a keyed 128-bit hash of it (SipHash, with a random key for each index), which
//! no two keys share but by a chance of one in 10^26 for a million of them; who reads the item compares the key.
//! No call does more than a few thousand steps, however many items there are. Knows nothing of files.

mod chunks;
mod entries;
mod table;

pub use entries::{Entries, Step, Which};

use crate::log::Place;
use chunks::{Chunks, Slot};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::{BuildHasher, Hasher, RandomState};
use table::Table;

/// A key, as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(u64, u64);

/// Makes the hashes of one index, on any thread.
#[derive(Debug, Clone, Copy)]
pub struct KeyHasher([u64; 2]);

impl KeyHasher {
    /// Makes the hash of a key's JSON text.
    pub fn hash(&self, key: &[u8]) -> KeyHash {
        let [first, second] = self.0;
        let mut hasher = SipHasher13::new_with_keys(first, second);
        hasher.write(key);
        let hash = hasher.finish128();
        KeyHash(hash.h1, hash.h2)
    }
}

impl Default for KeyHasher {
    fn default() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        KeyHasher([random(), random()])
    }
}

/// What the index knows of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    hash: KeyHash,
    /// Where its line lies. A length of 0 marks the slot of an item that is gone.
    place: Place,
    /// When it ends, in milliseconds since 1970; `NEVER` for one that does not.
    expires: u64,
}

/// How many chunks of 4 096 entries may be looked through in one call.
const COUNTED_AT_ONCE: usize = 32;

const NEVER: u64 = u64::MAX;

impl Entry {
    /// An item at a place.
    pub fn new(hash: KeyHash, place: Place, expires: Option<u64>) -> Self {
        Entry {
            hash,
            place,
            expires: expires.unwrap_or(NEVER),
        }
    }

    /// The hash of its key.
    pub fn hash(&self) -> KeyHash {
        self.hash
    }

    /// Where its line lies.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether it is there for readers at a time, in milliseconds since 1970.
    pub fn is_live(&self, now: u64) -> bool {
        now < self.expires
    }

    fn is_gone(&self) -> bool {
        self.place.length == 0
    }
}

/// The newest item of each key.
#[derive(Debug, Default)]
pub struct Index {
    chunks: Chunks,
    /// The slot of each key.
    table: Table,
    /// The length of all items' lines.
    bytes: u64,
    /// Entries that lie in front of this offset are old, and `old` of them are left: see [`Index::begin_relocation`].
    boundary: u64,
    old: usize,
    hasher: KeyHasher,
    /// Entries and places in the table that were moved, for tests of what a call costs.
    #[cfg(test)]
    moved: usize,
}

impl Index {
    /// Makes the hashes that keys are known by in this index.
    pub fn hasher(&self) -> KeyHasher {
        self.hasher
    }

    /// Makes the hash that a key is known by in this index.
    pub fn hash(&self, key: &[u8]) -> KeyHash {
        self.hasher.hash(key)
    }

    /// Counts the items, expired ones included.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts the items that are there for readers. Passes over chunks in which nothing has expired.
    pub fn count_live(&self, now: u64) -> usize {
        self.chunks.count_live(now)
    }

    /// Whether [`Index::count_live`] has to look at no more than some chunks.
    pub fn counts_at_once(&self, now: u64) -> bool {
        self.chunks.count_touched(now) <= COUNTED_AT_ONCE
    }

    /// Adds up the lengths of all items' lines, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Finds the newest item of a key.
    pub fn get(&self, hash: KeyHash) -> Option<&Entry> {
        let slot = self.find(hash)?;
        self.chunks.get(slot)
    }

    /// Lists items as they are now, in the order in which their keys came to be. Costs a count for each chunk, and a copy of
    /// each chunk that is changed while the list is there.
    pub fn entries(&self, which: Which) -> Entries {
        Entries::new(self.chunks.share(&which), which)
    }

    /// Puts a key's newest item in.
    pub fn insert(&mut self, entry: Entry) {
        self.bytes += u64::from(entry.place.length);
        if let Some(slot) = self.find(entry.hash) {
            if let Some(before) = self.chunks.replace(slot, entry) {
                self.forget(&before);
            }
            return;
        }
        let slot = self.chunks.push(entry);
        let _grown = self.table.insert(entry.hash, slot);
        #[cfg(test)]
        {
            self.moved += _grown;
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, hash: KeyHash) {
        let Some(slot) = self.find(hash) else { return };
        self.table.remove(hash, slot);
        if let Some(before) = self.chunks.remove(slot) {
            self.forget(&before);
        }
        let (chunks, table) = (&mut self.chunks, &mut self.table);
        let _moved = chunks.close_gaps(slot, &mut |hash, from, to| table.replace(hash, from, to));
        #[cfg(test)]
        {
            self.moved += _moved;
        }
    }

    /// Takes all keys out. To drop what is returned may take a while.
    pub fn clear(&mut self) -> Cleared {
        let hasher = self.hasher;
        let boundary = self.boundary;
        let empty = Index {
            hasher,
            boundary,
            ..Index::default()
        };
        Cleared {
            _index: std::mem::replace(self, empty),
        }
    }

    /// Takes all entries for old that are there now: all of them must lie in front of an offset, and all that come later behind
    /// it. They are to be relocated.
    pub fn begin_relocation(&mut self, boundary: u64) {
        self.boundary = boundary;
        self.old = self.len();
    }

    /// Lets an old entry of a key lie at another place, if its line is the same and `is_copy` says that the line there is its
    /// copy, given the offset at which it lies.
    pub fn relocate(&mut self, hash: KeyHash, to: Place, is_copy: impl FnOnce(u64) -> bool) {
        let Some(slot) = self.find(hash) else { return };
        let Some(entry) = self.chunks.get(slot).copied() else {
            return;
        };
        let Place {
            offset,
            length,
            checksum,
        } = entry.place;
        let is_same = (length, checksum) == (to.length, to.checksum);
        if offset < self.boundary && is_same && is_copy(offset) {
            self.chunks.replace(slot, Entry { place: to, ..entry });
            self.old -= 1;
        }
    }

    /// Counts the old entries that have neither been relocated nor changed since.
    pub fn old(&self) -> usize {
        self.old
    }

    fn find(&self, hash: KeyHash) -> Option<Slot> {
        self.table.find(hash, |slot| self.chunks.is_of(slot, hash))
    }

    fn forget(&mut self, entry: &Entry) {
        self.bytes -= u64::from(entry.place.length);
        self.old -= usize::from(entry.place.offset < self.boundary);
    }
}

/// All that an index held. To drop it may take a while.
#[derive(Debug)]
pub struct Cleared {
    _index: Index,
}

#[cfg(test)]
mod tests;
