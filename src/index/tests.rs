//! The index beside a simple model, and the work that its calls do.

use super::chunks::CHUNK;
use super::*;
use crate::record::Checksum;
use std::collections::BTreeMap;

/// The most moves of one call: a shard that grows at these sizes, or two chunks.
const MOST_MOVED: usize = 2 * CHUNK;

fn place(offset: u64) -> Place {
    Place {
        offset,
        length: 1,
        checksum: Checksum(0),
    }
}

fn put(index: &mut Index, key: &str, offset: u64, expires: Option<u64>) {
    let hash = index.hash(key.as_bytes());
    let before = index.moved;
    index.insert(Entry::new(hash, place(offset), expires));
    assert!(index.moved - before <= MOST_MOVED);
}

fn remove(index: &mut Index, key: &str) {
    let before = index.moved;
    index.remove(index.hash(key.as_bytes()));
    assert!(index.moved - before <= MOST_MOVED);
}

fn offset(index: &Index, key: &str) -> Option<u64> {
    index
        .get(index.hash(key.as_bytes()))
        .map(|entry| entry.place.offset)
}

fn offsets(entries: Entries) -> Vec<u64> {
    entries.map(|entry| entry.place.offset).collect()
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
    assert_eq!(offsets(index.entries(Which::All)), [4, 2, 9]);
}

#[test]
fn expired_items_are_counted_apart() {
    let mut index = Index::default();
    put(&mut index, "a", 1, Some(100));
    put(&mut index, "b", 2, None);
    assert_eq!((index.count_live(99), index.count_live(100)), (2, 1));
    assert_eq!(offsets(index.entries(Which::Live(100))), [2]);
    assert_eq!(offsets(index.entries(Which::Expired(100))), [1]);
    put(&mut index, "a", 3, None);
    assert_eq!(index.count_live(u64::MAX - 1), 2);
}

#[test]
fn gaps_are_closed_when_they_are_many() {
    let mut index = Index::default();
    let rounds = 20 * CHUNK as u64;
    for round in 0..rounds {
        put(&mut index, &round.to_string(), round, None);
        if round >= 10 {
            remove(&mut index, &(round - 10).to_string());
        }
    }
    assert_eq!(index.len(), 10);
    assert!(
        index.chunks.slots() <= CHUNK + 128,
        "{}",
        index.chunks.slots()
    );
    let last: Vec<u64> = (rounds - 10..rounds).collect();
    assert_eq!(offsets(index.entries(Which::All)), last);
    assert_eq!(offset(&index, &(rounds - 5).to_string()), Some(rounds - 5));
}

#[test]
fn a_clear_is_immediate_and_a_list_keeps_its_entries() {
    let mut index = Index::default();
    for at in 0..3 * CHUNK as u64 {
        put(&mut index, &at.to_string(), at, Some(at));
    }
    let list = index.entries(Which::All);
    let before = index.moved;
    drop(index.clear());
    assert_eq!((index.len(), index.bytes(), index.old()), (0, 0, 0));
    assert_eq!(index.moved.max(before), before);
    put(&mut index, "a", 7, None);
    assert_eq!(offset(&index, "a"), Some(7));
    assert_eq!(offsets(index.entries(Which::All)), [7]);
    assert_eq!(list.count(), 3 * CHUNK);
}

#[test]
fn entries_are_relocated_where_the_line_is_their_own() {
    let mut index = Index::default();
    put(&mut index, "a", 1, None);
    put(&mut index, "b", 2, None);
    put(&mut index, "c", 3, None);
    put(&mut index, "d", 4, Some(9));
    index.begin_relocation(100);
    assert_eq!(index.old(), 4);
    put(&mut index, "b", 107, None);
    remove(&mut index, "c");
    assert_eq!(index.old(), 2);
    for (key, to) in [("a", 101), ("b", 102), ("c", 103)] {
        index.relocate(index.hash(key.as_bytes()), place(to), |_| true);
    }
    let other = Place {
        checksum: Checksum(1),
        ..place(104)
    };
    index.relocate(index.hash(b"d"), other, |_| true);
    index.relocate(index.hash(b"d"), place(104), |from| from != 4);
    assert_eq!(index.old(), 1);
    index.relocate(index.hash(b"d"), place(104), |from| from == 4);
    assert_eq!(index.old(), 0);
    assert_eq!(offsets(index.entries(Which::All)), [101, 107, 104]);
    assert_eq!((index.count_live(8), index.count_live(9)), (3, 2));
}

