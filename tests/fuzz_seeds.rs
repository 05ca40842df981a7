//! A small part of the fuzzing: the seeds, and some random changes of each. `fuzz/README.md` tells
//! how to run more.
//!
//! `PERSIST_LOCK_SEED` decides the changes.

use crate::support::random::Random;
use std::fs;

const CHANGES_OF_EACH: usize = 40;
const LONGEST_PROGRAM: usize = 200;
const PROGRAMS: usize = 250;

fn random() -> Random {
    let seed = std::env::var("PERSIST_LOCK_SEED").map_or(1, |seed| seed.parse().unwrap());
    Random::new(seed)
}

/// The seeds, each followed by changes of it.
fn files() -> Vec<Vec<u8>> {
    let mut random = random();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    let mut files = Vec::new();
    for path in paths {
        let seed = fs::read(path).unwrap();
        for _ in 0..CHANGES_OF_EACH {
            files.push(changed(&seed, &mut random));
        }
        files.push(seed);
    }
    files
}

fn changed(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(4) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_within(at..),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.pick(b"\n\"{}0189,:x\\\xff");
                }
            }
        }
    }
    bytes
}

#[test]
fn lines_are_read_as_they_were_written() {
    for file in files() {
        crate::checks::record::check(&file);
    }
}

#[test]
fn a_store_opened_on_any_bytes_has_the_items_of_the_valid_commits() {
    for file in files() {
        crate::checks::open::check(&file);
    }
}

#[test]
fn a_repair_of_any_bytes_keeps_every_intact_commit() {
    for file in files() {
        crate::checks::repair::check(&file);
    }
}

#[test]
fn a_damaged_file_holds_no_value_that_was_never_written() {
    let mut random = random();
    for _ in 0..PROGRAMS {
        let length = random.below(LONGEST_PROGRAM);
        let program: Vec<u8> = (0..length).map(|_| random.number() as u8).collect();
        crate::checks::structured::check(&program);
    }
}
