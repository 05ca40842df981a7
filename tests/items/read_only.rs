//! Read-only stores: nothing is created, changed or locked, and commits of others are seen as usual.

use crate::support::compaction;
use crate::support::items::{commit, items, put, put_until, sync, value};
use crate::support::sample::{Claims, Sample, data_path, disk_with, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::disk::{Disk, RealDisk};
use persist_lock::store::{DOUBTED_FOR, Progress, stat};
use persist_lock::{Error, Options, Result, Room, Store};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const READ_ONLY: Options = Options {
    mode: 0o600,
    lock_timeout: None,
    read_only: true,
    room: Room::None,
};

fn open_to_read(disk: &SimulatedDisk) -> Result<Store> {
    Store::open(disk.shared(), Path::new("/"), READ_ONLY)
}

#[test]
fn a_reader_changes_nothing_and_sees_the_commits_of_others() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut writer = open(&disk).unwrap();
    commit(&mut writer, &put("\"a\"", "1")).unwrap();
    let process = disk.new_process();
    let mut reader = open_to_read(&process).unwrap();
    for round in 0..4 {
        commit(&mut writer, &put("\"a\"", &round.to_string())).unwrap();
        assert_eq!(
            value(&mut reader, "\"a\"").unwrap().unwrap(),
            round.to_string()
        );
        compaction::run(&disk).unwrap();
        assert_eq!(items(&mut reader).unwrap(), items(&mut writer).unwrap());
        let relocation = reader.relocation().unwrap();
        assert!(compaction::relocate(&mut reader, &relocation));
        assert_eq!(reader.count(0), 1);
    }
    assert!(matches!(reader.begin_turn(), Err(Error::ReadOnly { .. })));
    assert!(reader.lock().is_err() && reader.leases().is_err());
    drop(reader);
    assert_eq!(process.take_operations(), []);
}

#[test]
fn a_reader_does_not_create_a_missing_store() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let error = open_to_read(&disk).unwrap_err();
    assert!(matches!(error, Error::NoStore { .. }), "{error}");
    assert_eq!(disk.take_operations(), []);
    let dir = tempfile::tempdir().unwrap();
    let open = || Store::open(Arc::new(RealDisk), dir.path(), READ_ONLY);
    let not_there = |error: Error| matches!(error, Error::NoStore { .. });
    assert!(not_there(open().unwrap_err()));
    fs::create_dir(dir.path().join(".persist-lock")).unwrap();
    assert!(not_there(open().unwrap_err()));
}

#[test]
fn a_reader_ignores_a_torn_tail_and_leaves_it() {
    let sample = Sample::new(Claims::AllButTheLast);
    for length in sample.ends[4] + 1..sample.ends[5] {
        let disk = disk_with(&sample.bytes[..length]);
        disk.take_operations();
        let mut reader = open_to_read(&disk).unwrap();
        assert_eq!(items(&mut reader).unwrap(), sample.states[4]);
        assert_eq!(disk.take_operations(), []);
    }
}

#[test]
fn a_reader_reports_damage_that_stays() {
    // Without a lock, a write or a cut under way looks like damage for a moment.
    let sample = Sample::new(Claims::All);
    let mut damaged = sample.bytes.clone();
    damaged[sample.ends[3] + 9] ^= 1;
    let disk = disk_with(&damaged);
    assert!(matches!(open_to_read(&disk), Err(Error::Corrupt { .. })));

    let disk = disk_with(&sample.bytes[..sample.ends[3]]);
    let mut reader = open_to_read(&disk).unwrap();
    disk.damage(&data_path(), &damaged);
    let damaged_at = Instant::now();
    assert_eq!(items(&mut reader).unwrap(), sample.states[3], "not at once");
    let error = loop {
        match items(&mut reader) {
            Ok(_) => std::thread::yield_now(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    assert!(
        damaged_at.elapsed() >= DOUBTED_FOR,
        "not before it has stayed"
    );
    disk.damage(&data_path(), &sample.bytes);
    assert_eq!(items(&mut reader).unwrap(), sample.states[5]);
}

#[test]
fn a_backup_opens_as_a_lone_file() {
    let dir = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let mut store = Store::open(disk.clone(), dir.path(), Options::default()).unwrap();
    commit(
        &mut store,
        &(put("\"a\"", "1") + &put_until("\"b\"", "2", 100)),
    )
    .unwrap();
    let file = dir.path().join("backup.jsonl");
    let backup = store.backup();
    // As it was when it was asked for.
    commit(&mut store, &put("\"c\"", "3")).unwrap();
    backup.write(&file, &Progress::default()).unwrap();
    let mut reader = Store::open(disk.clone(), &file, READ_ONLY).unwrap();
    assert_eq!(items(&mut reader).unwrap().len(), 2);
    let found = stat(disk.clone(), &file, 100).unwrap();
    assert_eq!((found.items, found.expired), (1, 1));
    // Another takes its place while it is open.
    let again = store.backup();
    again.write(&file, &Progress::default()).unwrap();
    assert!(matches!(reader.look(), Err(Error::Superseded)));
    assert_eq!(
        Store::open(disk.clone(), &file, READ_ONLY)
            .unwrap()
            .count(0),
        3
    );
    // To write to, it is put into a folder.
    assert!(matches!(
        Store::open(disk.clone(), &file, Options::default()),
        Err(Error::InvalidDir { .. })
    ));
    let restored = dir.path().join("restored/.persist-lock");
    fs::create_dir_all(&restored).unwrap();
    fs::copy(&file, restored.join("data.1.jsonl")).unwrap();
    let mut store = Store::open(disk, restored.parent().unwrap(), Options::default()).unwrap();
    assert_eq!(items(&mut store).unwrap().len(), 3);
    commit(&mut store, &put("\"d\"", "4")).unwrap();
    sync(&mut store).unwrap();
    assert_eq!(store.count(0), 4);
}
