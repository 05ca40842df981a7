//! Slots and chunks: their reuse and their memory.

use super::*;

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
fn a_slot_is_used_again_while_a_leaf_still_leads_to_it() {
    let mut index = Index::default();
    put(&mut index, "a", 1, None);
    assert_eq!(all(&mut index, Which::All).count(), 1);
    remove(&mut index, "a");
    put(&mut index, "b", 2, None);
    put(&mut index, "a", 3, None);
    remove(&mut index, "a");
    put(&mut index, "a", 4, None);
    assert_eq!(index.chunks.slots(), 2);
    let expected = [("a".to_string(), 4), ("b".to_string(), 2)];
    assert_eq!(listed(all(&mut index, Which::All)), expected);
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
