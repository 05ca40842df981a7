//! The index: its items one by one, and what its other tests share.

mod cost;
mod lists;
mod model;
mod slots;

use super::chunks::CHUNK;
use super::*;
use crate::record::Checksum;

fn place(offset: u64) -> Place {
    Place {
        offset,
        length: 1,
        checksum: Checksum(0),
    }
}

fn text(key: &str) -> Vec<u8> {
    format!("\"{key}\"").into_bytes()
}

fn hash(index: &Index, key: &str) -> KeyHash {
    index.hash(&text(key))
}

/// The most moves of one call: a shard that grows at these sizes.
const MOST_MOVED: usize = 2 * CHUNK;

fn put(index: &mut Index, key: &str, offset: u64, expires: Option<u64>) {
    let entry = Entry::new(hash(index, key), place(offset), expires);
    let before = index.moved;
    index.insert(entry, &text(key));
    index.merge_if_due();
    assert!(index.moved - before <= MOST_MOVED);
}

fn remove(index: &mut Index, key: &str) {
    index.remove(hash(index, key), &text(key));
    index.merge_if_due();
}

fn offset(index: &Index, key: &str) -> Option<u64> {
    index.get(hash(index, key)).map(|entry| entry.place.offset)
}

fn all(index: &mut Index, which: Which) -> Entries {
    index.list(&Choice::default(), which)
}

fn offsets(entries: Entries) -> Vec<u64> {
    entries.map(|entry| entry.place.offset).collect()
}

/// Lists the keys and offsets of a list.
fn listed(mut entries: Entries) -> Vec<(String, u64)> {
    let mut listed = Vec::new();
    loop {
        match entries.peek() {
            Step::End => return listed,
            Step::Over => {}
            Step::Entry(entry) => {
                let key = entries.key().unwrap();
                listed.push((
                    String::from_utf8_lossy(key).into_owned(),
                    entry.place.offset,
                ));
                entries.pass();
            }
        }
    }
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
fn expired_items_are_counted_apart() {
    let mut index = Index::default();
    put(&mut index, "a", 1, Some(100));
    put(&mut index, "b", 2, None);
    assert_eq!((index.count_live(99), index.count_live(100)), (2, 1));
    assert_eq!(offsets(all(&mut index, Which::Live(100))), [2]);
    assert_eq!(offsets(index.by_slot(Which::Expired(100))), [1]);
    put(&mut index, "a", 3, None);
    assert_eq!(index.count_live(u64::MAX - 1), 2);
}

#[test]
fn a_clear_is_immediate_and_a_list_keeps_its_entries() {
    let mut index = Index::default();
    for at in 0..3 * CHUNK as u64 {
        put(&mut index, &at.to_string(), at, Some(at));
    }
    let list = all(&mut index, Which::All);
    let before = index.moved;
    drop(index.clear());
    assert_eq!((index.len(), index.bytes(), index.old()), (0, 0, 0));
    assert_eq!(index.moved.max(before), before);
    put(&mut index, "a", 7, None);
    assert_eq!(offset(&index, "a"), Some(7));
    assert_eq!(offsets(all(&mut index, Which::All)), [7]);
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
        index.relocate(hash(&index, key), place(to), |_| true);
    }
    let other = Place {
        checksum: Checksum(1),
        ..place(104)
    };
    index.relocate(hash(&index, "d"), other, |_| true);
    index.relocate(hash(&index, "d"), place(104), |from| from != 4);
    assert_eq!(index.old(), 1);
    index.relocate(hash(&index, "d"), place(104), |from| from == 4);
    assert_eq!(index.old(), 0);
    assert_eq!(offsets(all(&mut index, Which::All)), [101, 107, 104]);
    assert_eq!((index.count_live(8), index.count_live(9)), (3, 2));
}
