//! Padded files: the room after the last commit is no data and no damage, for everyone who reads
//! the file.

use crate::support::compaction::{self, begin_beside, whole};
use crate::support::items::{claim, commit, items, put, sync};
use crate::support::random::Random;
use crate::support::repair::repair_store;
use crate::support::sample::{
    Claims, Sample, before_room, data_file, data_path, disk_with, goes_on, kept_aside, open, padded,
};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::store::{Progress, stat};
use persist_lock::{Options, Room, Store};
use std::path::Path;

/// Lengths of rooms: less than a sector, about a page of 4 KB and of 64 KB, and of several reads.
const ROOMS: [usize; 9] = [1, 8, 511, 4095, 4096, 65_535, 65_536, 70_000, 300_000];

const READ_ONLY: Options = Options {
    mode: 0o600,
    lock_timeout: None,
    read_only: true,
    room: Room::None,
};

fn open_to_read(disk: &SimulatedDisk) -> Store {
    Store::open(disk.shared(), Path::new("/"), READ_ONLY).unwrap()
}

#[test]
fn a_padded_file_has_the_items_of_its_commits() {
    for claims in [Claims::All, Claims::AllButTheLast] {
        let sample = Sample::new(claims);
        for room in ROOMS {
            let disk = disk_with(&padded(&sample.bytes, room));
            assert_eq!(items(&mut open_to_read(&disk)).unwrap(), sample.states[5]);
            let mut store = open(&disk).unwrap();
            assert_eq!(items(&mut store).unwrap(), sample.states[5]);
            goes_on(&disk, &mut store, &sample.states[5], &sample.bytes);
            assert_eq!(store.cuts().count, 0, "a room of {room} is no cut");
            assert_eq!(kept_aside(&disk), []);
        }
    }
}

#[test]
fn zeros_among_the_spaces_of_a_room_are_dropped_silently() {
    // A power cut leaves them where the file was lengthened and its sectors were not written.
    let sample = Sample::new(Claims::AllButTheLast);
    let mut random = Random::new(0);
    for room in [1, 8, 600, 5000, 70_000] {
        for zeros in [1, 2, 8] {
            let mut bytes = padded(&sample.bytes, room);
            for byte in &mut bytes[sample.bytes.len()..] {
                if random.chance(zeros, 8) {
                    *byte = 0;
                }
            }
            let disk = disk_with(&bytes);
            assert_eq!(items(&mut open_to_read(&disk)).unwrap(), sample.states[5]);
            whole(&disk);
            let mut store = open(&disk).unwrap();
            assert_eq!(items(&mut store).unwrap(), sample.states[5]);
            goes_on(&disk, &mut store, &sample.states[5], &sample.bytes);
            assert_eq!(store.cuts().count, 0);
            assert_eq!(kept_aside(&disk), []);
            assert!(!disk.contents(&data_path()).contains(&0));
        }
    }
}

#[test]
fn verify_and_stat_report_the_length_of_the_log() {
    let sample = Sample::new(Claims::AllButTheLast);
    for room in ROOMS {
        let disk = disk_with(&padded(&sample.bytes, room));
        let report = whole(&disk);
        assert_eq!(report.bytes, sample.bytes.len() as u64);
        assert_eq!(
            (report.commits, report.items),
            (5, sample.states[5].len() as u64)
        );
        let stat = stat(disk.shared(), Path::new("/"), 0).unwrap();
        assert_eq!(stat.bytes, sample.bytes.len() as u64);
        assert_eq!(stat.items, sample.states[5].len() as u64);
    }
}

#[test]
fn a_torn_tail_is_reported_without_the_room_after_it() {
    let sample = Sample::new(Claims::AllButTheLast);
    let torn = &sample.bytes[..sample.last_commit_line()];
    for room in ROOMS {
        let disk = disk_with(&padded(torn, room));
        let report = persist_lock::store::verify(
            &disk,
            Path::new("/"),
            std::time::Duration::ZERO,
            &Progress::default(),
        );
        let report = report.unwrap();
        assert_eq!(report.damaged, []);
        assert_eq!(report.torn, (torn.len() - sample.ends[4]) as u64);
    }
}

#[test]
fn a_padded_file_needs_no_repair() {
    let sample = Sample::new(Claims::AllButTheLast);
    for room in ROOMS {
        let disk = disk_with(&padded(&sample.bytes, room));
        let repaired = repair_store(&disk).unwrap();
        assert!(!repaired.repaired && repaired.aside.is_none());
        assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), sample.states[5]);
    }
}

