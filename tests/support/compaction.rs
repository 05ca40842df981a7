//! Compactions in a separate process, and the files that they leave.

use super::items::{Items, commit, items, put, removal, sync};
use super::sample::{FOLDER, open};
use super::simulated_disk::SimulatedDisk;
use persist_lock::store::{Compaction, Progress, Relocation, Report, Source, compact, verify};
use persist_lock::{Options, Result, Store};
use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

/// Begins one, to be done step by step.
pub fn begin(disk: &SimulatedDisk) -> Compaction {
    let begun = Compaction::begin(disk.shared(), Path::new("/"), Options::default(), false);
    begun.unwrap().expect("nobody else compacts")
}

/// Begins one beside an instance of the same process, whose items it takes.
pub fn begin_beside(disk: &SimulatedDisk, source: Option<Source>) -> Result<Option<Compaction>> {
    let source = RefCell::new(source);
    let (dir, options) = (Path::new("/"), Options::default());
    Compaction::begin_beside(disk.shared(), dir, options, false, &|| source.take())
}

/// Compacts in a separate process.
pub fn run(disk: &SimulatedDisk) -> Result<bool> {
    let process = disk.new_process().shared();
    let progress = Progress::default();
    compact(
        &process,
        Path::new("/"),
        Options::default(),
        false,
        &progress,
    )
}

/// Relocates a store's entries as a thread would; tells whether it had to read the newest file for it and could.
pub fn relocate(store: &mut Store, relocation: &Relocation) -> bool {
    let generation = relocation.generation();
    let relocated = relocation.run(&mut |copies| store.relocate(generation, copies));
    if relocated.is_ok() {
        store.end_relocation(generation);
    }
    relocated.is_ok()
}

/// Verifies a store, which must be undamaged.
pub fn whole(disk: &SimulatedDisk) -> Report {
    let report = verify(disk, Path::new("/"), Duration::ZERO, &Progress::default()).unwrap();
    assert_eq!((report.damaged.as_slice(), report.torn), (&[][..], 0));
    report
}

/// Lists the store's files except for its locks.
pub fn files(disk: &SimulatedDisk) -> Vec<String> {
    let mut names = disk.names(Path::new(FOLDER));
    names.retain(|name| !name.ends_with(".lock"));
    names
}

/// A store with some items, most of its file dead.
pub fn worn(disk: &SimulatedDisk) -> (Store, Items) {
    let mut store = open(disk).unwrap();
    for round in 0..40 {
        let lines: String = (0..5)
            .map(|key| put(&format!("\"{key}\""), &format!("\"value {round}\"")))
            .collect();
        commit(&mut store, &lines).unwrap();
    }
    commit(&mut store, &(removal("\"3\"") + &put("\"odd\\n\"", "[1]"))).unwrap();
    sync(&mut store).unwrap();
    let held = items(&mut store).unwrap();
    (store, held)
}
