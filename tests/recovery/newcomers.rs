//! A store that has just opened a file: the bytes that it writes again and syncs before any call may rely on them.
//!
//! A descriptor reports only errors since it was opened, so an earlier process may have failed to sync bytes that still read well.
//! A newcomer's first turn writes unclaimed commits again, and no others, and its first sync puts the folders on disk too.

use crate::support::items::{claim, commit, items, put, removal, sync, value};
use crate::support::machine::Operation;
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::record::HEADER;
use persist_lock::{Error, Options, Result, Store};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new("/.persist-lock").to_path_buf()
}

fn data_path() -> PathBuf {
    folder().join("data.1.jsonl")
}

fn open(disk: &SimulatedDisk) -> Result<Store> {
    Store::open(disk.shared(), Path::new("/"), Options::default())
}

fn length(disk: &SimulatedDisk) -> usize {
    disk.contents(&data_path()).len()
}

/// Returns the changes of a process since the last call, except for the change counter.
fn done_by(process: &SimulatedDisk) -> Vec<Operation> {
    let lock = folder().join("writer.lock");
    let mut done = process.take_operations();
    done.retain(|done| !matches!(done, Operation::Write { path, .. } if *path == lock));
    done
}

/// Opens the store in a separate process, runs a turn without a commit and syncs; returns the changes of the disk.
fn newcomer(disk: &SimulatedDisk) -> Vec<Operation> {
    let process = disk.new_process();
    let mut store = open(&process).unwrap();
    let turn = store.begin_turn().unwrap().unwrap();
    turn.end().unwrap();
    sync(&mut store).unwrap();
    done_by(&process)
}

fn rewritten(from: usize, to: usize) -> Operation {
    Operation::Write {
        path: data_path(),
        offset: from as u64,
        length: to - from,
    }
}

/// The syncs of folders for a store in the root, which has no parent.
fn folders_synced() -> [Operation; 2] {
    [
        Operation::SyncFolder(folder()),
        Operation::SyncFolder("/".into()),
    ]
}

#[test]
fn the_first_turn_writes_unclaimed_commits_again() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let mut ends = vec![HEADER.len()];
    for number in 1..=4 {
        commit(&mut store, &put("\"a\"", &number.to_string())).unwrap();
        ends.push(length(&disk));
        if number < 3 {
            sync(&mut store).unwrap();
        }
    }
    // The third and the fourth commit claim that the second is on disk.
    let expected = [
        &[rewritten(ends[2], ends[4]), Operation::Sync(data_path())],
        &folders_synced()[..],
    ]
    .concat();
    assert_eq!(newcomer(&disk), expected);
    assert_eq!(length(&disk), ends[4]);
}

#[test]
fn without_a_claim_everything_after_the_first_line_is_written_again() {
    let disk = SimulatedDisk::new(0, SECTOR);
    commit(&mut open(&disk).unwrap(), &put("\"a\"", "1")).unwrap();
    let written = &newcomer(&disk)[0];
    assert_eq!(*written, rewritten(HEADER.len(), length(&disk)));
}

#[test]
fn many_unclaimed_bytes_are_all_written_again() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let long = format!("\"{}\"", "x".repeat(50_000));
    for key in ["\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\""] {
        commit(&mut store, &put(key, &long)).unwrap();
    }
    let mut reached = HEADER.len();
    for operation in newcomer(&disk) {
        if let Operation::Write { offset, length, .. } = operation {
            assert_eq!(offset, reached as u64);
            reached += length;
        }
    }
    assert_eq!(reached, length(&disk));
    let contents = disk.contents(&data_path());
    assert_eq!(disk.durable(&data_path()), contents);
}

#[test]
fn claimed_commits_are_not_written_again_but_the_folders_are_synced() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for number in 1..=3 {
        commit(&mut store, &put("\"a\"", &number.to_string())).unwrap();
    }
    sync(&mut store).unwrap();
    let end = length(&disk);
    claim(&mut store).unwrap();
    // The claim itself may be lost, since nothing depends on it. It is written again as it follows the claimed commit.
    let done: Vec<Operation> = newcomer(&disk)
        .into_iter()
        .filter(|done| *done != rewritten(end, length(&disk)))
        .collect();
    assert_eq!(done, folders_synced());
}

#[test]
fn a_second_turn_writes_nothing_again_and_a_second_sync_skips_the_folders() {
    let disk = SimulatedDisk::new(0, SECTOR);
    commit(&mut open(&disk).unwrap(), &put("\"a\"", "1")).unwrap();
    let process = disk.new_process();
    let mut store = open(&process).unwrap();
    commit(&mut store, &put("\"a\"", "2")).unwrap();
    sync(&mut store).unwrap();
    done_by(&process);
    let start = length(&disk);
    commit(&mut store, &put("\"a\"", "3")).unwrap();
    sync(&mut store).unwrap();
    let expected = [
        rewritten(start, length(&disk)),
        Operation::Sync(data_path()),
    ];
    assert_eq!(done_by(&process), expected);
    assert!(store.pending_sync().is_none());
    let turn = store.begin_turn().unwrap().unwrap();
    turn.end().unwrap();
    assert!(store.pending_sync().is_none(), "nothing is behind");
}

#[test]
fn the_next_process_repeats_a_failed_sync() {
    // Failed pages read back but are never written; a commit after them would follow a hole.
    for seed in 0..20 {
        let disk = SimulatedDisk::new(seed, SECTOR);
        let mut first = open(&disk).unwrap();
        let long = format!("\"{}\"", "x".repeat(3000));
        commit(&mut first, &put("\"a\"", &long)).unwrap();
        disk.fail_next_sync();
        assert!(matches!(sync(&mut first), Err(Error::SyncFailed { .. })));
        let process = disk.new_process();
        let mut second = open(&process).unwrap();
        commit(&mut second, &put("\"b\"", "2")).unwrap();
        sync(&mut second).unwrap();
        let held = items(&mut second).unwrap();
        assert_eq!(held.len(), 2);
        disk.cut();
        let mut store = open(&disk.new_process()).unwrap();
        assert_eq!(items(&mut store).unwrap(), held);
    }
}

#[test]
fn a_turn_without_a_commit_writes_again_the_commits_that_it_has_seen() {
    // The sync of a removal failed; the next removal of the key is told that it is gone already.
    for seed in 0..20 {
        let disk = SimulatedDisk::new(seed, SECTOR);
        let mut first = open(&disk).unwrap();
        let padding = format!("\"{}\"", "x".repeat(700));
        commit(&mut first, &put("\"a\"", &padding)).unwrap();
        sync(&mut first).unwrap();
        commit(&mut first, &removal("\"a\"")).unwrap();
        disk.fail_next_sync();
        sync(&mut first).unwrap_err();
        newcomer(&disk);
        disk.cut();
        let mut store = open(&disk.new_process()).unwrap();
        assert_eq!(value(&mut store, "\"a\"").unwrap(), None, "it is back");
    }
}