#[test]
fn a_repair_sets_no_room_aside() {
    let sample = Sample::new(Claims::All);
    let mut bytes = sample.bytes.clone();
    bytes[sample.ends[2]] = b'#';
    for room in ROOMS {
        let disk = disk_with(&padded(&bytes, room));
        let repaired = repair_store(&disk).unwrap();
        assert!(repaired.repaired);
        assert_eq!(repaired.damaged.len(), 1, "{:?}", repaired.damaged);
        let aside = disk.contents(&repaired.aside.unwrap());
        assert_eq!(aside, bytes[sample.ends[2]..sample.ends[3]]);
    }
}

#[test]
fn a_compaction_and_a_backup_leave_the_room_out() {
    let sample = Sample::new(Claims::AllButTheLast);
    for room in ROOMS {
        for beside in [false, true] {
            let disk = disk_with(&padded(&sample.bytes, room));
            let mut store = open(&disk).unwrap();
            let backup = Path::new("/backup.jsonl");
            store.backup().write(backup, &Progress::default()).unwrap();
            let source = beside.then(|| store.compaction_source().unwrap());
            let mut compaction = begin_beside(&disk, source).unwrap().unwrap();
            compaction.copy(&Progress::default()).unwrap();
            compaction.catch_up().unwrap();
            compaction.switch().unwrap();
            for file in [&data_file(2), backup] {
                let bytes = disk.contents(file);
                assert_eq!(before_room(bytes.clone()), bytes);
            }
            // The open store follows from the padded file.
            commit(&mut store, &put("\"next\"", "1")).unwrap();
            assert_eq!(items(&mut store).unwrap().len(), sample.states[5].len() + 1);
            whole(&disk);
        }
    }
}

#[test]
fn open_stores_follow_to_a_padded_file() {
    let disk = SimulatedDisk::new(0, crate::support::simulated_disk::SECTOR);
    let (mut writer, mut held) = compaction::worn(&disk);
    let mut stores = [open(&disk.new_process()).unwrap(), open_to_read(&disk)];
    compaction::run(&disk).unwrap();
    commit(&mut writer, &put("\"next\"", "1")).unwrap();
    sync(&mut writer).unwrap();
    claim(&mut writer).unwrap();
    held.insert("\"next\"".to_string(), "1".to_string());
    let bytes = before_room(disk.contents(&data_file(2)));
    // The room is longer than the piece of the file that is searched at once for its checkpoint.
    disk.damage(&data_file(2), &padded(&bytes, 200_000));
    for store in &mut stores {
        assert_eq!(items(store).unwrap(), held);
    }
    let [mut store, mut reader] = stores;
    commit(&mut store, &put("\"next\"", "2")).unwrap();
    assert_eq!(items(&mut reader).unwrap(), items(&mut store).unwrap());
    assert_eq!(items(&mut writer).unwrap(), items(&mut store).unwrap());
    whole(&disk);
}

#[test]
fn readers_notice_commits_that_do_not_change_the_length() {
    let sample = Sample::new(Claims::AllButTheLast);
    let length = sample.bytes.len() + 100;
    let with = |commits: usize| {
        let bytes = &sample.bytes[..sample.ends[commits]];
        padded(bytes, length - bytes.len())
    };
    let disk = disk_with(&with(1));
    let mut readers = [open(&disk.new_process()).unwrap(), open_to_read(&disk)];
    for commits in 1..=5 {
        disk.damage(&data_path(), &with(commits));
        for reader in &mut readers {
            let changes = reader.changes();
            assert_eq!(items(reader).unwrap(), sample.states[commits]);
            assert_eq!(reader.changes() != changes, commits > 1);
        }
    }
}

#[test]
fn readers_notice_the_rest_of_a_commit_that_they_took_for_a_torn_tail() {
    // A long commit is half written when they look, and its file has a room of more than its length.
    let long = put("\"long\"", &format!("\"{}\"", "x".repeat(200_000)));
    let disk = disk_with(&Sample::new(Claims::All).bytes);
    let mut writer = open(&disk).unwrap();
    let begin = before_room(disk.contents(&data_path())).len();
    commit(&mut writer, &long).unwrap();
    let bytes = before_room(disk.contents(&data_path()));
    drop(writer);
    for room in [0, 4096, 100_000] {
        let with = |written: usize| padded(&bytes[..written], bytes.len() + room - written);
        disk.damage(&data_path(), &with(begin));
        let mut readers = [open(&disk.new_process()).unwrap(), open_to_read(&disk)];
        for written in [begin + 70_000, begin + 150_000, bytes.len() - 1] {
            disk.damage(&data_path(), &with(written));
            for reader in &mut readers {
                reader.look().unwrap();
                assert!(!reader.has(b"\"long\"", 0));
            }
        }
        disk.damage(&data_path(), &with(bytes.len()));
        for reader in &mut readers {
            reader.look().unwrap();
            assert!(reader.has(b"\"long\"", 0), "with a room of {room}");
        }
    }
}
