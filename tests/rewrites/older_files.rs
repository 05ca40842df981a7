//! Data files beside the current one: none is removed that has commits which the current one lacks, and the highest possible number
//! has no successor.

use crate::support::compaction::{self, files};
use crate::support::items::{Items, claim, commit, items, put, sync};
use crate::support::sample::{FOLDER, data_file, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{Progress, repair, verify};
use persist_lock::{Error, Options, Store};
use std::path::Path;
use std::time::Duration;

fn put_there(disk: &SimulatedDisk, number: u64, bytes: &[u8]) {
    let folder = disk.shared().folder(Path::new(FOLDER)).unwrap();
    let name = format!("data.{number}.jsonl");
    folder.create_complete(&name, bytes, 0o600).unwrap();
}

fn synced(store: &mut Store, lines: &str) {
    commit(store, lines).unwrap();
    sync(store).unwrap();
}

/// A store on `data.1.jsonl`, and a compacted copy of how it was two commits ago.
fn store_and_outdated_copy() -> (SimulatedDisk, Store, Vec<u8>) {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    synced(&mut store, &put("\"a\"", "1"));
    synced(&mut store, &put("\"b\"", "1"));

    let other = SimulatedDisk::new(0, SECTOR);
    other
        .shared()
        .create_folder(Path::new(FOLDER), 0o700)
        .unwrap();
    put_there(&other, 1, &disk.contents(&data_file(1)));
    assert!(compaction::run(&other).unwrap());
    let copy = other.contents(&data_file(2));

    synced(&mut store, &put("\"a\"", "2"));
    synced(&mut store, &put("\"c\"", "2"));
    claim(&mut store).unwrap();
    (disk, store, copy)
}

fn all() -> Items {
    let all = [("\"a\"", "2"), ("\"b\"", "1"), ("\"c\"", "2")];
    Items::from(all.map(|(key, value)| (key.to_string(), value.to_string())))
}

fn repaired(disk: &SimulatedDisk) -> bool {
    let (options, progress) = (Options::default(), Progress::default());
    let process = disk.new_process().shared();
    let repaired = repair(&process, Path::new("/"), options, &progress).unwrap();
    repaired.repaired
}

#[test]
fn a_higher_file_that_lacks_commits_is_damage_and_a_repair_keeps_the_items_of_both() {
    let (disk, mut store, copy) = store_and_outdated_copy();
    put_there(&disk, 2, &copy);
    let both = ["data.1.jsonl", "data.2.jsonl"];

    assert!(matches!(store.begin_turn(), Err(Error::Superseded)));
    let read_only = Options {
        read_only: true,
        ..Options::default()
    };
    let process = disk.new_process().shared();
    for opened in [
        open(&disk.new_process()),
        Store::open(process, Path::new("/"), read_only),
    ] {
        let error = opened.map(drop).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("data.1.jsonl"), "{error}");
    }
    let compacted = compaction::run(&disk).unwrap_err();
    assert!(matches!(compacted, Error::Corrupt { .. }), "{compacted}");
    assert_eq!(files(&disk), both);
    let report = verify(&disk, Path::new("/"), Duration::ZERO, &Progress::default()).unwrap();
    assert!(!report.damaged.is_empty());

    assert!(repaired(&disk));
    assert_eq!(
        items(&mut open(&disk.new_process()).unwrap()).unwrap(),
        all()
    );
    assert_eq!(files(&disk), ["data.3.jsonl"]);
    assert!(!repaired(&disk), "twice");
}

#[test]
fn a_file_left_by_a_rewrite_is_removed_unless_it_has_later_commits() {
    let (disk, _store, copy) = store_and_outdated_copy();
    let before = disk.contents(&data_file(1));
    assert!(compaction::run(&disk).unwrap());
    for left_behind in [&before, &copy] {
        put_there(&disk, 1, left_behind);
        assert_eq!(
            items(&mut open(&disk.new_process()).unwrap()).unwrap(),
            all()
        );
        assert_eq!(files(&disk), ["data.2.jsonl"]);
    }
}

#[test]
fn a_file_with_the_highest_possible_number_is_not_rewritten() {
    for number in [u64::MAX - 1, u64::MAX - 2, (1 << 53) - 1, 1 << 53] {
        let (disk, store, _) = store_and_outdated_copy();
        drop(store);
        let bytes = disk.contents(&data_file(1));
        disk.remove(&data_file(1));
        put_there(&disk, number, &bytes);
        let compacted = compaction::run(&disk);
        assert_eq!(compacted.is_err(), number == u64::MAX - 1);
        let mut store = open(&disk.new_process()).unwrap();
        assert_eq!(items(&mut store).unwrap(), all());
        // A stranger's, which is no store's.
        put_there(&disk, u64::MAX, b"");
        synced(&mut store, &put("\"a\"", "2"));
        assert_eq!(items(&mut store).unwrap(), all());
    }
}
