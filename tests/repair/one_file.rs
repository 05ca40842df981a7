//! Verification and repair of one data file: everything intact is kept, the rest is set aside, and
//! no open store goes on from lost commits.

use crate::support::compaction;
use crate::support::items::{Items, claim, commit, items, put, removal, sync, value};
use crate::support::sample::{
    Claims, FOLDER, Sample, data_file, data_path, disk_with, open, padded,
};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::disk::Disk;
use persist_lock::record::{Content, Item, Kind, kind};
use persist_lock::store::{Progress, Repaired, Report, repair, verify};
use persist_lock::{Error, Options, Result, Store};
use std::path::Path;
use std::time::Duration;

fn run(disk: &SimulatedDisk) -> Result<Repaired> {
    let process = disk.new_process().shared();
    repair(
        &process,
        Path::new("/"),
        Options::default(),
        &Progress::default(),
    )
}

fn look(disk: &SimulatedDisk) -> Report {
    verify(disk, Path::new("/"), Duration::ZERO, &Progress::default()).unwrap()
}

/// A stretch of a file that is kept entirely or not at all, and the changes of its lines.
struct Unit {
    start: usize,
    end: usize,
    changes: Vec<(String, Option<String>)>,
}

/// Lists the units of an intact file: pieces of a checkpoint, and commits.
fn units(bytes: &[u8]) -> Vec<Unit> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut units = Vec::new();
    let mut start = None;
    let mut changes = Vec::new();
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match kind(line) {
            Kind::Item => {
                start.get_or_insert(offset);
                let item = Item::parse(line).unwrap();
                let json = match item.content {
                    Content::Value { json, .. } => Some(text(json)),
                    Content::Removed => None,
                };
                changes.push((text(item.key), json));
            }
            Kind::Commit | Kind::Piece => units.push(Unit {
                start: start.take().unwrap_or(offset),
                end: offset + line.len(),
                changes: std::mem::take(&mut changes),
            }),
            _ => {}
        }
        offset += line.len();
    }
    units
}

/// Returns the items of the units without the damaged byte.
fn without(units: &[Unit], at: usize) -> Items {
    let mut items = Items::new();
    for unit in units
        .iter()
        .filter(|unit| !(unit.start..unit.end).contains(&at))
    {
        for (key, value) in &unit.changes {
            match value {
                Some(value) => items.insert(key.clone(), value.clone()),
                None => items.remove(key),
            };
        }
    }
    items
}

#[test]
fn an_undamaged_store_needs_no_repair() {
    for claims in [Claims::All, Claims::AllButTheLast] {
        let sample = Sample::new(claims);
        let disk = disk_with(&sample.bytes);
        let report = look(&disk);
        assert_eq!((report.commits, report.items, report.torn), (5, 4, 0));
        assert_eq!(report.damaged, []);
        let repaired = run(&disk).unwrap();
        assert!(!repaired.repaired && repaired.wrote.is_none());
        assert_eq!(disk.contents(&data_path()), sample.bytes);
    }
}

#[test]
fn a_torn_tail_alone_is_not_repaired() {
    let sample = Sample::new(Claims::AllButTheLast);
    for length in sample.ends[4] + 1..sample.ends[5] {
        let disk = disk_with(&sample.bytes[..length]);
        let report = look(&disk);
        assert_eq!(report.torn, (length - sample.ends[4]) as u64);
        assert_eq!(report.damaged, []);
        assert!(!run(&disk).unwrap().repaired);
        assert_eq!(disk.contents(&data_path()).len(), length);
    }
}

/// Damages each byte of a file in turn: flips it, or makes it a space in a file with room.
/// Undamaged units are kept, and the damaged bytes are set aside.
fn damage_each(name: &str, number: usize, bytes: &[u8], claimed: usize) {
    for at in 0..bytes.len() {
        for (room, byte) in [(0, bytes[at] ^ 1), (20, b' ')] {
            if byte != bytes[at] {
                let mut damaged = padded(bytes, room);
                damaged[at] = byte;
                check_damaged(name, number, bytes, &damaged, at, claimed);
            }
        }
    }
}

