//! The index beside a simple model, and the work that its calls do.

use super::chunks::CHUNK;
use super::*;
use crate::record::Checksum;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

/// The most moves of one call: a shard that grows at these sizes.
const MOST_MOVED: usize = 2 * CHUNK;

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
fn keys_are_listed_in_order() {
    let mut index = Index::default();
    for (at, key) in ["c", "a", "b", "c", "a"].iter().enumerate() {
        put(&mut index, key, at as u64, None);
    }
    remove(&mut index, "c");
    put(&mut index, "c", 9, None);
    assert_eq!(offsets(all(&mut index, Which::All)), [4, 2, 9]);
}

#[test]
fn a_choice_bounds_a_list() {
    let mut index = Index::default();
    for (at, key) in [
        "",
        "a",
        "a:1",
        "a:2",
        "a\u{10ffff}",
        "b",
        "\\ud83d",
        "\u{1f600}",
    ]
    .iter()
    .enumerate()
    {
        put(&mut index, key, at as u64, None);
    }
    let choice = Choice::default;
    let backwards = Choice {
        is_reverse: true,
        limit: Some(2),
        ..choice().with_prefix(b"\"a\"")
    };
    for (choice, offsets_in_order) in [
        (choice(), vec![0, 1, 2, 3, 4, 5, 6, 7]),
        (choice().with_prefix(b"\"a\""), vec![1, 2, 3, 4]),
        (choice().with_prefix(b"\"a:\"").from(b"\"a:2\""), vec![3]),
        (choice().with_prefix(b"\"a\"").to(b"\"a:2\""), vec![1, 2]),
        (choice().to(b"\"a\"").with_prefix(b"\"b\""), vec![]),
        (choice().from(b"\"b\"").to(b"\"a\""), vec![]),
        (choice().from(b"\"b\"").to(b"\"b\""), vec![]),
        (choice().from(b"\"b\""), vec![5, 6, 7]),
        // The half of a pair, as three bytes, comes before the pair.
        (choice().with_prefix(b"\"\\ud83d\""), vec![6]),
        (backwards, vec![4, 3]),
        (
            Choice {
                limit: Some(0),
                ..choice()
            },
            vec![],
        ),
    ] {
        assert_eq!(
            offsets(index.list(&choice, Which::All)),
            offsets_in_order,
            "{choice:?}"
        );
    }
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
fn gaps_are_filled_and_empty_chunks_given_back() {
    let mut index = Index::default();
    let rounds = 20 * CHUNK as u64;
    for round in 0..rounds {
        put(&mut index, &round.to_string(), round, None);
        if round >= 10 {
            remove(&mut index, &(round - 10).to_string());
        }
    }
    assert_eq!(index.len(), 10);
    assert!(index.chunks.slots() <= CHUNK, "{}", index.chunks.slots());
    let last: Vec<u64> = (rounds - 10..rounds).collect();
    assert_eq!(offsets(all(&mut index, Which::All)), last);
    assert_eq!(offset(&index, &(rounds - 5).to_string()), Some(rounds - 5));
    for round in 0..4 * CHUNK as u64 {
        put(&mut index, &format!("many {round}"), round, None);
    }
    for round in 0..4 * CHUNK as u64 {
        remove(&mut index, &format!("many {round}"));
    }
    assert_eq!(all(&mut index, Which::All).count(), 10);
    assert!(index.chunks.slots() <= CHUNK, "{}", index.chunks.slots());
}

#[test]
fn a_slot_is_not_used_again_while_the_order_leads_to_it() {
    let mut index = Index::default();
    put(&mut index, "a", 1, None);
    assert_eq!(all(&mut index, Which::All).count(), 1);
    remove(&mut index, "a");
    put(&mut index, "b", 2, None);
    put(&mut index, "a", 3, None);
    remove(&mut index, "a");
    put(&mut index, "a", 4, None);
    let expected = [("a".to_string(), 4), ("b".to_string(), 2)];
    assert_eq!(listed(all(&mut index, Which::All)), expected);
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

/// The model: for each key its offset and its expiry.
#[derive(Default)]
struct Model {
    keys: BTreeMap<String, (u64, u64)>,
    count: u64,
}

impl Model {
    fn list(&self, which: Which, bounds: (&str, &str)) -> Vec<(String, u64)> {
        let range = self
            .keys
            .range::<str, _>((Included(bounds.0), Excluded(bounds.1)));
        let wanted = range.filter(|(_, (_, end))| match which {
            Which::All => true,
            Which::Live(now) => now < *end,
            Which::Expired(now) => now >= *end,
        });
        wanted
            .map(|(key, (offset, _))| (key.clone(), *offset))
            .collect()
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

/// The least key after all of the model's.
const LAST: &str = "~";

/// Compares a range of an index with the model, in a random direction and with a random limit.
fn compare_range(
    index: &mut Index,
    model: &Model,
    numbers: &mut Numbers,
    keys: usize,
    which: Which,
) {
    let bounds = [(); 2].map(|()| name(numbers.below(keys)));
    let (from, to) = (bounds.iter().min().unwrap(), bounds.iter().max().unwrap());
    let choice = Choice {
        is_reverse: numbers.below(2) == 0,
        limit: (numbers.below(2) == 0).then(|| numbers.below(3 * CHUNK)),
        ..Choice::default().from(&text(from)).to(&text(to))
    };
    let mut expected = model.list(which, (from, to));
    if choice.is_reverse {
        expected.reverse();
    }
    expected.truncate(choice.limit.unwrap_or(usize::MAX));
    assert!(listed(index.list(&choice, which)) == expected, "{choice:?}");
}

/// Names a key; most have common beginnings.
fn name(number: usize) -> String {
    format!(
        "{}:{}",
        ["item", "item:of:a:long:prefix", ""][number % 3],
        number
    )
}

#[test]
fn an_index_has_the_entries_of_a_map() {
    for seed in 0..12 {
        println!("seed {seed}");
        let mut numbers = Numbers(seed);
        let mut index = Index::default();
        let mut model = Model::default();
        let mut kept: Vec<(Entries, Vec<(String, u64)>)> = Vec::new();
        let keys = 1 + numbers.below(8 * CHUNK);
        for _ in 0..12 {
            // Some stretches of keys are added, others removed, and some end with a clear.
            if numbers.below(12) == 0 {
                drop(index.clear());
                model.keys.clear();
            }
            let removes = numbers.below(4) + 1;
            for _ in 0..numbers.below(3 * CHUNK) {
                let key = name(numbers.below(keys));
                if numbers.below(5) < removes {
                    remove(&mut index, &key);
                    model.keys.remove(&key);
                } else {
                    let (offset, end) = (model.count, numbers.below(100) as u64);
                    model.count += 1;
                    put(&mut index, &key, offset, Some(end));
                    model.keys.insert(key, (offset, end));
                }
            }
            let now = numbers.below(100) as u64;
            for which in [Which::All, Which::Live(now), Which::Expired(now)] {
                let expected = model.list(which, ("", LAST));
                assert!(listed(all(&mut index, which)) == expected, "{which:?}");
                let mut by_slot = offsets(index.by_slot(which));
                let mut offsets: Vec<u64> = expected.iter().map(|(_, offset)| *offset).collect();
                by_slot.sort_unstable();
                offsets.sort_unstable();
                assert!(by_slot == offsets, "{which:?}");
                compare_range(&mut index, &model, &mut numbers, keys, which);
            }
            assert_eq!(index.len(), model.keys.len());
            let live = model.list(Which::Live(now), ("", LAST)).len();
            assert_eq!(index.count_live(now), live);
            let key = name(numbers.below(keys));
            let known = model.keys.get(&key).map(|(offset, _)| *offset);
            assert_eq!(offset(&index, &key), known);
            for (entries, were) in &kept {
                assert!(listed(entries.clone()) == *were, "a list has changed");
            }
            kept.truncate(2);
            kept.push((
                all(&mut index, Which::All),
                model.list(Which::All, ("", LAST)),
            ));
        }
    }
}

#[test]
fn keys_that_come_in_great_numbers_are_sorted_beside() {
    let mut numbers = Numbers(5);
    let mut index = Index::default();
    let mut model = Model::default();
    // The second time there are keys before them.
    for round in 0..2 {
        for at in 0..200_000 {
            let key = name(numbers.below(300_000));
            let entry = Entry::new(hash(&index, &key), place(at), None);
            if numbers.below(4) == 0 {
                index.remove(hash(&index, &key), &text(&key));
                model.keys.remove(&key);
            } else {
                index.insert(entry, &text(&key));
                model.keys.insert(key, (at, NEVER));
            }
        }
        index.merge_if_due();
        let expected = model.list(Which::All, ("", LAST));
        assert!(listed(all(&mut index, Which::All)) == expected, "{round}");
    }
}

#[test]
fn growing_and_listing_cost_no_more_when_there_are_many() {
    let mut index = Index::default();
    let (mut most, mut most_merged) = (0, 0);
    let mut numbers = Numbers(1);
    for at in 0..1_000_000u64 {
        let before = (index.moved, merged(&index));
        put(&mut index, &format!("{:019}", numbers.0), at, None);
        numbers.below(1);
        most = most.max(index.moved - before.0);
        most_merged = most_merged.max(merged(&index) - before.1);
    }
    assert!(most <= CHUNK, "{most} moved in one call");
    // Each of the changes that are merged at once may rebuild a leaf.
    assert!(
        most_merged <= 1024 * 400,
        "{most_merged} moved in one merge"
    );
    let bytes = index.memory() / index.len();
    println!("{bytes} bytes an item with a key of 19 bytes");
    assert!(bytes <= 100, "{bytes} bytes an item");
    // Where nothing expires, no chunk is looked through.
    assert!(index.counts_at_once(u64::MAX - 1));
    assert!(index.chunks.share(&Which::Expired(u64::MAX - 1)).is_empty());
    // A short list shares nothing, and a long one is counted by its leaves.
    let short = Choice {
        limit: Some(10),
        ..Choice::default()
    };
    assert!(!index.list(&short, Which::Live(5)).is_large());
    let mut long = all(&mut index, Which::Live(5));
    assert!(long.is_large());
    let mut steps = 0;
    let mut count = 0;
    while let Some(passed) = long.pass_leaf() {
        count += passed;
        steps += 1;
    }
    assert_eq!(count, 1_000_000);
    assert!(steps < 20_000, "{steps}");
}

#[test]
fn a_list_shares_the_leaves_together_and_keeps_them_as_they_were() {
    let mut index = Index::default();
    for at in 0..20_000 {
        put(&mut index, &format!("{at:05}"), at, None);
    }
    let lists: Vec<Entries> = (0..10).map(|_| all(&mut index, Which::All)).collect();
    let leaf_handles = |index: &Index| match &index.order {
        Ordering::Kept(order) => order.handles(),
        Ordering::None => 0,
    };
    assert_eq!(leaf_handles(&index), 1);
    put(&mut index, "00000x", 20_000, None);
    let after = all(&mut index, Which::All);
    assert_eq!(leaf_handles(&index), 2);
    for list in lists {
        let places: Vec<u64> = list.map(|entry| entry.place().offset).collect();
        assert!(places == (0..20_000).collect::<Vec<_>>());
    }
    assert_eq!(after.count(), 20_001);
}

#[test]
fn chunks_that_a_list_shared_take_no_more_memory() {
    let mut index = Index::default();
    let mut lists = Vec::new();
    for at in 0..10 * CHUNK as u64 {
        put(&mut index, &format!("{at:05}"), at, None);
        if at % 3_000 == 2_999 {
            lists.push(all(&mut index, Which::All));
        }
    }
    let entries = index.chunks.memory() / size_of::<Entry>();
    assert!(entries <= 10 * CHUNK + 100, "{entries}");
}

fn merged(index: &Index) -> usize {
    match &index.order {
        Ordering::Kept(order) => order.moved,
        Ordering::None => 0,
    }
}

impl Index {
    /// Measures the memory of the index, in bytes.
    fn memory(&self) -> usize {
        let order = match &self.order {
            Ordering::Kept(order) => order.memory(),
            Ordering::None => 0,
        };
        order + self.chunks.memory() + self.table.memory()
    }
}
