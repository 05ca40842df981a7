//! Rooms on a full or failing disk: a commit that fits without room is written, and the parts of one
//! that fails are cut off, at once or in a later turn.

use crate::support::items::{Items, commit, items, put, sync};
use crate::support::machine::Operation;
use crate::support::sample::{before_room, data_path, kept_aside, open, open_with_room};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::{Error, Store};

const ROOM: u64 = 300;

/// A disk and a store whose last commit has room after it.
fn padded_store(seed: u64) -> (SimulatedDisk, SimulatedDisk, Store) {
    let disk = SimulatedDisk::new(seed, SECTOR);
    let process = disk.new_process();
    let mut store = open_with_room(&process, ROOM, 1).unwrap();
    for number in 0..2 {
        commit(&mut store, &put("\"a\"", &number.to_string())).unwrap();
    }
    sync(&mut store).unwrap();
    (disk, process, store)
}

/// The lines of a commit that is longer than the room.
fn long_lines() -> String {
    put("\"b\"", &format!("\"{}\"", "x".repeat(600)))
}

fn with(held: &Items, key: &str, value: &str) -> Items {
    let mut held = held.clone();
    held.insert(key.to_string(), value.to_string());
    held
}

#[test]
fn a_full_disk_takes_every_commit_that_fits_without_room() {
    let (disk, _, mut store) = padded_store(0);
    let before = disk.contents(&data_path()).len();
    commit(&mut store, &long_lines()).unwrap();
    let log = before_room(disk.contents(&data_path())).len();
    let needed = log - before;
    let (mut fitting, mut refused) = (0, 0);
    for free in needed - 5..needed + ROOM as usize + 5 {
        let (disk, _, mut store) = padded_store(free as u64);
        let held = items(&mut store).unwrap();
        let valid = before_room(disk.contents(&data_path()));
        disk.leave_free(free);
        let committed = commit(&mut store, &long_lines());
        let bytes = disk.contents(&data_path());
        if free < needed {
            assert!(matches!(committed, Err(Error::Io { .. })), "{committed:?}");
            assert_eq!(bytes, valid, "nothing of it is left");
            assert_eq!(items(&mut store).unwrap(), held);
            refused += 1;
        } else {
            committed.unwrap();
            assert_eq!(before_room(bytes).len(), log);
            fitting += 1;
        }
        // Also for others, and once there is space again.
        let found = items(&mut open(&disk.new_process()).unwrap()).unwrap();
        assert_eq!(found, items(&mut store).unwrap());
        disk.leave_free(10_000);
        commit(&mut store, &put("\"c\"", "1")).unwrap();
        let (file, log) = {
            let bytes = disk.contents(&data_path());
            (bytes.len(), before_room(bytes).len())
        };
        assert!(
            file > log || free >= needed + ROOM as usize,
            "it writes room again"
        );
        assert_eq!(kept_aside(&disk), []);
    }
    assert!(fitting > 0 && refused > 0);
}

#[test]
fn commits_into_a_room_succeed_on_a_full_disk() {
    let (disk, _, mut store) = padded_store(0);
    let length = disk.contents(&data_path()).len();
    disk.leave_free(0);
    let mut commits = 0;
    while commit(&mut store, &put("\"a\"", "7")).is_ok() {
        commits += 1;
    }
    assert!(commits > 1);
    let left = before_room(disk.contents(&data_path()));
    assert!(left.len() <= length);
    assert_eq!(
        items(&mut open(&disk.new_process()).unwrap()).unwrap()["\"a\""],
        "7"
    );
}

#[test]
fn failing_writes_and_cuts_leave_the_commit_or_nothing() {
    // The write with room fails, the cut after it fails or does not, the write without room too.
    for (writes, cuts) in [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 2)] {
        for lines in [long_lines(), put("\"b\"", "1")] {
            for seed in 0..60 {
                check_failing(writes, cuts, &lines, seed);
            }
        }
    }
}

