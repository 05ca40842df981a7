//! Acknowledged commits that damage has hidden behind spaces: whoever reads the file from its
//! beginning, or has the first turn on it, reports them.

use crate::support::compaction::begin_beside;
use crate::support::items::{Items, commit, items, put, trim};
use crate::support::random::Random;
use crate::support::repair::repair_store;
use crate::support::sample::{
    Claims, Sample, before_room, data_path, disk_with, kept_aside, open, open_with_room, padded,
};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{Progress, verify};
use persist_lock::{Error, Options, Store};
use std::path::Path;
use std::time::Duration;

const ROOMS: [usize; 4] = [0, 8, 5000, 70_000];

/// A file with damage, and the last commit before it.
struct Damaged {
    bytes: Vec<u8>,
    before: usize,
    name: String,
}

/// Makes files in which the beginning of a claimed commit, or all of it, is spaces or zeros.
fn hidden(sample: &Sample) -> Vec<Damaged> {
    let mut all = Vec::new();
    let mut random = Random::new(0);
    for before in 0..sample.claimed {
        let (start, end) = (sample.ends[before], sample.ends[before + 1]);
        let lengths = [1, 2, 9, 512, 5000, 9000, end - start - 1, end - start];
        for length in lengths.into_iter().filter(|length| start + length <= end) {
            for room in ROOMS {
                let mut bytes = padded(&sample.bytes, room);
                bytes[start..start + length].fill(b' ');
                if random.chance(1, 4) {
                    bytes[start + random.below(length)] = 0;
                }
                all.push(Damaged {
                    bytes,
                    before,
                    name: format!("{length} bytes after commit {before}, a room of {room}"),
                });
            }
        }
    }
    all
}

fn is_corrupt<T: std::fmt::Debug>(found: Result<T, Error>, name: &str) {
    match found {
        Err(Error::Corrupt { .. }) => {}
        other => panic!("{name}: {other:?}"),
    }
}

/// Makes files of short commits, and of commits that are longer than the part of a rest that a
/// quick check looks at.
fn samples(claims: Claims) -> [Sample; 2] {
    [0, 10_000].map(|length| Sample::with_long_values(claims, length))
}

/// Runs a check on each file with damage. The check must leave the file as it is.
fn on_each(claims: Claims, check: impl Fn(&SimulatedDisk, &Sample, &Damaged)) {
    for sample in samples(claims) {
        for damaged in hidden(&sample) {
            let disk = disk_with(&damaged.bytes);
            check(&disk, &sample, &damaged);
            assert_eq!(disk.contents(&data_path()), damaged.bytes);
            assert_eq!(kept_aside(&disk), []);
        }
    }
}

#[test]
fn opening_reports_it() {
    for claims in [Claims::All, Claims::AllButTheLast, Claims::TheFirstThree] {
        on_each(claims, |disk, _, damaged| {
            is_corrupt(open(disk), &damaged.name);
        });
    }
}

#[test]
fn opening_to_read_reports_it() {
    // It looks twice, with a pause in between: so there are few cases.
    for (sample, length) in samples(Claims::All).iter().zip([1, 9000]) {
        for before in 0..5 {
            let mut bytes = padded(&sample.bytes, 100);
            bytes[sample.ends[before]..][..length].fill(b' ');
            let disk = disk_with(&bytes);
            let read_only = Options {
                read_only: true,
                ..Options::default()
            };
            let opened = Store::open(disk.shared(), Path::new("/"), read_only);
            is_corrupt(opened, &format!("{length} bytes after commit {before}"));
        }
    }
}

#[test]
fn the_first_turn_of_a_store_reports_it() {
    // The store was opened before the commits that are damaged now.
    on_each(Claims::All, |disk, sample, damaged| {
        for known in 0..=damaged.before {
            disk.damage(&data_path(), &sample.bytes[..sample.ends[known]]);
            let mut store = open(&disk.new_process()).unwrap();
            disk.damage(&data_path(), &damaged.bytes);
            // A look may miss it.
            match items(&mut store) {
                Ok(found) => assert_eq!(found, sample.states[damaged.before], "{}", damaged.name),
                Err(error) => is_corrupt(Err::<Items, _>(error), &damaged.name),
            }
            for _ in 0..2 {
                is_corrupt(store.begin_turn().map(drop), &damaged.name);
            }
        }
    });
}

