//! Lists in the order of the keys.

use super::*;

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

/// Makes an index with changes that are in no leaf yet, and lists its keys and offsets: with new keys
/// between the others, removed ones, some that come again, and many at one place.
fn with_waiting_changes() -> (Index, Vec<(String, u64)>) {
    let mut index = Index::default();
    let mut expected = Vec::new();
    for at in 0..20_000 {
        let key = format!("{:05}", 2 * at);
        put(&mut index, &key, at, None);
        expected.push((key, at));
    }
    while waiting(&index) > 0 {
        all(&mut index, Which::All);
    }
    let put = |index: &mut Index, key: &str, at| {
        index.insert(Entry::new(hash(index, key), place(at), None), &text(key));
    };
    for at in (0..20_000).step_by(100) {
        let (new, old) = (format!("{:05}", 2 * at + 1), format!("{:05}", 2 * at + 40));
        put(&mut index, &new, at);
        expected.push((new, at));
        index.remove(hash(&index, &old), &text(&old));
        expected.retain(|(key, _)| *key != old);
        if at % 200 == 0 {
            put(&mut index, &old, 7);
            expected.push((old, 7));
        }
    }
    for at in 0..600 {
        let key = format!("20000:{at:03}");
        put(&mut index, &key, at);
        expected.push((key, at));
    }
    expected.sort();
    (index, expected)
}

#[test]
fn a_list_has_the_changes_that_wait_to_be_merged() {
    for (from, to) in [
        ("", "~"),
        ("0", "1"),
        ("20000", "20001"),
        ("30001", "30003"),
        ("39999", "~"),
    ] {
        let (mut index, expected) = with_waiting_changes();
        let is_between = |(key, _): &&(String, u64)| from <= key.as_str() && key.as_str() < to;
        let expected: Vec<_> = expected.iter().filter(is_between).cloned().collect();
        let mut reversed = expected.clone();
        reversed.reverse();
        let choice = Choice::default().from(&text(from)).to(&text(to));
        let list = index.list(&choice, Which::All);
        let backwards = index.list(&choice.clone().reverse(true), Which::All);
        assert!(waiting(&index) > 0);
        // The first lists must not see how the changes are merged.
        while waiting(&index) > 0 {
            all(&mut index, Which::All);
        }
        assert!(listed(list) == expected, "{from} {to}");
        assert!(listed(backwards) == reversed, "{from} {to}, backwards");
        assert!(listed(index.list(&choice, Which::All)) == expected);
    }
}

fn waiting(index: &Index) -> usize {
    match &index.order {
        Ordering::Kept(order) => order.waiting(),
        Ordering::None => 0,
    }
}
