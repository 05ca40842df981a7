//! A repair, and stores of several data files for it.

use super::compaction;
use super::items::{Items, claim, commit, items, put, removal, sync};
use super::sample::{FOLDER, data_file, open};
use super::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{Progress, Repaired, repair};
use persist_lock::{Options, Result};
use std::path::Path;

/// Repairs the store of a disk, as another process.
pub fn repair_store(disk: &SimulatedDisk) -> Result<Repaired> {
    let process = disk.new_process().shared();
    let (options, progress) = (Options::default(), Progress::default());
    repair(&process, Path::new("/"), options, &progress)
}

/// Makes a disk with data files, given by their numbers.
pub fn disk_of(data: &[(usize, &[u8])]) -> SimulatedDisk {
    let disk = SimulatedDisk::new(0, SECTOR);
    let folder = disk.shared();
    folder.create_folder(Path::new(FOLDER), 0o700).unwrap();
    folder.sync_folder(Path::new("/")).unwrap();
    let folder = folder.folder(Path::new(FOLDER)).unwrap();
    for (number, bytes) in data {
        let name = format!("data.{number}.jsonl");
        folder.create_complete(&name, bytes, 0o600).unwrap();
    }
    disk
}

/// Reads the items of a disk.
pub fn found(disk: &SimulatedDisk) -> Items {
    items(&mut open(&disk.new_process()).unwrap()).unwrap()
}

/// A file of commits, its successor after a compaction and further commits, and the items of both.
pub struct Two {
    pub first: Vec<u8>,
    pub second: Vec<u8>,
    /// The end of the second file's checkpoint.
    pub head: usize,
    pub before: Items,
    pub after: Items,
}

/// Makes the two files.
pub fn two() -> Two {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for lines in [
        put("\"a\"", "1") + &put("\"b\"", "1") + &put("\"e\"", "1"),
        put("\"c\"", "1"),
        removal("\"b\"") + &put("\"a\"", "2"),
    ] {
        commit(&mut store, &lines).unwrap();
        sync(&mut store).unwrap();
    }
    claim(&mut store).unwrap();
    let first = disk.contents(&data_file(1));
    let before = items(&mut store).unwrap();
    compaction::run(&disk).unwrap();
    let head = disk.contents(&data_file(2)).len();
    for lines in [put("\"a\"", "3") + &put("\"d\"", "3"), removal("\"c\"")] {
        commit(&mut store, &lines).unwrap();
        sync(&mut store).unwrap();
    }
    claim(&mut store).unwrap();
    Two {
        first,
        second: disk.contents(&data_file(2)),
        head,
        before,
        after: items(&mut store).unwrap(),
    }
}
