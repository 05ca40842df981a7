//! The work and the memory that the calls take.

use super::*;

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
    // Single changes pay for a few leaves each.
    assert!(most_merged <= 5_000, "{most_merged} moved in one merge");
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

#[test]
fn many_new_keys_are_merged_some_at_a_time() {
    let mut index = Index::default();
    let mut numbers = Numbers(1);
    let mut most = 0;
    for round in 0..30 {
        // Another process's keys, read in one stretch.
        for at in 0..30_000 {
            let key = format!("{:019}", numbers.0);
            numbers.below(1);
            index.insert(Entry::new(hash(&index, &key), place(at), None), &text(&key));
        }
        let before = merged(&index);
        index.merge_if_due();
        if round > 0 {
            most = most.max(merged(&index) - before);
        }
        let before = merged(&index);
        let first = all(&mut index, Which::All).next();
        assert!(first.is_some());
        assert!(merged(&index) - before <= 5_000);
    }
    assert!(most <= 140_000, "{most} moved in one call");
    assert_eq!(all(&mut index, Which::All).count(), 900_000);
}
