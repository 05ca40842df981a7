//! The slot of each key, found by the key's hash.
//!
//! The table consists of shards that grow one at a time, so that no call waits for all of it to
//! grow. A shard keeps a part of each hash beside the slot. So it grows without reading the
//! entries, which lie far apart in memory, and mostly knows without them that a key is missing.

use super::KeyHash;
use super::chunks::Slot;
use hashbrown::HashTable;

/// Number of shards. An index of five million items has some 5 000 in each.
const SHARDS: usize = 1024;

#[derive(Debug, Clone, Copy)]
struct Found {
    part: u32,
    slot: Slot,
}

#[derive(Debug)]
pub struct Table {
    shards: Vec<HashTable<Found>>,
    len: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table {
            shards: (0..SHARDS).map(|_| HashTable::new()).collect(),
            len: 0,
        }
    }
}

impl Table {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Finds the slot of a key. `is_of` compares the complete hash in the entry of a slot.
    pub fn find(&self, hash: KeyHash, is_of: impl Fn(Slot) -> bool) -> Option<Slot> {
        let part = part(hash);
        let shard = self.shards.get(shard(hash))?;
        let found = shard.find(spread(part), |found| {
            found.part == part && is_of(found.slot)
        })?;
        Some(found.slot)
    }

    /// Adds a key that is missing. Returns how many others moved because the shard grew.
    pub fn insert(&mut self, hash: KeyHash, slot: Slot) -> usize {
        let part = part(hash);
        let Some(shard) = self.shards.get_mut(shard(hash)) else {
            return 0;
        };
        let moved = match shard.len() < shard.capacity() {
            true => 0,
            false => shard.len(),
        };
        let again = |found: &Found| spread(found.part);
        shard.insert_unique(spread(part), Found { part, slot }, again);
        self.len += 1;
        moved
    }

    pub fn remove(&mut self, hash: KeyHash, slot: Slot) {
        let Some(shard) = self.shards.get_mut(shard(hash)) else {
            return;
        };
        let found = shard.find_entry(spread(part(hash)), |found| found.slot == slot);
        if let Ok(found) = found {
            found.remove();
            self.len -= 1;
        }
    }
}

/// Chooses the shard of a hash. The last shard gets twice as many keys as the first, and the others
/// something in between: with equal shares all shards would double at once, and then be half empty.
fn shard(KeyHash(_, second): KeyHash) -> usize {
    const ONE: u64 = 1 << 32;
    let at = second % ONE;
    // Approximates the logarithm of 1 + `at` to the base 2, with `ONE` as one.
    let bent = at + (at * (ONE - at) / ONE) * 347 / 1000;
    ((bent * SHARDS as u64 / ONE) as usize).min(SHARDS - 1)
}

fn part(KeyHash(first, _): KeyHash) -> u32 {
    first as u32
}

/// Spreads a part of a hash over 64 bits: a hash table takes the lowest for the place, and the
/// highest to tell keys of one place apart.
fn spread(part: u32) -> u64 {
    u64::from(part) << 32 | u64::from(part)
}

#[cfg(test)]
impl Table {
    /// Measures the memory of the shards, in bytes.
    pub fn memory(&self) -> usize {
        let shards = self.shards.iter().map(HashTable::allocation_size);
        shards.sum::<usize>() + SHARDS * size_of::<HashTable<Found>>()
    }
}