fn check_failing(writes: usize, cuts: usize, lines: &str, seed: u64) {
    let (disk, process, mut store) = padded_store(seed);
    let held = items(&mut store).unwrap();
    let value = lines
        .trim_end()
        .trim_start_matches("{\"key\":\"b\",\"value\":");
    let after = with(&held, "\"b\"", value.strip_suffix('}').unwrap());
    let mut reader = open(&disk.new_process()).unwrap();
    let mut other = open_with_room(&disk.new_process(), ROOM, 1).unwrap();
    drop(other.begin_turn().unwrap().unwrap());
    process.fail_writes(writes);
    process.fail_cuts(cuts);
    let committed = commit(&mut store, lines);
    process.heal();
    let expected = match committed {
        Ok(()) => vec![after],
        // All of it may have been written before the errors, and could not be cut off.
        Err(_) if cuts > 0 => vec![held, after],
        Err(_) => vec![held],
    };
    // The store goes on, or another does, or a newcomer; readers see the same.
    let found = items(&mut reader).unwrap();
    assert!(
        expected.contains(&found),
        "{writes} writes, {cuts} cuts, seed {seed}"
    );
    let mut newcomer = open(&disk.new_process()).unwrap();
    let next = match seed % 3 {
        0 => &mut store,
        1 => &mut other,
        _ => &mut newcomer,
    };
    for number in 0..3 {
        let text = format!("\"{}\"", "y".repeat(number * 400));
        commit(next, &put("\"c\"", &text)).unwrap();
        let expected = with(&found, "\"c\"", &text);
        assert_eq!(items(next).unwrap(), expected);
        assert_eq!(items(&mut reader).unwrap(), expected);
        let mut opened = open(&disk.new_process()).unwrap();
        assert_eq!(items(&mut opened).unwrap(), expected);
    }
}

#[test]
fn a_commit_whose_room_alone_fails_is_not_cut_off_again() {
    // Readers may have seen it, and whoever was told of a commit must never read an older one.
    let mut complete = 0;
    for seed in 0..100 {
        let (disk, process, mut store) = padded_store(seed);
        let mut reader = open(&disk.new_process()).unwrap();
        let length = disk.contents(&data_path()).len() as u64;
        let start = before_room(disk.contents(&data_path())).len();
        process.take_operations();
        // The lines fit before the failure or do not. A second write would fail too.
        process.fail_writes(2);
        let committed = commit(
            &mut store,
            &put("\"b\"", &format!("\"{}\"", "x".repeat(250))),
        );
        process.heal();
        let done = process.take_operations();
        let of_data = |operation: &&Operation| match operation {
            Operation::Write { path, .. } | Operation::Truncate(path, _) => *path == data_path(),
            _ => false,
        };
        let done: Vec<&Operation> = done.iter().filter(of_data).collect();
        let Operation::Write { length: first, .. } = done[0] else {
            panic!("{done:?}");
        };
        let after = before_room(disk.contents(&data_path())).len();
        if committed.is_err() {
            assert_eq!(after, start);
            continue;
        }
        complete += 1;
        assert!(start + first >= after && length < after as u64);
        assert!(
            matches!(done[1..], [Operation::Truncate(_, left)] if *left == after as u64),
            "{done:?}"
        );
        assert_eq!(items(&mut reader).unwrap().len(), 2);
    }
    assert!((5..95).contains(&complete), "{complete}");
}

#[test]
fn a_store_whose_anchor_the_system_dropped_after_a_failed_sync_is_reopened() {
    // Where the last commit was in memory, readers then find the spaces that are on disk.
    let mut dropped = 0;
    for seed in 0..200 {
        let (disk, process, mut store) = padded_store(seed);
        let held = items(&mut store).unwrap();
        let another = disk.new_process();
        let mut other = open_with_room(&another, ROOM, 1).unwrap();
        // Its descriptor vouches for the file, so that later turns check less.
        drop(other.begin_turn().unwrap().unwrap());
        sync(&mut other).unwrap();
        let valid = before_room(disk.contents(&data_path()));
        commit(&mut store, &put("\"a\"", "2")).unwrap();
        assert_eq!(items(&mut other).unwrap()["\"a\""], "2");
        drop(other.begin_turn().unwrap().unwrap());
        // The one that wrote the commit knows of the failure, or it does not yet.
        let failed = match seed % 2 {
            0 => {
                process.fail_next_sync();
                sync(&mut store)
            }
            _ => {
                another.fail_next_sync();
                sync(&mut other)
            }
        };
        assert!(matches!(failed, Err(Error::SyncFailed { .. })));
        disk.drop_lost(&data_path());
        let is_lost = before_room(disk.contents(&data_path())) == valid;
        dropped += usize::from(is_lost);
        for store in [&mut other, &mut store] {
            match store.begin_turn() {
                Ok(turn) => {
                    drop(turn);
                    assert!(!is_lost, "a commit would follow on a lost one");
                }
                Err(Error::Disowned) => {}
                Err(error) => assert!(error.needs_reopening(), "{error}"),
            }
        }
        let mut opened = open(&disk.new_process()).unwrap();
        let found = items(&mut opened).unwrap();
        let expected = if is_lost { "1" } else { &found["\"a\""] };
        assert_eq!(found, with(&held, "\"a\"", expected));
        commit(&mut opened, &put("\"a\"", "3")).unwrap();
    }
    assert!(dropped > 5, "{dropped}");
}
