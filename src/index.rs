//! Where each key's newest item lies, in the order in which the keys came to be.
//!
//! Holds no keys: a key is known by a keyed 128-bit hash of it (SipHash, with a random key for each index), which
//! no two keys share but by a chance of one in 10^26 for a million of them; who reads the item compares the key.
//! Knows nothing of files.

use crate::log::Place;
use hashbrown::HashTable;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::{BuildHasher, Hasher, RandomState};

/// A key, as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(u64, u64);

/// What the index knows of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    hash: KeyHash,
    /// Where its line lies. A length of 0 marks the slot of an item that is gone.
    place: Place,
    /// When it ends, in milliseconds since 1970; `NEVER` for one that does not.
    expires: u64,
}

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
#[derive(Debug)]
pub struct Index {
    /// In the order in which the keys came to be, with gaps.
    slots: Vec<Entry>,
    /// The slot of each key.
    table: HashTable<u32>,
    /// How many items can expire.
    expiring: usize,
    /// The length of all items' lines.
    bytes: u64,
    seed: [u64; 2],
}

impl Default for Index {
    fn default() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Index {
            slots: Vec::new(),
            table: HashTable::new(),
            expiring: 0,
            bytes: 0,
            seed: [random(), random()],
        }
    }
}

impl Index {
    /// What a key is known by in this index.
    pub fn hash(&self, key: &[u8]) -> KeyHash {
        let [first, second] = self.seed;
        let mut hasher = SipHasher13::new_with_keys(first, second);
        hasher.write(key);
        let hash = hasher.finish128();
        KeyHash(hash.h1, hash.h2)
    }

    /// How many items there are, expired ones included.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// How many items are there for readers.
    pub fn count_live(&self, now: u64) -> usize {
        match self.expiring {
            0 => self.len(),
            _ => self.iter().filter(|entry| entry.is_live(now)).count(),
        }
    }

    /// Whether any item can expire.
    pub fn any_expiring(&self) -> bool {
        self.expiring > 0
    }

    /// The length of all items' lines together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The newest item of a key.
    pub fn get(&self, hash: KeyHash) -> Option<&Entry> {
        let slot = self.table.find(hash.0, |&slot| self.is_at(hash, slot))?;
        self.slots.get(*slot as usize)
    }

    /// All items, in the order in which their keys came to be.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().filter(|entry| !entry.is_gone())
    }

    /// Puts a key's newest item in.
    pub fn insert(&mut self, entry: Entry) {
        let hash = entry.hash;
        self.expiring += usize::from(entry.expires != NEVER);
        self.bytes += u64::from(entry.place.length);
        let known = self
            .table
            .find(hash.0, |&slot| self.is_at(hash, slot))
            .copied();
        if let Some(old) = known.and_then(|slot| self.slots.get_mut(slot as usize)) {
            self.expiring -= usize::from(old.expires != NEVER);
            self.bytes -= u64::from(old.place.length);
            *old = entry;
            return;
        }
        if self.slots.len() == self.slots.capacity() {
            self.make_room();
        }
        let slot = self.slots.len() as u32;
        self.slots.push(entry);
        if self.table.len() < self.table.capacity() {
            enter(&mut self.table, &self.slots, slot);
        } else {
            self.rebuild();
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, hash: KeyHash) {
        let slots = &self.slots;
        let found = self.table.find_entry(hash.0, |&slot| {
            slots
                .get(slot as usize)
                .is_some_and(|entry| entry.hash == hash)
        });
        let Ok(found) = found else { return };
        let (slot, _) = found.remove();
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            self.expiring -= usize::from(entry.expires != NEVER);
            self.bytes -= u64::from(entry.place.length);
            entry.place.length = 0;
        }
    }

    fn is_at(&self, hash: KeyHash, slot: u32) -> bool {
        self.slots
            .get(slot as usize)
            .is_some_and(|entry| entry.hash == hash)
    }

    /// Closes the gaps if they are many, else grows by half: doubling would cost twice the memory at worst.
    fn make_room(&mut self) {
        if self.slots.len() > self.len() * 2 {
            self.rebuild();
        } else {
            self.slots.reserve_exact(self.slots.len() / 2 + 16);
        }
    }

    /// Closes all gaps, and makes a table with room for twice as many. One that grows by itself looks at the slots in the order
    /// of their hashes, far apart in memory, and takes three times as long.
    fn rebuild(&mut self) {
        self.slots.retain(|entry| !entry.is_gone());
        let mut table = HashTable::with_capacity(2 * self.len().max(1));
        for slot in 0..self.slots.len() as u32 {
            enter(&mut table, &self.slots, slot);
        }
        self.table = table;
    }
}

fn enter(table: &mut HashTable<u32>, slots: &[Entry], slot: u32) {
    table.insert_unique(hash_at(slots, slot), slot, |&slot| hash_at(slots, slot));
}

fn hash_at(slots: &[Entry], slot: u32) -> u64 {
    slots.get(slot as usize).map_or(0, |entry| entry.hash.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Checksum;

    fn place(offset: u64) -> Place {
        Place {
            offset,
            length: 1,
            checksum: Checksum(0),
        }
    }

    fn put(index: &mut Index, key: &str, offset: u64, expires: Option<u64>) {
        let hash = index.hash(key.as_bytes());
        index.insert(Entry::new(hash, place(offset), expires));
    }

    fn remove(index: &mut Index, key: &str) {
        index.remove(index.hash(key.as_bytes()));
    }

    fn offset(index: &Index, key: &str) -> Option<u64> {
        index
            .get(index.hash(key.as_bytes()))
            .map(|entry| entry.place.offset)
    }

    #[test]
    fn the_newest_item_of_a_key_is_found() {
        let mut index = Index::default();
        put(&mut index, "a", 1, None);
        put(&mut index, "b", 2, None);
        put(&mut index, "a", 3, None);
        assert_eq!(offset(&index, "a"), Some(3));
        remove(&mut index, "a");
        assert_eq!(offset(&index, "a"), None);
        assert_eq!(offset(&index, "b"), Some(2));
        assert_eq!((index.len(), index.bytes()), (1, 1));
    }

    #[test]
    fn keys_are_listed_in_the_order_in_which_they_came() {
        let mut index = Index::default();
        for (at, key) in ["c", "a", "b", "c", "a"].iter().enumerate() {
            put(&mut index, key, at as u64, None);
        }
        remove(&mut index, "c");
        put(&mut index, "c", 9, None);
        let order: Vec<u64> = index.iter().map(|entry| entry.place.offset).collect();
        assert_eq!(order, [4, 2, 9]);
    }

    #[test]
    fn expired_items_are_counted_apart() {
        let mut index = Index::default();
        put(&mut index, "a", 1, Some(100));
        put(&mut index, "b", 2, None);
        assert_eq!((index.count_live(99), index.count_live(100)), (2, 1));
        put(&mut index, "a", 3, None);
        assert!(!index.any_expiring());
        assert_eq!(index.count_live(u64::MAX - 1), 2);
    }

    #[test]
    fn gaps_are_closed_when_they_are_many() {
        let mut index = Index::default();
        for round in 0..1000 {
            put(&mut index, &round.to_string(), round, None);
            if round >= 10 {
                remove(&mut index, &(round - 10).to_string());
            }
        }
        assert_eq!(index.len(), 10);
        assert!(index.slots.capacity() < 200);
        let order: Vec<u64> = index.iter().map(|entry| entry.place.offset).collect();
        assert_eq!(order, (990..1000).collect::<Vec<_>>());
        assert_eq!(offset(&index, "995"), Some(995));
    }
}
