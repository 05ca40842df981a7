//! The index: the place of each key's newest item, and the keys in order.
//!
//! An item is found by a keyed 128-bit hash of its key (SipHash with a random key for each index).
//! For a million keys the chance that two share a hash is one in 10^26, and readers of an item
//! compare its key. No call takes more than a few thousand steps, however many items there are,
//! since the event loop waits for it. Must not know files.

mod choice;
mod chunks;
mod entries;
mod order;
mod table;

pub use choice::Choice;
pub use entries::{Entries, Step, Which};

use crate::log::Place;
use chunks::{Chunks, Slot};
use order::{Builder, Keys, Order};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
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
/// A list of so few entries gets copies of them, and shares nothing with the index.
const MOST_COPIED: usize = 1 << 10;
/// The most leaves that are looked through for such a list.
const MOST_LEAVES: usize = 8;

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

    /// Returns the expiry in milliseconds since 1970; `None` for never.
    pub fn expires(&self) -> Option<u64> {
        (self.expires != NEVER).then_some(self.expires)
    }

    /// Returns true if the item has not expired at a time, in milliseconds since 1970.
    pub fn is_live(&self, now: u64) -> bool {
        now < self.expires
    }

    fn is_gone(&self) -> bool {
        self.place.length == 0
    }
}

/// The order of the keys.
#[derive(Debug)]
enum Ordering {
    /// It is kept.
    Kept(Order),
    /// It is not kept: for an index that nobody lists by key.
    None,
}

impl Default for Ordering {
    fn default() -> Self {
        Ordering::Kept(Order::default())
    }
}

/// The newest item of each key.
#[derive(Debug, Default)]
pub struct Index {
    chunks: Chunks,
    /// The slot of each key.
    table: Table,
    order: Ordering,
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
    /// Makes an index that does not know the order of its keys.
    pub fn unordered() -> Self {
        Index {
            order: Ordering::None,
            ..Index::default()
        }
    }

    /// Forgets the order of the keys, which no list needs any more.
    pub fn forget_order(&mut self) {
        self.order = Ordering::None;
    }

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

    /// Lists present items in the order of their keys: those of a choice. A long list costs one
    /// reference count a chunk, and later a copy of the leaves' list and of each chunk that changes
    /// while the list exists. An index without an order lists all of them in any order.
    pub fn list(&mut self, choice: &Choice, which: Which) -> Entries {
        let Ordering::Kept(order) = &mut self.order else {
            return self.by_slot(which);
        };
        let keys = order.list(&choice.from, choice.to.as_deref());
        if let Some(copied) = self.copy(keys.clone(), choice, which) {
            return copied;
        }
        // Where nothing has expired, no entry must be looked at to count them.
        let which = match which {
            Which::Live(now) if self.chunks.count_touched(now) == 0 => Which::All,
            _ => which,
        };
        let limit = choice.limit.unwrap_or(usize::MAX);
        let chunks = self.chunks.share_all();
        Entries::by_key(keys, chunks, which, choice.is_reverse, limit)
    }

    /// Lists present items in the order of their slots, which no caller may rely on.
    pub fn by_slot(&self, which: Which) -> Entries {
        Entries::by_slot(self.chunks.share(&which), which)
    }

    /// Copies the entries of a list, if there are few.
    fn copy(&self, mut keys: Keys, choice: &Choice, which: Which) -> Option<Entries> {
        let limit = choice.limit.unwrap_or(usize::MAX);
        let mut leaves = Builder::default();
        let mut entries = Vec::new();
        for _ in 0..MOST_LEAVES {
            let Some(mut part) = keys.take(choice.is_reverse) else {
                break;
            };
            while entries.len() < limit
                && let Some(at) = part.next(choice.is_reverse)
            {
                let entry = part.leaf.slot(at).and_then(|slot| self.chunks.get(slot));
                let Some(entry) = entry.filter(|entry| which.wants(entry)) else {
                    continue;
                };
                if entries.len() == MOST_COPIED {
                    return None;
                }
                leaves.push(part.leaf.key(at), Slot::new(0, entries.len()));
                entries.push(*entry);
            }
        }
        if entries.len() < limit && !keys.is_empty() {
            return None;
        }
        let keys = Keys::of(leaves.finish());
        let chunks = vec![Arc::new(entries)];
        Some(Entries::by_key(keys, chunks, which, false, limit))
    }

    /// Makes an entry the newest of its key, given as JSON text.
    pub fn insert(&mut self, entry: Entry, key: &[u8]) {
        self.bytes += u64::from(entry.place.length);
        if let Some(slot) = self.find(entry.hash) {
            if let Some(before) = self.chunks.replace(slot, entry) {
                self.forget(&before);
            }
            return;
        }
        let slot = self.chunks.add(entry);
        let _grown = self.table.insert(entry.hash, slot);
        if let Ordering::Kept(order) = &mut self.order {
            order.add(key, slot);
        }
        #[cfg(test)]
        {
            self.moved += _grown;
        }
    }

    /// Removes a key, given by its hash and as JSON text.
    pub fn remove(&mut self, hash: KeyHash, key: &[u8]) {
        let Some(slot) = self.find(hash) else { return };
        self.table.remove(hash, slot);
        if let Some(before) = self.chunks.remove(slot) {
            self.forget(&before);
        }
        if let Ordering::Kept(order) = &mut self.order {
            order.remove(key);
        }
    }

    /// Returns true if a list in the order of the keys begins at once. Otherwise it first waits for a
    /// thread that sorts the keys.
    pub fn is_ordered(&self) -> bool {
        match &self.order {
            Ordering::Kept(order) => order.is_ready(),
            Ordering::None => true,
        }
    }

    /// Takes new and removed keys into the order, some at a time, if there are enough of them. Must
    /// be called after each commit or stretch of commits.
    pub fn merge_if_due(&mut self) {
        if let Ordering::Kept(order) = &mut self.order {
            order.merge_if_due();
        }
    }

    /// Removes all keys. Dropping the result may take a while.
    pub fn clear(&mut self) -> Cleared {
        let empty = Index {
            hasher: self.hasher,
            boundary: self.boundary,
            order: match self.order {
                Ordering::Kept(_) => Ordering::default(),
                Ordering::None => Ordering::None,
            },
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
