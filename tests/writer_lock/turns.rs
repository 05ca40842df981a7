//! A turn ends in every case: afterwards the writer lock and everything taken for the turn are free.

use crate::support::items::{put, value};
use crate::support::leases::{Place, begin_turn, leases, lets_go_beside, name, takes};
use crate::support::machine::Operation;
use crate::support::sample::{FOLDER, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::disk::LockMode::Exclusive;
use persist_lock::{Error, Store};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[test]
fn a_turn_dropped_midway_ends() {
    for place in Place::both() {
        let [mut one, mut other, mut third] = place.open_many();
        // Its file stays, so that the key must be locked when it is taken.
        assert!(leases(&mut one, "a", Exclusive));
        lets_go_beside(&mut third, &mut one, "a");
        other.changes();
        let counted = other.counter();
        let mut turn = begin_turn(&mut one);
        let mut taken = turn.leases().unwrap();
        assert!(taken.take(&name("a"), Exclusive, false).unwrap());
        taken.lease(&[name("b")], Exclusive, 1).unwrap();
        turn.commit(put("\"a\"", "1").into_bytes(), false).unwrap();
        assert!(other.begin_turn().unwrap().is_none());
        drop(turn);
        assert_ne!(other.counter(), counted, "readers are told of the commit");
        assert_eq!(place.files().len(), 1, "the key's file is unlinked");
        assert!(takes(&mut other, "a", Exclusive));
        assert!(!takes(&mut other, "b", Exclusive), "a lease outlasts it");
        assert_eq!(value(&mut other, "\"a\"").unwrap().unwrap(), "1");
    }
}

#[test]
fn a_turn_whose_work_panics_ends() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _turn = begin_turn(&mut one);
            panic!("in the turn");
        }));
        assert!(panicked.is_err());
        assert!(other.begin_turn().unwrap().is_some());
        assert!(one.begin_turn().unwrap().is_some());
    }
}

#[test]
fn a_paused_turn_keeps_the_lock_until_it_is_dropped() {
    for place in Place::both() {
        let [mut one, mut other, mut third] = place.open_many();
        assert!(leases(&mut one, "a", Exclusive));
        lets_go_beside(&mut third, &mut one, "a");
        let mut turn = begin_turn(&mut one);
        let taken = turn.leases().unwrap().take(&name("a"), Exclusive, false);
        assert!(taken.unwrap());
        let paused = turn.pause();
        assert_eq!(value(&mut one, "\"a\"").unwrap(), None, "it can be read");
        assert!(other.begin_turn().unwrap().is_none());
        assert!(one.begin_turn().unwrap().is_none(), "one turn at a time");
        drop(paused);
        assert!(takes(&mut other, "a", Exclusive));
        assert!(one.begin_turn().unwrap().is_some());
    }
}

#[test]
fn a_turn_cannot_be_resumed_by_a_store_that_was_opened_since() {
    for place in Place::both() {
        let mut before = place.open();
        let paused = begin_turn(&mut before).pause();
        let mut store = place.open();
        store.inherit(&mut before);
        drop(before);
        assert!(store.begin_turn().unwrap().is_none(), "the turn goes on");
        let resumed = store.resume(paused);
        assert!(matches!(resumed, Err(Error::NotInTurn)), "{resumed:?}");
        drop(resumed);
        assert!(store.begin_turn().unwrap().is_some(), "it is over");
    }
}

/// Runs a turn that signs the lock file; tells if it wrote there.
fn signs(disk: &SimulatedDisk, store: &mut Store) -> bool {
    disk.take_operations();
    let mut turn = begin_turn(store);
    turn.sign();
    turn.end().unwrap();
    let written = disk.take_operations();
    written
        .iter()
        .any(|done| matches!(done, Operation::Write { offset: 0, .. }))
}

#[test]
fn a_turn_signs_the_lock_unless_its_instance_has_just_done_so() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    assert!(signs(&disk, &mut store));
    assert!(!signs(&disk, &mut store));
    let path = Path::new(FOLDER).join("writer.lock");
    let signed = disk.contents(&path);
    let other = String::from_utf8(signed[..64].to_vec()).unwrap();
    let other = other
        .replacen("\"pid\":", "\"pid\":1", 1)
        .replacen("} ", "}", 1);
    for text in [other.as_bytes(), &[0; 64], b""] {
        let mut bytes = text.to_vec();
        if !text.is_empty() {
            bytes.extend_from_slice(&signed[64..]);
        }
        disk.damage(&path, &bytes);
        assert!(signs(&disk, &mut store), "{text:?}");
        assert!(!signs(&disk, &mut store));
    }
}
