//! The index beside a simple model.

use super::*;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

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
