//! Opens files that were cut off or damaged, at every byte.
//!
//! A store then holds what some first part of the commits had led to, or says that it is damaged; it never holds anything
//! else. Damage is said where a later line claims what is missing, else it is an end that a crash tore: the next turn
//! cuts it off, and keeps aside what may have been acknowledged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use persist_lock::disk::Disk;
use persist_lock::record::{Checksum, Claim, Commit, HEADER};
use persist_lock::{Error, Options, Result, Store};
use std::path::{Path, PathBuf};
use support::items::{Items, claim, commit, items, put, removal, sync, value};
use support::simulated_disk::{SECTOR, SimulatedDisk};

const FOLDER: &str = "/.persist-lock";

fn data_path() -> PathBuf {
    Path::new(FOLDER).join("data.1.jsonl")
}

fn open(disk: &SimulatedDisk) -> Result<Store> {
    Store::open(disk.shared(), Path::new("/"), Options::default())
}

/// A disk with a store whose file holds these bytes.
fn disk_with(bytes: &[u8]) -> SimulatedDisk {
    let disk = SimulatedDisk::new(0, SECTOR);
    disk.create_folder(Path::new(FOLDER), 0o700).unwrap();
    disk.create_whole(&data_path(), bytes, 0o600).unwrap();
    disk
}

/// The files with what was cut off.
fn kept_aside(disk: &SimulatedDisk) -> Vec<(String, Vec<u8>)> {
    let mut names = disk.list(Path::new(FOLDER)).unwrap();
    names.retain(|name| name.starts_with("cut."));
    names
        .into_iter()
        .map(|name| {
            let contents = disk.contents(&Path::new(FOLDER).join(&name));
            (name, contents)
        })
        .collect()
}

/// A file of five commits.
struct Sample {
    bytes: Vec<u8>,
    /// Where each commit ends, the first line's end before them.
    ends: Vec<usize>,
    /// What each commit has led to, nothing before them.
    states: Vec<Items>,
    /// The newest commit that a line claims.
    claimed: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Claims {
    /// A claim of all commits ends the file.
    All,
    /// Each commit claims the one before; none claims the last.
    AllButTheLast,
    /// The first three were synced, and the fourth says so.
    TheFirstThree,
}

impl Sample {
    fn new(claims: Claims) -> Self {
        let disk = SimulatedDisk::new(0, SECTOR);
        let mut store = open(&disk).unwrap();
        let commits = [
            put("\"a\"", "1") + &put("\"b\\n\"", "{\"x\":\",\\\"expires\\\":7\"}"),
            put("\"c\"", "\"é\""),
            removal("\"a\""),
            put("\"a\"", "[2]") + &removal("\"c\"") + &put("\"d\"", "null"),
            put("\"b\\n\"", "-1e9") + &put("\"e\"", "true"),
        ];
        let mut sample = Sample {
            bytes: Vec::new(),
            ends: vec![HEADER.len()],
            states: vec![Items::new()],
            claimed: match claims {
                Claims::All => 5,
                Claims::AllButTheLast => 4,
                Claims::TheFirstThree => 3,
            },
        };
        for (at, lines) in commits.iter().enumerate() {
            commit(&mut store, lines).unwrap();
            if claims != Claims::TheFirstThree || at < 3 {
                sync(&mut store).unwrap();
            }
            sample.ends.push(disk.contents(&data_path()).len());
            sample.states.push(items(&mut store).unwrap());
        }
        if claims == Claims::All {
            claim(&mut store).unwrap();
        }
        sample.bytes = disk.contents(&data_path());
        sample
    }

    /// Where the line begins that ends the last commit.
    fn last_commit_line(&self) -> usize {
        memchr::memmem::rfind(&self.bytes, b"{\"commit\"").unwrap()
    }