#[test]
fn a_verification_reports_it() {
    on_each(Claims::All, |disk, _, damaged| {
        let report = verify(disk, Path::new("/"), Duration::ZERO, &Progress::default());
        assert!(!report.unwrap().damaged.is_empty(), "{}", damaged.name);
    });
}

#[test]
fn a_repair_keeps_the_commits_after_it() {
    for sample in samples(Claims::All) {
        for damaged in hidden(&sample) {
            let disk = disk_with(&damaged.bytes);
            assert!(repair_store(&disk).unwrap().repaired, "{}", damaged.name);
            let held = items(&mut open(&disk).unwrap()).unwrap();
            // The last commit sets this item.
            let expected = (damaged.before < 4).then_some("true");
            assert_eq!(held.get("\"e\"").map(String::as_str), expected);
        }
    }
}

#[test]
fn a_compaction_reports_it() {
    on_each(Claims::All, |disk, _, damaged| {
        let begun = begin_beside(disk, None).map(|compaction| {
            let mut compaction = compaction.expect("nobody else compacts");
            compaction.copy(&Progress::default())
        });
        is_corrupt(begun.and_then(|copied| copied), &damaged.name);
    });
}

#[test]
fn a_compaction_beside_an_instance_reports_it() {
    on_each(Claims::All, |disk, sample, damaged| {
        for known in 0..=damaged.before {
            disk.damage(&data_path(), &sample.bytes[..sample.ends[known]]);
            let mut store = open(disk).unwrap();
            let source = store.compaction_source();
            assert!(source.is_some());
            disk.damage(&data_path(), &damaged.bytes);
            let done = begin_beside(disk, source).and_then(|compaction| {
                let mut compaction = compaction.expect("nobody else compacts");
                compaction.copy(&Progress::default())?;
                compaction.catch_up()?;
                compaction.switch()
            });
            is_corrupt(done, &damaged.name);
        }
    });
}

#[test]
fn closing_cuts_nothing_off_that_spaces_hide() {
    // A commit that is longer than the part of a rest that a quick check looks at.
    let hidden_length = 600;
    for room in ROOMS {
        let disk = SimulatedDisk::new(0, SECTOR);
        let mut store = open_with_room(&disk, 10_000, 4096).unwrap();
        for value in ["1", "2"] {
            commit(&mut store, &put("\"a\"", value)).unwrap();
        }
        let end = before_room(disk.contents(&data_path())).len();
        let mut other = open_with_room(&disk.new_process(), 10_000, 4096).unwrap();
        for value in [
            format!("\"{}\"", "x".repeat(hidden_length)),
            "4".to_string(),
        ] {
            commit(&mut other, &put("\"a\"", &value)).unwrap();
        }
        let mut bytes = padded(&before_room(disk.contents(&data_path())), room);
        bytes[end..end + hidden_length].fill(b' ');
        disk.damage(&data_path(), &bytes);
        trim(&mut store).unwrap();
        assert_eq!(disk.contents(&data_path()), bytes);
    }
}

#[test]
fn the_last_commit_without_a_claim_is_set_aside_without_the_room() {
    let sample = Sample::with_long_values(Claims::AllButTheLast, 10_000);
    let start = sample.ends[4];
    for room in ROOMS {
        for length in [1, 2, 9, 512, 5000, 9000] {
            let mut bytes = padded(&sample.bytes, room);
            bytes[start..start + length].fill(b' ');
            let disk = disk_with(&bytes);
            let mut store = open(&disk).unwrap();
            assert_eq!(items(&mut store).unwrap(), sample.states[4]);
            let mut turn = store.begin_turn().unwrap().unwrap();
            turn.commit(put("\"a\"", "0").into_bytes(), false).unwrap();
            turn.end().unwrap();
            let name = format!("cut.1.{start}.1.jsonl");
            let kept = bytes[start..sample.bytes.len()].to_vec();
            assert_eq!(kept_aside(&disk), [(name, kept)]);
            assert_eq!(store.cuts().count, 1);
        }
    }
}
