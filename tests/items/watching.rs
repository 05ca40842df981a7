//! Watchers are told the changes of their keys, wherever they and the head are. Each reads the records
//! that concern it, and not those of others.

use crate::support::compaction::run;
use crate::support::items::{commit, put};
use crate::support::sample::open;
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::Store;
use persist_lock::store::{Filter, Passed, Told};

/// Number of watchers.
const COUNT: usize = 2000;

/// The most bytes that a watcher may read: one step of a reader.
const STEP: usize = 4 << 10;

fn key(at: usize) -> String {
    format!("\"key {at}\"")
}

/// Reads all new commits. Returns the watchers that they concern.
fn pass(store: &mut Store) -> Vec<u32> {
    let mut woken = Vec::new();
    while store.pass_watched(&mut woken).unwrap() != Passed::All {}
    woken
}

/// Takes the changes of a watcher, until it is at the head.
fn take(store: &mut Store, id: u32) -> Vec<(String, u64)> {
    let mut changes = Vec::new();
    loop {
        let told = store.tell_watched(id, &mut |change| {
            let key = String::from_utf8_lossy(change.item.key).to_string();
            changes.push((key, change.commit));
            true
        });
        match told.unwrap() {
            Told::Some => {}
            Told::All => return changes,
            told => panic!("{told:?}"),
        }
    }
}

#[test]
fn watchers_of_keys_that_are_set_together_read_their_own_records_only() {
    // All items in one commit, and each in its own.
    for items in [COUNT, 1] {
        let disk = SimulatedDisk::new(0, SECTOR);
        let mut store = open(&disk).unwrap();
        let ids: Vec<u32> = (0..COUNT)
            .map(|at| store.watch(Filter::key(key(at)), None).unwrap())
            .collect();
        let lines: Vec<String> = (0..COUNT).map(|at| put(&key(at), "1")).collect();
        for lines in lines.chunks(items) {
            commit(&mut store, &lines.concat()).unwrap();
        }
        assert_eq!(pass(&mut store), ids);
        disk.take_bytes_read();
        for (at, &id) in ids.iter().enumerate() {
            let number = at / items + 1;
            assert_eq!(take(&mut store, id), [(key(at), number as u64)]);
        }
        let bytes = disk.take_bytes_read();
        assert!(
            bytes <= COUNT * STEP,
            "{bytes} bytes, {items} items a commit"
        );
        // Each of them is found again.
        for at in [0, COUNT / 2, COUNT - 1] {
            commit(&mut store, &put(&key(at), "2")).unwrap();
            assert_eq!(pass(&mut store), [ids[at]]);
            assert_eq!(take(&mut store, ids[at]).len(), 1);
        }
    }
}

#[test]
fn watchers_of_the_same_key_read_up_to_its_last_record_from_wherever_they_are() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let slow = store.watch(Filter::key(key(1)), None).unwrap();
    let quick = store.watch(Filter::key(key(1)), None).unwrap();
    let set = |store: &mut Store, keys: &[usize]| {
        let lines: Vec<String> = keys.iter().map(|&at| put(&key(at), "1")).collect();
        commit(store, &lines.concat()).unwrap();
        pass(store)
    };
    assert_eq!(set(&mut store, &[1, 2]), [slow, quick]);
    assert_eq!(take(&mut store, quick), [(key(1), 1)]);
    assert_eq!(set(&mut store, &[2, 1, 3]), [quick]);
    assert!(set(&mut store, &[3]).is_empty());
    // The head has read the commit, and knows no change of the key for a watcher that begins later.
    let late = store.watch(Filter::key(key(3)), Some(1)).unwrap();
    let again = store.watch(Filter::key(key(1)), Some(1)).unwrap();
    assert_eq!(take(&mut store, late), [(key(3), 2), (key(3), 3)]);
    assert_eq!(take(&mut store, again), [(key(1), 2)]);
    assert_eq!(take(&mut store, quick), [(key(1), 2)]);
    assert_eq!(take(&mut store, slow), [(key(1), 1), (key(1), 2)]);
    let all = [slow, quick, again];
    assert_eq!(set(&mut store, &[1]), all);
    assert!(
        all.map(|id| take(&mut store, id))
            .iter()
            .all(|told| *told == [(key(1), 4)])
    );
}

#[test]
fn a_watcher_in_a_file_that_the_head_has_left_out_reads_all_of_it() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let set = |store: &mut Store, at| commit(store, &put(&key(at), "1")).unwrap();
    let left = store.watch(Filter::key(key(1)), None).unwrap();
    set(&mut store, 1);
    run(&disk).unwrap();
    set(&mut store, 1);
    let watcher = store.watch(Filter::key(key(1)), Some(1)).unwrap();
    set(&mut store, 1);
    run(&disk).unwrap();
    set(&mut store, 2);
    pass(&mut store);
    assert_eq!(take(&mut store, watcher), [(key(1), 2), (key(1), 3)]);
    assert_eq!(take(&mut store, left).len(), 1);
}

#[test]
fn a_watcher_that_begins_while_the_head_is_inside_a_commit_is_told_all_of_it() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    store.watch(Filter::key(key(9)), None).unwrap();
    let value = format!("\"{}\"", "x".repeat(100_000));
    let lines: Vec<String> = (0..9).map(|at| put(&key(at), &value)).collect();
    commit(&mut store, &lines.concat()).unwrap();
    assert_eq!(store.pass_watched(&mut Vec::new()).unwrap(), Passed::Some);
    let watcher = store.watch(Filter::key(key(0)), Some(0)).unwrap();
    let told = store.tell_watched(watcher, &mut |_| panic!("the commit may be damaged"));
    assert_eq!(told.unwrap(), Told::NeedsHead);
    pass(&mut store);
    assert_eq!(take(&mut store, watcher), [(key(0), 1)]);
}