    /// How many commits end within so many bytes.
    fn commits_within(&self, length: usize) -> usize {
        self.ends.iter().filter(|&&end| end <= length).count() - 1
    }
}

/// Goes on with a store whose end was cut off, and opens it again.
fn goes_on(disk: &SimulatedDisk, store: &mut Store, held: &Items, stands: &[u8]) {
    assert!(store.begin_turn().unwrap());
    assert_eq!(disk.contents(&data_path()), stands, "the end is cut off");
    let line = put("\"next\"", "0");
    store.commit(line.clone().into_bytes(), false).unwrap();
    store.end_turn().unwrap();
    sync(store).unwrap();
    let mut expected = held.clone();
    expected.insert("\"next\"".to_string(), "0".to_string());
    assert_eq!(items(store).unwrap(), expected);
    assert!(disk.contents(&data_path()).starts_with(stands));
    assert_eq!(items(&mut open(disk).unwrap()).unwrap(), expected);
}

#[test]
fn a_file_cut_off_anywhere_holds_the_commits_before() {
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
fn a_bare_beginning_of_one_commit_is_not_kept_aside() {
    let sample = Sample::new(Claims::AllButTheLast);
    let start = sample.ends[4];
    for length in start + 1..=sample.last_commit_line() {
        let disk = disk_with(&sample.bytes[..length]);
        let mut store = open(&disk).unwrap();
        assert!(store.begin_turn().unwrap());
        assert_eq!(disk.contents(&data_path()).len(), start);
        assert_eq!(kept_aside(&disk), [], "cut off at {length}");
    }
}

/// What opening the store and reading all of it ends with.
fn opened_and_read(disk: &SimulatedDisk) -> Result<Items> {
    items(&mut open(disk)?)
}

#[test]
fn a_flipped_byte_is_never_taken_for_data() {
    for claims in [Claims::All, Claims::AllButTheLast, Claims::TheFirstThree] {
        let sample = Sample::new(claims);
        for at in 0..sample.bytes.len() {
            for mask in [1, 0x20, 0x80] {
                let mut bytes = sample.bytes.clone();
                bytes[at] ^= mask;
                check_flipped(&sample, &bytes, at);
            }
        }
    }
}

fn check_flipped(sample: &Sample, bytes: &[u8], at: usize) {
    let disk = disk_with(bytes);
    let found = opened_and_read(&disk);
    if at < HEADER.len() {
        let error = found.unwrap_err();
        let right = matches!(
            error,
            Error::Corrupt { line: 1, .. } | Error::UnknownVersion { .. }
        );
        assert!(right, "{error}");
        return;
    }
    let before = sample.commits_within(at);
    if before < sample.claimed {
        let Err(Error::Corrupt { path, line, .. }) = found else {
            panic!(
                "flipped at {at}, in claimed commit {}: {found:?}",
                before + 1
            );
        };
        let lines = memchr::memchr_iter(b'\n', &sample.bytes[..sample.ends[before]]).count();
        assert_eq!((path, line), (data_path(), lines as u64 + 1));
        assert_eq!(
            disk.contents(&data_path()),
            bytes,
            "damage is left as it is"
        );
        return;
    }
    let held = &sample.states[before];
    assert_eq!(&found.unwrap(), held, "flipped at {at}");
    let mut store = open(&disk).unwrap();
    let end = sample.ends[before];
    goes_on(&disk, &mut store, held, &sample.bytes[..end]);
    if before < 5 {
        let name = format!("cut.1.{end}.1.jsonl");
        let expected = [(name, bytes[end..].to_vec())];
        assert_eq!(kept_aside(&disk), expected, "flipped at {at}");
    }
}

#[test]
fn a_last_commit_whose_lines_have_run_together_is_kept_aside() {
    // It was acknowledged, and no claim follows it: without the LF in front of it its commit line reads as a part of the
    // last item's value.
    let sample = Sample::new(Claims::AllButTheLast);
    let mut bytes = sample.bytes.clone();
    bytes[sample.last_commit_line() - 1] ^= 1;
    let disk = disk_with(&bytes);
    let mut store = open(&disk).unwrap();
    assert!(store.begin_turn().unwrap());
    let kept: Vec<Vec<u8>> = kept_aside(&disk)
        .into_iter()
        .map(|(_, kept)| kept)
        .collect();
    assert_eq!(kept, [&bytes[sample.ends[4]..]]);
}

#[test]
fn a_byte_that_flips_under_an_open_store_is_never_read_as_data() {
    let sample = Sample::new(Claims::All);
    let disk = disk_with(&sample.bytes);
    let newest = &sample.states[5];
    let mut store = open(&disk).unwrap();
    for at in HEADER.len()..sample.bytes.len() {
        let mut bytes = sample.bytes.clone();
        bytes[at] ^= 1;
        disk.damage(&data_path(), &bytes);
        for (key, expected) in newest {
            match value(&mut store, key) {
                Ok(found) => assert_eq!(found.as_ref(), Some(expected), "flipped at {at}"),
                Err(Error::Corrupt { line, .. }) => {
                    let lines = memchr::memchr_iter(b'\n', &sample.bytes[..at]).count();
                    assert_eq!(line, lines as u64 + 1, "flipped at {at}");
                }
                Err(error) => panic!("{error}"),
            }
        }
        match items(&mut store) {
            Ok(found) => assert_eq!(&found, newest, "flipped at {at}"),
            Err(Error::Corrupt { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    disk.damage(&data_path(), &sample.bytes);
    assert_eq!(&items(&mut store).unwrap(), newest);
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
    assert!(store.begin_turn().unwrap());
    assert_eq!(disk.contents(&data_path()), new);
    let kept = kept_aside(&disk);
    assert_eq!(kept.len(), 1, "a whole commit may have been acknowledged");
    assert_eq!(kept[0].1, old[third..]);
}

#[test]
fn a_commit_with_a_number_left_out_does_not_stand() {
    let (mut bytes, commits) = chain(&["1"]);
    let end = bytes.len();
    let mut lines = put("\"a\"", "2").into_bytes();
    Commit::close(&mut lines, 3, 0, commits[0].checksum);
    bytes.extend(lines);
    let disk = disk_with(&bytes);
    let mut store = open(&disk).unwrap();
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "1");
    assert!(store.begin_turn().unwrap());
    assert_eq!(disk.contents(&data_path()).len(), end);
}

#[test]
fn a_claim_counts_wherever_it_stands_behind_the_damage() {
    let (bytes, commits) = chain(&["1", "2", "3"]);
    let end = bytes.len() - (bytes.len() - HEADER.len()) / 3;
    let with = |behind: &[u8]| disk_with(&[&bytes[..end - 5], behind].concat());
    let prev = commits[2].checksum;
    // The second commit lacks its end. What follows claims it, or only the first.
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
fn a_commit_line_of_impossible_numbers_is_no_panic() {
    let most = u64::MAX;
    let mut lines = Vec::new();
    Commit::close(&mut lines, most, most - 1, Checksum(0));
    let whole = String::from_utf8(lines).unwrap();
    let of_so_many_bytes = whole.replace("\"bytes\":0", &format!("\"bytes\":{most}"));
    for line in [&whole, &of_so_many_bytes] {
        let disk = disk_with(&[HEADER, line.as_bytes()].concat());
        match open(&disk) {
            Ok(mut store) => assert!(store.begin_turn().unwrap()),
            Err(error) => assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
        }
    }
}

#[test]
fn nothing_is_cut_off_while_it_cannot_be_kept_aside() {
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
fn a_full_disk_rejects_the_commit_whole_and_the_store_goes_on() {
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