fn check_damaged(
    name: &str,
    number: usize,
    bytes: &[u8],
    damaged: &[u8],
    at: usize,
    claimed: usize,
) {
    let units = units(bytes);
    let disk = SimulatedDisk::new(0, SECTOR);
    disk.create_folder(Path::new(FOLDER), 0o700).unwrap();
    disk.create_file(&data_file(number), damaged);
    let report = match verify(&disk, Path::new("/"), Duration::ZERO, &Progress::default()) {
        Err(Error::UnknownVersion { .. }) => {
            assert!(
                run(&disk).is_err(),
                "what it does not know it does not touch"
            );
            return;
        }
        report => report.unwrap(),
    };
    if at >= claimed {
        // It cannot be told from a torn tail, or it is a claim.
        return;
    }
    assert!(!report.damaged.is_empty(), "{name}: damaged at {at}");
    assert!(open(&disk).is_err(), "{name}: damaged at {at}");
    let repaired = run(&disk).unwrap();
    assert!(repaired.repaired);
    assert_eq!(repaired.damaged, report.damaged);
    let covered = |offset: usize| {
        let covers = |damage: &&persist_lock::log::Damage| {
            (damage.offset..damage.offset + damage.bytes).contains(&(offset as u64))
        };
        repaired.damaged.iter().find(covers).is_some()
    };
    assert!(covered(at), "{name}: damaged at {at}");
    let aside: Vec<u8> = repaired
        .damaged
        .iter()
        .flat_map(|damage| damaged[damage.offset as usize..][..damage.bytes as usize].to_vec())
        .collect();
    assert_eq!(disk.contents(&repaired.aside.unwrap()), aside);
    let damage = &repaired.damaged[0];
    let lines = memchr::memchr_iter(b'\n', &damaged[..damage.offset as usize]).count();
    assert_eq!(damage.line, lines as u64 + 1, "{name}: damaged at {at}");
    assert!(!disk.exists(&data_file(number)).unwrap());
    let mut store = open(&disk).unwrap();
    assert_eq!(
        items(&mut store).unwrap(),
        without(&units, at),
        "{name}: damaged at {at}"
    );
    commit(&mut store, &put("\"more\"", "1")).unwrap();
    let report = look(&disk);
    assert_eq!((report.damaged.len(), report.torn), (0, 0));
    assert!(!run(&disk).unwrap().repaired);
}

#[test]
fn every_intact_commit_is_kept_whichever_byte_is_damaged() {
    let sample = Sample::new(Claims::All);
    damage_each("commits", 1, &sample.bytes, sample.ends[5]);
}

#[test]
fn every_intact_piece_and_commit_of_a_rewritten_file_is_kept() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &(put("\"a\"", "1") + &put("\"b\"", "2"))).unwrap();
    compaction::run(&disk).unwrap();
    commit(&mut store, &(put("\"a\"", "3") + &put("\"c\"", "4"))).unwrap();
    commit(&mut store, &removal("\"b\"")).unwrap();
    sync(&mut store).unwrap();
    let claimed = disk.contents(&data_file(2)).len();
    claim(&mut store).unwrap();
    let bytes = disk.contents(&data_file(2));
    damage_each("snapshot", 2, &bytes, claimed);
}

#[test]
fn only_the_damaged_piece_of_a_checkpoint_is_lost() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let long = format!("\"{}\"", "x".repeat(400 << 10));
    for key in 0..6 {
        commit(&mut store, &put(&format!("\"{key}\""), &long)).unwrap();
    }
    compaction::run(&disk).unwrap();
    let bytes = disk.contents(&data_file(2));
    let found = units(&bytes);
    assert_eq!(found.len(), 3);
    for at in [
        found[0].start + 100,
        found[1].start + 100,
        found[2].end - 5,
        7,
        40,
    ] {
        let mut damaged = bytes.clone();
        damaged[at] = b'~';
        disk.damage(&data_file(2), &damaged);
        let copy = disk_with(&damaged);
        assert!(run(&copy).unwrap().repaired);
        assert_eq!(
            items(&mut open(&copy).unwrap()).unwrap(),
            without(&found, at),
            "{at}"
        );
    }
}

