//! A rewrite that does not fit on the disk is not begun, does not fill the disk, and is tried again once it is worth it.

use crate::support::compaction::{self, files};
use crate::support::items::{commit, items, put, removal, sync};
use crate::support::machine::Operation;
use crate::support::sample::open;
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{Progress, renew};
use persist_lock::{Error, Options, Result, Store};
use std::io::ErrorKind;
use std::path::Path;

/// The length of the live items.
const LIVE: usize = 300_000;

fn is_full<T: std::fmt::Debug>(result: Result<T>) -> bool {
    let Err(Error::Io { source, .. }) = &result else {
        panic!("{result:?}");
    };
    source.kind() == ErrorKind::StorageFull
}

fn text(length: usize) -> String {
    format!("\"{}\"", "x".repeat(length))
}

/// A store of which a part is alive and more is dead.
fn worn() -> (SimulatedDisk, Store) {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for key in 0..10 {
        commit(&mut store, &put(&format!("\"{key}\""), &text(LIVE / 10))).unwrap();
    }
    wear(&mut store, 2 * LIVE);
    sync(&mut store).unwrap();
    (disk, store)
}

/// Makes so many bytes dead.
fn wear(store: &mut Store, dead: usize) {
    for _ in 0..dead.div_ceil(10_000) {
        commit(store, &put("\"hot\"", &text(10_000))).unwrap();
    }
}

#[test]
fn a_compaction_that_does_not_fit_is_not_begun() {
    let (disk, mut store) = worn();
    // As much as is alive, and not the reserve.
    disk.leave_free(LIVE + 20_000);
    let process = disk.new_process();
    process.take_operations();
    assert!(is_full(compaction::run(&process)));
    let written =
        |done: &Operation| matches!(done, Operation::Write { path, .. } if path.ends_with("tmp"));
    assert!(!process.take_operations().iter().any(written));
    assert_eq!(files(&disk), ["data.1.jsonl"]);
    disk.take_bytes_read();
    for _ in 0..10 {
        assert!(!store.wants_compaction());
    }
    assert_eq!(disk.take_bytes_read(), 0, "nothing is read to find that");
    disk.leave_free(2 * LIVE);
    wear(&mut store, 140_000);
    assert!(store.wants_compaction());
    assert!(compaction::run(&disk).unwrap());
    assert_eq!(items(&mut store).unwrap().len(), 11);
}

#[test]
fn a_file_is_rewritten_earlier_if_it_would_not_fit_later() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for key in 0..10 {
        commit(&mut store, &put(&format!("\"{key}\""), &text(LIVE / 10))).unwrap();
    }
    // So much that a rewrite fits now, and would not when half of the file is dead.
    disk.leave_free(2 * LIVE + 130_000);
    let mut rewrites = 0;
    for _ in 0..200 {
        wear(&mut store, 10_000);
        if store.wants_compaction() {
            assert!(compaction::run(&disk).unwrap());
            // Lets go of the old file.
            store = open(&disk).unwrap();
            rewrites += 1;
        }
    }
    assert!((2..=12).contains(&rewrites), "{rewrites} rewrites");
    assert_eq!(items(&mut store).unwrap().len(), 11);
    // Where there is room for later, half of it has to be dead.
    disk.leave_free(10 * LIVE);
    wear(&mut store, LIVE);
    assert!(!store.wants_compaction());
    wear(&mut store, LIVE / 2);
    assert!(store.wants_compaction());
}

#[test]
fn a_compaction_stops_when_others_take_its_room() {
    let (disk, mut store) = worn();
    disk.leave_free(2 * LIVE);
    let process = disk.new_process();
    let mut compaction = compaction::begin(&process);
    disk.leave_free(20_000);
    process.take_operations();
    assert!(is_full(compaction.copy(&Progress::default())));
    let lengths = process
        .take_operations()
        .into_iter()
        .map(|done| match done {
            Operation::Write { length, .. } => length,
            _ => 0,
        });
    assert!(lengths.sum::<usize>() < 100, "no more than its first line");
    drop(compaction);
    assert_eq!(files(&disk), ["data.1.jsonl"]);
    // The rest is left for commits.
    commit(&mut store, &put("\"hot\"", &text(10_000))).unwrap();
}

#[test]
fn a_failed_compaction_is_tried_again_once_it_is_worth_it() {
    let (disk, mut store) = worn();
    disk.leave_free(1 << 20);
    assert!(store.wants_compaction());
    let process = disk.new_process();
    let mut compaction = compaction::begin(&process);
    process.fail_next_write();
    compaction.copy(&Progress::default()).unwrap_err();
    drop(compaction);
    for _ in 0..5 {
        wear(&mut store, 20_000);
        assert!(!store.wants_compaction(), "it was tried just now");
    }
    wear(&mut store, 40_000);
    assert!(store.wants_compaction(), "more can be won");
    assert!(!store.wants_compaction());
    // Much less must be written, although the file has hardly grown.
    let removals: String = (0..10).map(|key| removal(&format!("\"{key}\""))).collect();
    commit(&mut store, &removals).unwrap();
    assert!(store.wants_compaction());
    assert!(compaction::run(&disk).unwrap());
    assert_eq!(items(&mut store).unwrap().len(), 1);
    assert!(!store.wants_compaction());
}

#[test]
fn a_full_disk_is_compacted_once_all_items_are_removed() {
    let (disk, mut store) = worn();
    disk.leave_free(20_000);
    assert!(!store.wants_compaction());
    let mut turn = store.begin_turn().unwrap().unwrap();
    turn.commit(Vec::new(), true).unwrap();
    turn.end().unwrap();
    assert!(store.wants_compaction());
    assert!(compaction::run(&disk).unwrap());
    assert_eq!(items(&mut store).unwrap().len(), 0);
}

#[test]
fn a_renewal_needs_room_too() {
    let (disk, mut store) = worn();
    commit(&mut store, &put("\"hot\"", "1")).unwrap();
    disk.fail_next_sync();
    sync(&mut store).unwrap_err();
    disk.leave_free(20_000);
    let number = store.disowned_generation().unwrap();
    let move_it = || renew(&disk.shared(), Path::new("/"), Options::default(), number);
    assert!(is_full(move_it()));
    assert_eq!(items(&mut store).unwrap().len(), 11, "reads go on");
    disk.leave_free(1 << 20);
    move_it().unwrap();
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap().len(), 11);
}

#[test]
fn a_renewal_need_not_keep_room_for_others() {
    let (disk, mut store) = worn();
    commit(&mut store, &put("\"more\"", "1")).unwrap();
    disk.fail_next_sync();
    assert!(sync(&mut store).is_err());
    let number = store.disowned_generation().unwrap();
    let moved = || {
        let (process, options) = (disk.new_process().shared(), Options::default());
        renew(&process, Path::new("/"), options, number)
    };
    disk.leave_free(LIVE / 2);
    assert!(is_full(moved()));
    // As much as is alive, and not the reserve that a compaction leaves.
    disk.leave_free(LIVE + 20_000);
    moved().unwrap();
    assert_eq!(files(&disk), ["data.2.jsonl"]);
}
