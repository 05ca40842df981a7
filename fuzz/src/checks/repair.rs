//! A repair of any bytes keeps every whole commit, sets all else aside, and leaves a file that is whole.

use super::disks::{contents, data_path, goes_on, live, open};
use super::mending;
use super::reference::{self, Whole};
use crate::support::sample::{FOLDER, disk_with};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::log::{Salvage, salvage};
use persist_lock::store::{Progress, Repaired, repair, verify};
use persist_lock::{Error, Options, Result};
use std::path::Path;
use std::time::Duration;

/// Takes the input as a data file.
pub fn check(input: &[u8]) {
    for bytes in mending::forms(input) {
        check_file(&bytes);
    }
}

fn check_file(bytes: &[u8]) {
    let disk = disk_with(bytes);
    let file = disk.open(&data_path(1)).unwrap();
    let found = salvage(&*file, &|_| {}).unwrap();
    check_stretches(&found, bytes.len() as u64);
    match run(&disk) {
        Err(Error::UnknownVersion { .. }) => assert_eq!(disk.contents(&data_path(1)), bytes),
        Err(error) => panic!("{error}"),
        Ok(repaired) if repaired.repaired => check_repaired(&disk, bytes, &found, &repaired),
        Ok(_) => check_left(&disk, bytes),
    }
}

fn run(disk: &SimulatedDisk) -> Result<Repaired> {
    let progress = Progress::default();
    repair(
        &disk.shared(),
        Path::new("/"),
        Options::default(),
        &progress,
    )
}

/// What is whole and what is damaged are all of the file, and have nothing in common.
fn check_stretches(found: &Salvage, length: u64) {
    let damaged = found.damaged.iter();
    let mut stretches: Vec<(u64, u64)> = damaged
        .map(|damage| (damage.offset, damage.offset + damage.bytes))
        .chain(found.whole.iter().map(|whole| (whole.start, whole.end)))
        .collect();
    stretches.sort_unstable();
    let end = stretches.iter().fold(0, |end, stretch| {
        assert_eq!(stretch.0, end, "{found:?}");
        assert!(stretch.1 > end, "{found:?}");
        stretch.1
    });
    assert_eq!(end, length, "{found:?}");
}

fn check_repaired(disk: &SimulatedDisk, bytes: &[u8], found: &Salvage, repaired: &Repaired) {
    let Whole { items, commits } = reference::whole(bytes);
    assert_eq!(repaired.commits, commits);
    assert_eq!(repaired.items, items.len() as u64);
    assert_eq!(repaired.wrote, Some(data_path(2)));

    let aside: Vec<u8> = found
        .damaged
        .iter()
        .flat_map(|damage| &bytes[damage.offset as usize..][..damage.bytes as usize])
        .copied()
        .collect();
    let path = Path::new(FOLDER).join("damaged.1.jsonl");
    match &repaired.aside {
        Some(found) => assert_eq!((found, disk.contents(&path)), (&path, aside)),
        None => assert!(aside.is_empty()),
    }
    let own = [
        "compact.lock",
        "damaged.1.jsonl",
        "data.2.jsonl",
        "writer.lock",
    ];
    let names = disk.names(Path::new(FOLDER));
    assert!(
        names.iter().all(|name| own.contains(&name.as_str())),
        "{names:?}"
    );

    is_whole(disk);
    assert!(!run(disk).unwrap().repaired);
    let mut store = open(disk).unwrap();
    assert!(store.newest_commit() > found.newest);
    let held = live(&items);
    assert_eq!(contents(&mut store), held);
    goes_on(disk, &mut store, &held);
}

/// A file that is whole, but for an end that a crash tore, which the next writer cuts off.
fn check_left(disk: &SimulatedDisk, bytes: &[u8]) {
    assert_eq!(disk.contents(&data_path(1)), bytes);
    let standing = reference::standing(bytes).expect("it begins with nothing whole");
    let mut store = open(disk).unwrap();
    assert!(store.begin_turn().unwrap());
    store.end_turn().unwrap();
    is_whole(disk);
    goes_on(disk, &mut store, &live(&standing.items));
}

/// Verification of a file that is whole does not pause, as it does to look twice at any other.
fn is_whole(disk: &SimulatedDisk) {
    let report = verify(disk, Path::new("/"), Duration::ZERO, &Progress::default()).unwrap();
    assert!(report.damaged.is_empty() && report.torn == 0, "{report:?}");
}
