//! The slot of each key, found by the key's hash.
//!
//! Split into shards that grow one at a time, so that no call waits for the growth of the whole. Each slot is kept with a part
//! of its hash: a shard grows without a look at the entries, which lie far apart in memory, and a key that is not there is
//! mostly told without one.

use super::KeyHash;
use super::chunks::Slot;
use hashbrown::HashTable;

/// How many shards there are. An index of five million items has some 5 000 in each.
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

    /// Finds the slot of a key. `is_of` looks at the entry of a slot whose part of the hash is the same.
    pub fn find(&self, hash: KeyHash, is_of: impl Fn(Slot) -> bool) -> Option<Slot> {
        let part = part(hash);
        let shard = self.shards.get(shard(hash))?;
        let found = shard.find(spread(part), |found| {
            found.part == part && is_of(found.slot)
        })?;
        Some(found.slot)
    }

    /// Enters a key that is not there. Returns how many others were moved because the shard had to grow.
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

    /// Lets a key lead to another slot.
    pub fn replace(&mut self, hash: KeyHash, from: Slot, to: Slot) {
        let shard = self.shards.get_mut(shard(hash));
        let found =
            shard.and_then(|shard| shard.find_mut(spread(part(hash)), |found| found.slot == from));
        if let Some(found) = found {
            found.slot = to;
        }
    }
}

/// The last shard gets twice as many keys as the first, those between get what lies between. A shard doubles when it is full, so
/// that if all were alike all would double at once, and be half empty then.
fn shard(KeyHash(_, second): KeyHash) -> usize {
    const ONE: u64 = 1 << 32;
    let at = second % ONE;
    // The logarithm of 1 + `at` to the base 2, near enough, where `ONE` is one.
    let bent = at + (at * (ONE - at) / ONE) * 347 / 1000;
    ((bent * SHARDS as u64 / ONE) as usize).min(SHARDS - 1)
}

fn part(KeyHash(first, _): KeyHash) -> u32 {
    first as u32
}

/// A hash table takes the lowest bits of a hash for the place, and the highest to tell those of one place apart.
fn spread(part: u32) -> u64 {
    u64::from(part) << 32 | u64::from(part)
}
