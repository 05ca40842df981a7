//! The index: the place of each key's newest item, in the order in which the keys were added.
//!
//! It holds no keys, but a keyed 128-bit hash of each (SipHash with a random key for each index).
//! For a million keys the chance that two share a hash is one in 10^26, and readers of an item
//! compare its key. No call takes more than a few thousand steps, however many items there are,
//! since the event loop waits for it. Must not know files.

mod chunks;
mod entries;
mod table;

pub use entries::{Entries, Step, Which};

use crate::log::Place;
use chunks::{Chunks, Slot};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::{BuildHasher, Hasher, RandomState};
use table::Table;

/// The hash of a key, which stands for the key in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(u64, u64);

/// The hash function of one index, for any thread.
#[derive(Debug, Clone, Copy)]
pub struct KeyHasher([u64; 2]);

impl KeyHasher {
    /// Hashes the JSON text of a key.
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

/// The index's entry of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    hash: KeyHash,
    /// Place of its line. A length of 0 marks a gap, where an item was removed.
    place: Place,
    /// Expiry in milliseconds since 1970, or `NEVER`.
    expires: u64,
}

/// The most chunks of 4 096 entries that one call may look through.
const COUNTED_AT_ONCE: usize = 32;

const NEVER: u64 = u64::MAX;

impl Entry {
    /// Makes the entry of an item at a place.
    pub fn new(hash: KeyHash, place: Place, expires: Option<u64>) -> Self {
        Entry {
            hash,
            place,
            expires: expires.unwrap_or(NEVER),
        }
    }

    /// Returns the hash of the key.
    pub fn hash(&self) -> KeyHash {
        self.hash
    }

    /// Returns the place of the line.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Returns true if the item has not expired at a time, in milliseconds since 1970.
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
    /// Sum of the lengths of all items' lines.
    bytes: u64,
    /// Entries before this offset are old; `old` of them are left. See [`Index::begin_relocation`].
    boundary: u64,
    old: usize,
    hasher: KeyHasher,
    /// Number of entries and table slots moved, for tests of the cost of a call.
    #[cfg(test)]
    moved: usize,
}

impl Index {
    /// Returns the hash function of this index.
    pub fn hasher(&self) -> KeyHasher {
        self.hasher
    }

    /// Hashes a key for this index.
    pub fn hash(&self, key: &[u8]) -> KeyHash {
        self.hasher.hash(key)
    }

    /// Counts the items, with the expired ones.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns true if there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts the items that have not expired. Skips chunks in which nothing has expired.
    pub fn count_live(&self, now: u64) -> usize {
        self.chunks.count_live(now)
    }

    /// Returns true if [`Index::count_live`] would look through only a few chunks.
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

    /// Lists the present items, in the order in which their keys were added. Costs one reference
    /// count a chunk, and later a copy of each chunk that changes while the list exists.
    pub fn entries(&self, which: Which) -> Entries {
        Entries::new(self.chunks.share(&which), which)
    }

    /// Makes an entry the newest of its key.
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

    /// Removes a key.
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

    /// Removes all keys. Dropping the result may take a while.
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

    /// Marks all present entries as old, to be relocated. All of them must lie before the offset
    /// `boundary`, and all later entries after it.
    pub fn begin_relocation(&mut self, boundary: u64) {
        self.boundary = boundary;
        self.old = self.len();
    }

    /// Moves an old entry of a key to another place, if the line there has the same checksum and
    /// `is_copy`, given the entry's present offset, says that it is a copy of the entry's line.
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

    /// Counts the old entries that have neither been relocated nor changed.
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

/// The contents of an index that was cleared. Dropping it may take a while.
#[derive(Debug)]
pub struct Cleared {
    _index: Index,
}

#[cfg(test)]
mod tests;
