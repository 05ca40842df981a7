//! A store opened on any bytes has the items of the valid commits, or reports damage; and it
//! accepts further commits.

use super::corrected;
use super::disks::{check_goes_on, check_refused, contents, data_path, live, open};
use super::reference::{self, Valid};
use crate::support::sample::{disk_with, kept_aside};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::Store;

/// Takes the input as a data file.
pub fn check(input: &[u8]) {
    for bytes in corrected::forms(input) {
        check_file(&bytes);
    }
}

fn check_file(bytes: &[u8]) {
    let disk = disk_with(bytes);
    match open(&disk) {
        Err(error) => check_refused(&error, &disk, bytes),
        Ok(mut store) => {
            let valid = reference::valid(bytes).expect("no valid beginning");
            check_store(&disk, &mut store, bytes, &valid);
        }
    }
}

fn check_store(disk: &SimulatedDisk, store: &mut Store, bytes: &[u8], valid: &Valid) {
    assert_eq!(store.newest_commit(), valid.commit);
    let held = live(&valid.items);
    assert_eq!(contents(store), held);
    assert_eq!(
        disk.contents(&data_path(1)),
        bytes,
        "reading changes nothing"
    );

    let turn = store.begin_turn().unwrap().unwrap();
    turn.end().unwrap();
    let (kept, tail) = bytes.split_at(valid.end);
    // Room stays, and is not kept with a tail.
    let is_room = tail.iter().all(|&byte| byte == b' ');
    let left = if is_room { bytes } else { kept };
    assert_eq!(disk.contents(&data_path(1)), left);
    for (_, aside) in kept_aside(disk) {
        assert_eq!(aside, reference::without_blanks(tail));
    }
    check_goes_on(disk, store, &held);
    assert!(disk.contents(&data_path(1)).starts_with(kept));
}
