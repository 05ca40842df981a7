//! `clear` is a line that removes all items before it: it costs the same for any number of them, and is valid only with its commit.

use crate::support::compaction::{run, whole};
use crate::support::items::{Items, commit, items, parts, put, removal, sync};
use crate::support::sample::{data_path, disk_with, kept_aside, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::Store;
use persist_lock::index::Choice;
use persist_lock::record::CLEARED;
use persist_lock::store::{Progress, repair};
use persist_lock::{Error, Options};
use std::path::Path;

fn clear(store: &mut Store, lines: &str) {
    let mut turn = store.begin_turn().unwrap().unwrap();
    turn.commit(lines.as_bytes().to_vec(), true).unwrap();
    turn.end().unwrap();
}

fn store_of(disk: &SimulatedDisk, count: usize) -> Store {
    let mut store = open(disk).unwrap();
    let lines: String = (0..count)
        .map(|at| put(&format!("\"{at}\""), "1"))
        .collect();
    commit(&mut store, &lines).unwrap();
    store
}

fn only(key: &str, value: &str) -> Items {
    Items::from([(key.to_string(), value.to_string())])
}

#[test]
fn a_clear_writes_the_same_for_few_items_and_for_many() {
    let grown = [1, 20_000].map(|count| {
        let disk = SimulatedDisk::new(0, SECTOR);
        let mut store = store_of(&disk, count);
        let before = disk.contents(&data_path()).len();
        clear(&mut store, "");
        assert_eq!(store.count(0), 0);
        assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), Items::new());
        assert_eq!(store.take_cleared().len(), 1, "dropped elsewhere");
        // There is nothing more to clear, and nothing to be committed.
        let length = disk.contents(&data_path()).len();
        clear(&mut store, "");
        assert_eq!(disk.contents(&data_path()).len(), length);
        length - before
    });
    assert!(grown[1] < 2 * grown[0], "{grown:?}");
}

#[test]
fn removals_by_prefix_leave_other_items_and_expired_ones() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = store_of(&disk, 20);
    let expired = "{\"key\":\"1x\",\"value\":1,\"expires\":5}\n";
    commit(&mut store, expired).unwrap();
    let choice = Choice::default().with_prefix(b"\"1\"");
    assert_eq!(store.count_of(4, &choice), 12);
    assert_eq!(store.count_of(6, &choice), 11);
    let mut lines = Vec::new();
    let mut turn = store.begin_turn().unwrap().unwrap();
    turn.write_removals(6, &choice, &mut lines).unwrap();
    let put = put("\"12\"", "2");
    lines.extend(put.as_bytes());
    turn.commit(lines, false).unwrap();
    turn.end().unwrap();
    let left = ["0", "12", "1x", "2", "3", "4", "5", "6", "7", "8", "9"];
    let left = left.map(|key| format!("\"{key}\""));
    for store in [&mut store, &mut open(&disk).unwrap()] {
        assert!(items(store).unwrap().into_keys().eq(left.iter().cloned()));
    }
}

#[test]
fn items_after_a_clear_stay_even_in_its_own_commit() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = store_of(&disk, 3);
    let mut reader = open(&disk.new_process()).unwrap();
    let mut listing = reader.listing(0);
    clear(&mut store, &(put("\"1\"", "2") + &removal("\"2\"")));
    for store in [&mut store, &mut reader, &mut open(&disk).unwrap()] {
        assert_eq!(items(store).unwrap(), only("\"1\"", "2"));
    }
    let mut listed = 0;
    listing.read(usize::MAX, &mut |_| listed += 1).unwrap();
    assert_eq!(listed, 3, "a listing keeps what it had");
    // A rewrite leaves no trace of it, and a store that follows goes on.
    run(&disk).unwrap();
    assert_eq!(items(&mut reader).unwrap(), only("\"1\"", "2"));
    commit(&mut store, &put("\"3\"", "3")).unwrap();
    assert_eq!(items(&mut reader).unwrap().len(), 2);
    whole(&disk);
}

#[test]
fn a_rewrite_with_a_later_clear_is_followed() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = store_of(&disk, 40);
    let mut reader = open(&disk.new_process()).unwrap();
    run(&disk).unwrap();
    clear(&mut store, &put("\"a\"", "1"));
    assert_eq!(items(&mut reader).unwrap(), only("\"a\"", "1"));
    assert_eq!(items(&mut store).unwrap(), only("\"a\"", "1"));
}

#[test]
fn a_torn_clear_removes_nothing() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = store_of(&disk, 3);
    sync(&mut store).unwrap();
    let held = items(&mut store).unwrap();
    let stood = disk.contents(&data_path()).len();
    clear(&mut store, &put("\"a\"", "1"));
    let bytes = disk.contents(&data_path());
    let commit_line = memchr::memmem::rfind(&bytes, b"{\"commit\"").unwrap();
    for length in stood + 1..bytes.len() {
        let disk = disk_with(&bytes[..length]);
        let mut store = open(&disk).unwrap();
        assert_eq!(items(&mut store).unwrap(), held, "cut off at {length}");
        commit(&mut store, &put("\"b\"", "2")).unwrap();
        assert_eq!(items(&mut store).unwrap().len(), held.len() + 1);
        if length <= commit_line {
            // The bare beginning of a commit: nobody was told of it.
            assert_eq!(kept_aside(&disk), [], "cut off at {length}");
        }
    }
}

#[test]
fn a_repair_applies_an_intact_clear() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = store_of(&disk, 3);
    clear(&mut store, &put("\"a\"", "1"));
    commit(&mut store, &put("\"b\"", "damaged")).unwrap();
    commit(&mut store, &put("\"c\"", "3")).unwrap();
    sync(&mut store).unwrap();
    crate::support::items::claim(&mut store).unwrap();
    let mut bytes = disk.contents(&data_path());
    let at = memchr::memmem::find(&bytes, b"damaged").unwrap();
    bytes[at] ^= 1;
    let disk = disk_with(&bytes);
    assert!(matches!(open(&disk), Err(Error::Corrupt { .. })));
    let progress = Progress::default();
    let repaired = repair(
        &disk.shared(),
        Path::new("/"),
        Options::default(),
        &progress,
    );
    assert!(repaired.unwrap().repaired);
    let mut kept = only("\"a\"", "1");
    kept.insert("\"c\"".to_string(), "3".to_string());
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), kept);
}

#[test]
fn no_item_line_is_read_as_a_clear() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = store_of(&disk, 2);
    let mut turn = store.begin_turn().unwrap().unwrap();
    let committed = turn.commit(CLEARED.to_vec(), false);
    assert!(matches!(committed, Err(Error::InvalidItem { .. })));
    turn.end().unwrap();
    let mut count = 0;
    let mut all = store.listing(0);
    all.read(usize::MAX, &mut |item| {
        parts(&item);
        count += 1;
    })
    .unwrap();
    assert_eq!(count, 2);
}