/// Makes pseudo-random numbers from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

/// The model: for each key, when it was added, its offset and its expiry.
#[derive(Default)]
struct Model {
    keys: BTreeMap<usize, (u64, u64, u64)>,
    count: u64,
}

impl Model {
    fn list(&self, which: Which) -> Vec<u64> {
        let mut listed: Vec<_> = self.keys.values().collect();
        listed.sort();
        let wanted = listed.into_iter().filter(|(_, _, end)| match which {
            Which::All => true,
            Which::Live(now) => now < *end,
            Which::Expired(now) => now >= *end,
        });
        wanted.map(|(_, offset, _)| *offset).collect()
    }
}

#[test]
fn a_count_that_would_take_long_is_known_for_one() {
    let mut index = Index::default();
    for at in 0..40 * CHUNK as u64 {
        put(&mut index, &at.to_string(), at, Some(100));
    }
    assert!(index.counts_at_once(99));
    assert!(!index.counts_at_once(100));
}

#[test]
fn an_index_has_the_entries_of_a_map() {
    for seed in 0..12 {
        println!("seed {seed}");
        let mut numbers = Numbers(seed);
        let mut index = Index::default();
        let mut model = Model::default();
        let mut kept: Vec<(Entries, Vec<u64>)> = Vec::new();
        let keys = 1 + numbers.below(8 * CHUNK);
        for _ in 0..12 {
            // Some stretches of keys are added, others removed.
            let removes = numbers.below(4) + 1;
            for _ in 0..3 * CHUNK {
                let key = numbers.below(keys);
                let name = key.to_string();
                if numbers.below(5) < removes {
                    remove(&mut index, &name);
                    model.keys.remove(&key);
                } else {
                    let (offset, end) = (model.count, numbers.below(100) as u64);
                    model.count += 1;
                    put(&mut index, &name, offset, Some(end));
                    let came = model.keys.get(&key).map_or(offset, |(came, ..)| *came);
                    model.keys.insert(key, (came, offset, end));
                }
            }
            let now = numbers.below(100) as u64;
            for which in [Which::All, Which::Live(now), Which::Expired(now)] {
                assert_eq!(offsets(index.entries(which)), model.list(which));
            }
            assert_eq!(index.len(), model.keys.len());
            assert_eq!(index.count_live(now), model.list(Which::Live(now)).len());
            let key = numbers.below(keys);
            let known = model.keys.get(&key).map(|(_, offset, _)| *offset);
            assert_eq!(offset(&index, &key.to_string()), known);
            assert!(index.chunks.slots() <= 2 * index.len() + CHUNK + index.chunks.in_use() * 65);
            assert!(index.chunks.in_use() <= 2 + 8 * index.len() / CHUNK);
            for (entries, were) in &kept {
                assert_eq!(&offsets(entries.clone()), were, "a list has changed");
            }
            kept.truncate(2);
            kept.push((index.entries(Which::All), model.list(Which::All)));
        }
    }
}

#[test]
fn growing_and_listing_cost_no_more_when_there_are_many() {
    let mut index = Index::default();
    let mut most = 0;
    for at in 0..1_000_000u64 {
        let before = index.moved;
        let hash = index.hash(&at.to_ne_bytes());
        index.insert(Entry::new(hash, place(at), None));
        most = most.max(index.moved - before);
    }
    assert!(most <= CHUNK, "{most} moved in one call");
    // A list is a list of chunks.
    assert_eq!(
        index.chunks.share(&Which::All).len(),
        1_000_000usize.div_ceil(CHUNK)
    );
    // Where nothing expires, no chunk is looked through.
    assert!(index.counts_at_once(u64::MAX - 1));
    assert!(index.chunks.share(&Which::Expired(u64::MAX - 1)).is_empty());
}