#[test]
fn several_damaged_stretches_are_all_set_aside() {
    let sample = Sample::new(Claims::All);
    let mut damaged = sample.bytes.clone();
    damaged[sample.ends[0] + 10] ^= 1;
    damaged[sample.ends[2] + 10] ^= 1;
    let disk = disk_with(&damaged);
    let repaired = run(&disk).unwrap();
    assert_eq!(repaired.damaged.len(), 2);
    assert_eq!(repaired.commits, 3);
    let lengths = (
        sample.ends[1] - sample.ends[0],
        sample.ends[3] - sample.ends[2],
    );
    let aside = disk.contents(&repaired.aside.unwrap());
    assert_eq!(aside.len(), lengths.0 + lengths.1);
}

#[test]
fn missing_lines_are_damage_too() {
    // A commit was removed: every remaining one is intact, but the next does not follow on the one before.
    let sample = Sample::new(Claims::All);
    let bytes = [
        &sample.bytes[..sample.ends[1]],
        &sample.bytes[sample.ends[2]..],
    ]
    .concat();
    let disk = disk_with(&bytes);
    let report = look(&disk);
    assert_eq!(report.damaged.len(), 1);
    assert_eq!((report.damaged[0].line, report.damaged[0].bytes), (5, 0));
    assert!(matches!(open(&disk), Err(Error::Corrupt { line: 5, .. })));
    let repaired = run(&disk).unwrap();
    assert!(repaired.repaired && repaired.aside.is_none());
    assert_eq!(repaired.commits, 4);
    open(&disk).unwrap();
}

#[test]
fn an_open_store_reopens_after_a_repair() {
    // It would otherwise go on from items that the repair dropped.
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for round in 1..=4 {
        let lines = put("\"a\"", &round.to_string()) + &put(&format!("\"{round}\""), "0");
        commit(&mut store, &lines).unwrap();
        sync(&mut store).unwrap();
    }
    claim(&mut store).unwrap();
    let mut reader = open(&disk.new_process()).unwrap();
    assert_eq!(value(&mut reader, "\"a\"").unwrap().unwrap(), "4");
    let mut bytes = disk.contents(&data_path());
    let second = memchr::memmem::find(&bytes, b"\"2\",\"value\":0").unwrap();
    bytes[second + 1] = b'9';
    disk.damage(&data_path(), &bytes);
    assert!(run(&disk).unwrap().repaired);
    assert!(matches!(reader.look(), Err(Error::Superseded)));
    assert!(matches!(store.begin_turn(), Err(Error::Superseded)));
    let mut store = open(&disk).unwrap();
    assert_eq!(value(&mut store, "\"2\"").unwrap(), None);
    assert_eq!(value(&mut store, "\"4\"").unwrap().unwrap(), "0");
    assert!(store.newest_commit() > 4);
}

#[test]
fn a_repair_killed_at_any_step_loses_nothing_intact() {
    let sample = Sample::new(Claims::All);
    let at = sample.ends[2] + 9;
    let mut damaged = sample.bytes.clone();
    damaged[at] ^= 1;
    let kept = without(&units(&sample.bytes), at);
    for steps in 0.. {
        let disk = disk_with(&damaged);
        let process = disk.new_process();
        process.kill_after(steps);
        let options = Options::default();
        let repaired = repair(
            &process.shared(),
            Path::new("/"),
            options,
            &Progress::default(),
        );
        let survived = !process.is_dead();
        assert_eq!(repaired.is_ok(), survived);
        // Either it is still damaged, with all its bytes, or it is repaired.
        match open(&disk) {
            Ok(mut store) => assert_eq!(items(&mut store).unwrap(), kept),
            Err(Error::Corrupt { .. }) => {
                assert_eq!(disk.contents(&data_path()), damaged);
                assert!(run(&disk).unwrap().repaired);
                assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), kept);
            }
            Err(error) => panic!("{error}"),
        }
        if survived {
            break;
        }
    }
}

#[test]
fn an_error_names_the_line_and_the_folder_to_repair() {
    let sample = Sample::new(Claims::All);
    let mut damaged = sample.bytes.clone();
    damaged[sample.ends[1] + 9] ^= 1;
    let disk = disk_with(&damaged);
    let error = open(&disk).unwrap_err();
    assert!(
        error.to_string().contains("data.1.jsonl, line 5"),
        "{error}"
    );
    assert_eq!(error.repairable(), Some(Path::new("/")));
    let mut store: Result<Store> = open(&disk);
    assert!(store.as_mut().is_err());
}
