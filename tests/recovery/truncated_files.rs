//! Files that were cut off or damaged, at every byte.
//!
//! A store then has the items after some first commits, or reports damage, and nothing else. It reports damage if a later line
//! claims a missing commit. Otherwise the tail is torn: the next turn cuts it off, and sets aside bytes that may have been
//! acknowledged.

use crate::support::compaction;
use crate::support::items::{commit, items, put, value};
use crate::support::sample::{
    Claims, Sample, data_file, data_path, disk_with, goes_on, kept_aside, open, opened_and_read,
};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::Error;
use persist_lock::record::{Checksum, Claim, Commit, HEADER};

#[test]
fn a_truncated_file_has_the_commits_before_the_cut() {
    for claims in [Claims::All, Claims::AllButTheLast] {
        let sample = Sample::new(claims);
        for length in 0..=sample.bytes.len() {
            let disk = disk_with(&sample.bytes[..length]);
            let opened = open(&disk);
            if length < HEADER.len() {
                // The first line is there before the file has its name: a crash cannot tear it.
                let error = opened.unwrap_err();
                let right = matches!(
                    error,
                    Error::Corrupt { line: 1, .. } | Error::UnknownVersion { .. }
                );
                assert!(right, "{error}");
                continue;
            }
            let mut store = opened.unwrap();
            let commits = sample.commits_within(length);
            let held = &sample.states[commits];
            assert_eq!(&items(&mut store).unwrap(), held, "cut off at {length}");
            let end = match length == sample.bytes.len() {
                true => length,
                false => sample.ends[commits],
            };
            goes_on(&disk, &mut store, held, &sample.bytes[..end]);
        }
    }
}

#[test]
fn the_mere_beginning_of_a_commit_is_not_set_aside() {
    let sample = Sample::new(Claims::AllButTheLast);
    let start = sample.ends[4];
    for length in start + 1..=sample.last_commit_line() {
        let disk = disk_with(&sample.bytes[..length]);
        let mut store = open(&disk).unwrap();
        assert!(store.begin_turn().unwrap().is_some());
        assert_eq!(disk.contents(&data_path()).len(), start);
        assert_eq!(kept_aside(&disk), [], "cut off at {length}");
    }
}

/// A file of commits with one item each, of one length.
fn chain(values: &[&str]) -> (Vec<u8>, Vec<Commit>) {
    let mut bytes = HEADER.to_vec();
    let mut commits: Vec<Commit> = Vec::new();
    for value in values {
        let prev = commits.last().map_or(Checksum(0), |last| last.checksum);
        let mut lines = put("\"a\"", value).into_bytes();
        let number = commits.len() as u64 + 1;
        commits.push(Commit::close(&mut lines, number, 0, prev));
        bytes.extend(lines);
    }
    (bytes, commits)
}

#[test]
fn a_commit_does_not_come_back_on_another_parent() {
    // A7: the second was torn and cut off, another of its length took its place, and the cut was undone by a crash.
    let (old, _) = chain(&["1", "2", "3"]);
    let (new, _) = chain(&["1", "7"]);
    let third = old.len() - (new.len() - HEADER.len()) / 2;
    let bytes = [&new, &old[third..]].concat();
    assert_eq!(bytes.len(), old.len());
    let disk = disk_with(&bytes);
    let mut store = open(&disk).unwrap();
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "7");
    assert!(store.begin_turn().unwrap().is_some());
    assert_eq!(disk.contents(&data_path()), new);
    let kept = kept_aside(&disk);
    assert_eq!(kept.len(), 1, "a whole commit may have been acknowledged");
    assert_eq!(kept[0].1, old[third..]);
}

#[test]
fn a_commit_after_a_skipped_number_is_not_valid() {
    let (mut bytes, commits) = chain(&["1"]);
    let end = bytes.len();
    let mut lines = put("\"a\"", "2").into_bytes();
    Commit::close(&mut lines, 3, 0, commits[0].checksum);
    bytes.extend(lines);
    let disk = disk_with(&bytes);
    let mut store = open(&disk).unwrap();
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "1");
    assert!(store.begin_turn().unwrap().is_some());
    assert_eq!(disk.contents(&data_path()).len(), end);
}

