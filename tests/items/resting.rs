//! Stores that rest: they close their files, and open the same ones again; anything else makes them reopen.

use crate::support::compaction;
use crate::support::items::{commit, items, put, removal, sync, value};
use crate::support::sample::{FOLDER, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::disk::{LockMode, RealDisk};
use persist_lock::lease::Name;
use persist_lock::store::Filter;
use persist_lock::{Error, Options, Store};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

fn with_one() -> (SimulatedDisk, Store) {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk.new_process()).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    sync(&mut store).unwrap();
    (disk, store)
}

#[test]
fn a_store_that_rests_goes_on_once_woken() {
    let temporary = tempfile::tempdir().unwrap();
    let mut store = Store::open(Arc::new(RealDisk), temporary.path(), Options::default()).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    assert!(store.rest());
    assert!(store.is_resting());
    assert!(!store.rest(), "it rests already");
    assert!(store.begin_turn().is_err(), "it must be woken first");
    store.wake().unwrap();
    commit(&mut store, &put("\"b\"", "2")).unwrap();
    assert_eq!(items(&mut store).unwrap().len(), 2);
}

#[test]
fn commits_of_others_are_found_after_waking() {
    let (disk, mut store) = with_one();
    assert!(store.rest());
    let mut other = open(&disk.new_process()).unwrap();
    commit(&mut other, &put("\"b\"", "2")).unwrap();
    commit(&mut other, &removal("\"a\"")).unwrap();
    store.wake().unwrap();
    assert_eq!(items(&mut store).unwrap(), items(&mut other).unwrap());
    assert_eq!(value(&mut store, "\"b\"").unwrap().as_deref(), Some("2"));
}

#[test]
fn a_rewritten_or_deleted_store_must_be_reopened() {
    let (disk, mut store) = with_one();
    assert!(store.rest());
    assert!(compaction::run(&disk).unwrap());
    assert!(matches!(store.wake(), Err(Error::Superseded)));
    assert!(store.is_resting(), "it rests on");
    drop(store);
    let mut store = open(&disk.new_process()).unwrap();
    assert!(store.rest());
    disk.remove(&Path::new(FOLDER).join("writer.lock"));
    assert!(matches!(store.wake(), Err(Error::Superseded)));
    // Another file has the name.
    open(&disk.new_process()).unwrap();
    assert!(matches!(store.wake(), Err(Error::Superseded)));
}

#[test]
fn an_error_of_waking_leaves_the_store_at_rest_and_the_next_attempt_succeeds() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let process = disk.new_process();
    let mut store = open(&process).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let mut failures = 0;
    loop {
        assert!(store.rest());
        process.fail_after(failures, 1, ErrorKind::Other);
        match store.wake() {
            Err(Error::Io { .. }) => failures += 1,
            woken => break woken.unwrap(),
        }
        assert!(store.is_resting());
        store.wake().unwrap();
        assert_eq!(items(&mut store).unwrap().len(), 1);
    }
    assert!(failures > 3, "it has more operations than {failures}");
}

#[test]
fn a_lease_outlasts_rests_and_a_reopening_after_one() {
    let (disk, mut store) = with_one();
    let key = Name::of("\"a\"");
    let mut turn = store.begin_turn().unwrap().unwrap();
    let mut leases = turn.leases().unwrap();
    assert!(leases.take(&key, LockMode::Exclusive, false).unwrap());
    leases
        .lease(std::slice::from_ref(&key), LockMode::Exclusive, 1)
        .unwrap();
    turn.end().unwrap();
    let mut other = open(&disk.new_process()).unwrap();
    let mut is_free = || {
        let mut turn = other.begin_turn().unwrap().unwrap();
        turn.leases()
            .unwrap()
            .take(&key, LockMode::Exclusive, false)
            .unwrap()
    };
    assert!(store.rest());
    assert!(!is_free());
    store.wake().unwrap();
    assert!(!is_free());
    assert!(store.rest());
    let mut again = open(&disk.new_process()).unwrap();
    again.inherit(&mut store);
    drop(store);
    assert!(!is_free());
    again.let_go(&key, 1).unwrap();
    assert!(is_free());
}

#[test]
fn a_woken_store_is_a_newcomer() {
    // A process may have failed to sync what it wrote while the descriptor was closed.
    let (disk, mut store) = with_one();
    assert!(store.rest());
    let mut other = open(&disk.new_process()).unwrap();
    commit(&mut other, &put("\"b\"", "2")).unwrap();
    disk.take_operations();
    store.wake().unwrap();
    // A sync without a turn teaches nothing.
    store.look().unwrap();
    sync(&mut store).unwrap();
    assert!(
        store.pending_sync().is_some(),
        "the descriptor has not vouched"
    );
    let sync = store.pending_sync_of_calls().unwrap().unwrap();
    sync.run().unwrap();
    store.synced(&sync, &Ok(()));
    assert!(store.pending_sync().is_none());
}

#[test]
fn a_store_in_use_does_not_rest() {
    let (_, mut store) = with_one();
    let turn = store.begin_turn().unwrap().unwrap().pause();
    assert!(!store.rest(), "it has the writer lock");
    store.resume(turn).unwrap().end().unwrap();
    let listing = store.listing(0);
    assert!(!store.rest(), "a listing reads its file");
    drop(listing);
    commit(&mut store, &put("\"a\"", "2")).unwrap();
    let pending = store.pending_sync().unwrap();
    assert!(!store.rest(), "a sync of its file is under way");
    pending.run().unwrap();
    drop(pending);
    store.watch(Filter::key("\"a\"".to_string()), None).unwrap();
    assert!(!store.rest(), "a watcher reads its file");
}
