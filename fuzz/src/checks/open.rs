//! A store that is opened on any bytes holds what its whole commits have led to, or says that it is damaged; and it goes on
//! from there.

use super::disks::{contents, data_path, goes_on, is_refused, live, open};
use super::mending;
use super::reference::{self, Standing};
use crate::support::sample::{disk_with, kept_aside};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::Store;

/// Takes the input as a data file.
pub fn check(input: &[u8]) {
    for bytes in mending::forms(input) {
        check_file(&bytes);
    }
}

fn check_file(bytes: &[u8]) {
    let disk = disk_with(bytes);
    match open(&disk) {
        Err(error) => is_refused(&error, &disk, bytes),
        Ok(mut store) => {
            let standing = reference::standing(bytes).expect("it begins with nothing whole");
            check_store(&disk, &mut store, bytes, &standing);
        }
    }
}

fn check_store(disk: &SimulatedDisk, store: &mut Store, bytes: &[u8], standing: &Standing) {
    assert_eq!(store.newest_commit(), standing.commit);
    let held = live(&standing.items);
    assert_eq!(contents(store), held);
    assert_eq!(
        disk.contents(&data_path(1)),
        bytes,
        "reading changes nothing"
    );

    assert!(store.begin_turn().unwrap());
    store.end_turn().unwrap();
    let (stands, cut) = bytes.split_at(standing.end);
    assert_eq!(disk.contents(&data_path(1)), stands);
    for (_, kept) in kept_aside(disk) {
        assert_eq!(kept, cut);
    }
    goes_on(disk, store, &held);
    assert!(disk.contents(&data_path(1)).starts_with(stands));
}