#[test]
fn a_claim_anywhere_after_the_damage_counts() {
    let (bytes, commits) = chain(&["1", "2", "3"]);
    let end = bytes.len() - (bytes.len() - HEADER.len()) / 3;
    let with = |behind: &[u8]| disk_with(&[&bytes[..end - 5], behind].concat());
    let prev = commits[2].checksum;
    // The second commit lacks its end. The next line claims it, or only the first.
    for (synced, damaged) in [(1, false), (2, true), (3, true)] {
        let claim = [b"\n", &Claim::line(synced, prev)[..]].concat();
        let mut lines = put("\"a\"", "4").into_bytes();
        Commit::close(&mut lines, 4, synced, prev);
        let commit = [b"\n", &lines[..]].concat();
        for behind in [claim, commit] {
            let found = opened_and_read(&with(&behind));
            match found {
                Err(Error::Corrupt { .. }) => assert!(damaged),
                Ok(found) => {
                    assert!(!damaged);
                    assert_eq!(found["\"a\""], "1");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn impossible_numbers_in_a_commit_line_cause_no_panic() {
    let most = u64::MAX;
    let mut lines = Vec::new();
    Commit::close(&mut lines, most, most - 1, Checksum(0));
    let whole = String::from_utf8(lines).unwrap();
    let of_so_many_bytes = whole.replace("\"bytes\":0", &format!("\"bytes\":{most}"));
    for line in [&whole, &of_so_many_bytes] {
        let disk = disk_with(&[HEADER, line.as_bytes()].concat());
        match open(&disk) {
            Ok(mut store) => assert!(store.begin_turn().unwrap().is_some()),
            Err(error) => assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
        }
    }
}

#[test]
fn a_tail_that_cannot_be_set_aside_is_not_cut_off() {
    let sample = Sample::new(Claims::AllButTheLast);
    let mut bytes = sample.bytes.clone();
    bytes[sample.ends[4] + 9] ^= 1;
    let disk = disk_with(&bytes);
    let mut store = open(&disk).unwrap();
    disk.fail_next_write();
    assert!(matches!(store.begin_turn(), Err(Error::Io { .. })));
    assert_eq!(disk.contents(&data_path()), bytes);
    assert_eq!(items(&mut store).unwrap(), sample.states[4]);
    // When there is room again, the same store goes on.
    let end = sample.ends[4];
    goes_on(&disk, &mut store, &sample.states[4], &sample.bytes[..end]);
    assert_eq!(kept_aside(&disk)[0].1, bytes[end..]);
}

#[test]
fn a_full_disk_rejects_the_whole_commit_and_the_store_goes_on() {
    for seed in 0..50 {
        let disk = SimulatedDisk::new(seed, SECTOR);
        let mut store = open(&disk).unwrap();
        commit(&mut store, &put("\"a\"", "1")).unwrap();
        let before = disk.contents(&data_path());
        disk.fail_next_write();
        let error = commit(&mut store, &put("\"a\"", "2")).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
        assert_eq!(disk.contents(&data_path()), before);
        let held = items(&mut store).unwrap();
        goes_on(&disk, &mut store, &held, &before);
    }
}

#[test]
fn a_truncated_rewritten_file_has_the_commits_before_the_cut_or_is_damaged() {
    // An empty store in place of a damaged checkpoint would be silent loss.
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &(put("\"a\"", "1") + &put("\"b\"", "2"))).unwrap();
    compaction::run(&disk).unwrap();
    let mut states = vec![items(&mut store).unwrap()];
    let mut ends = vec![disk.contents(&data_file(2)).len()];
    for round in 0..2 {
        commit(&mut store, &put("\"a\"", &round.to_string())).unwrap();
        states.push(items(&mut store).unwrap());
        ends.push(disk.contents(&data_file(2)).len());
    }
    let bytes = disk.contents(&data_file(2));
    for length in 0..=bytes.len() {
        disk.damage(&data_file(2), &bytes[..length]);
        let found = opened_and_read(&disk);
        match ends.iter().rposition(|end| *end <= length) {
            Some(at) => assert_eq!(found.unwrap(), states[at], "cut off at {length}"),
            None => {
                let error = found.unwrap_err();
                let right = matches!(error, Error::Corrupt { .. });
                assert!(right, "cut off at {length}: {error}");
            }
        }
    }
}
