//! Compaction: the file that it leaves, and when it is worth it.

use crate::support::compaction::{begin_beside, files, run, whole, worn};
use crate::support::items::{commit, items, items_at, put, put_until, removal};
use crate::support::sample::{FOLDER, data_file, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::Progress;
use std::path::Path;

#[test]
fn only_items_remain() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (store, held) = worn(&disk);
    let number = store.newest_commit();
    drop(store);
    assert!(run(&disk).unwrap());
    assert_eq!(files(&disk), ["data.2.jsonl"]);
    let text = String::from_utf8(disk.contents(&data_file(2))).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!("{{\"persist-lock\":1,\"snapshot\":{number}}}")
    );
    assert_eq!(lines.len(), 1 + held.len() + 2);
    assert!(
        lines[1..=held.len()]
            .iter()
            .all(|line| line.starts_with("{\"key\":"))
    );
    assert!(lines[held.len() + 1].starts_with("{\"piece\":1,"));
    assert!(lines[held.len() + 2].starts_with(&format!("{{\"snapshot\":{number},\"pieces\":1,")));
    assert_eq!(whole(&disk).items, held.len() as u64);
    let mut store = open(&disk).unwrap();
    assert_eq!(items(&mut store).unwrap(), held);
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    assert_eq!(store.newest_commit(), number + 1);
    assert_eq!(
        items(&mut open(&disk).unwrap()).unwrap().len(),
        held.len() + 1
    );
}

#[test]
fn an_empty_store_is_compacted_too() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    assert!(run(&disk).unwrap());
    assert_eq!(whole(&disk).items, 0);
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    assert!(run(&disk).unwrap());
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap().len(), 1);
    assert_eq!(items(&mut store).unwrap().len(), 1);
}

#[test]
fn an_expired_item_is_kept() {
    // A clock that is set back must not part two processes, one of which has read the old file.
    let disk = SimulatedDisk::new(0, SECTOR);
    commit(&mut open(&disk).unwrap(), &put_until("\"a\"", "1", 100)).unwrap();
    run(&disk).unwrap();
    let mut store = open(&disk).unwrap();
    assert_eq!(items_at(&mut store, 99).unwrap().len(), 1);
    assert_eq!(items_at(&mut store, 100).unwrap().len(), 0);
}

#[test]
fn a_checkpoint_is_written_in_pieces_of_which_a_large_item_is_one() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let large = format!("\"{}\"", "x".repeat(3 << 20));
    let small = format!("\"{}\"", "y".repeat(300 << 10));
    commit(&mut store, &put("\"0: large\"", &large)).unwrap();
    for key in 1..9 {
        commit(&mut store, &put(&format!("\"{key}\""), &small)).unwrap();
    }
    run(&disk).unwrap();
    let text = String::from_utf8(disk.contents(&data_file(2))).unwrap();
    let pieces = text.lines().filter(|line| line.starts_with("{\"piece\":"));
    let bytes: Vec<usize> = pieces
        .map(|line| {
            let bytes = line.split("\"bytes\":").nth(1).unwrap();
            bytes.split(',').next().unwrap().parse().unwrap()
        })
        .collect();
    assert_eq!(bytes.len(), 4, "{bytes:?}");
    assert!(bytes[0] > 3 << 20 && bytes[1..].iter().all(|bytes| *bytes <= 1 << 20));
    assert_eq!(
        items(&mut open(&disk).unwrap()).unwrap(),
        items(&mut store).unwrap()
    );
}

#[test]
fn a_torn_tail_is_cut_off_and_not_copied() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, held) = worn(&disk);
    let torn = [
        &disk.contents(&data_file(1))[..],
        b"{\"key\":\"torn\",\"val",
    ]
    .concat();
    disk.damage(&data_file(1), &torn);
    run(&disk).unwrap();
    whole(&disk);
    assert_eq!(items(&mut store).unwrap(), held);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), held);
}

#[test]
fn a_file_is_worth_compacting_when_most_of_it_is_dead() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let value = format!("\"{}\"", "x".repeat(1000));
    let mut asked = 0;
    for round in 0..2000 {
        commit(&mut store, &put(&format!("\"{}\"", round % 10), &value)).unwrap();
        if store.wants_compaction() {
            asked += 1;
            let length = disk.contents(&data_file(asked)).len();
            assert!(length < (128 << 10) + 3 * 10_000, "{length}");
            assert!(!store.wants_compaction(), "not again before it has grown");
            run(&disk).unwrap();
            let length = disk.contents(&data_file(asked + 1)).len();
            assert!(length < 10_000 * 5 / 2, "{length}");
        }
    }
    assert!(asked > 10);
    // A file of live items is not worth compacting.
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for round in 0..1000 {
        commit(&mut store, &put(&format!("\"{round}\""), &value)).unwrap();
        assert!(!store.wants_compaction());
    }
}

#[test]
fn a_deleted_store_is_not_created_again() {
    let disk = SimulatedDisk::new(0, SECTOR);
    assert!(run(&disk).is_err());
    assert!(!disk.exists(Path::new(FOLDER)).unwrap());
}

#[test]
fn an_open_store_compacts_itself_without_a_second_index() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, held) = worn(&disk);
    let run_with = |source| {
        let mut compaction = begin_beside(&disk.new_process(), source).unwrap().unwrap();
        compaction.copy(&Progress::default()).unwrap();
        compaction.catch_up().unwrap();
        compaction.switch().unwrap();
    };
    // Committed after the items were listed, and after the file was read.
    let source = store.compaction_source();
    assert!(source.is_some());
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let mut compaction = begin_beside(&disk.new_process(), source).unwrap().unwrap();
    commit(&mut store, &(put("\"b\"", "2") + &removal("\"0\""))).unwrap();
    compaction.copy(&Progress::default()).unwrap();
    compaction.catch_up().unwrap();
    compaction.switch().unwrap();
    let mut expected = held;
    expected.insert("\"a\"".to_string(), "1".to_string());
    expected.insert("\"b\"".to_string(), "2".to_string());
    expected.remove("\"0\"");
    assert_eq!(items(&mut store).unwrap(), expected);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), expected);
    // Entries that point into the older file are copied from it.
    let source = store.compaction_source();
    run_with(source);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), expected);
    // An instance whose file has been replaced is no source.
    let outdated = store.compaction_source();
    run(&disk).unwrap();
    run_with(outdated);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), expected);
    assert_eq!(items(&mut store).unwrap(), expected);
    whole(&disk);
}
