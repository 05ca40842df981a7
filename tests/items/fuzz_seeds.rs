//! A small part of the fuzzing: the files of `fuzz/seeds`, and some random changes of each. `fuzz/README.md` explains
//! longer runs. `PERSIST_LOCK_SEED` repeats the changes.

use crate::support::random::{Random, seeds};
use std::fs;

const CHANGES_OF_EACH: usize = 40;
const LONGEST_PROGRAM: usize = 200;
const PROGRAMS: usize = 250;

/// Makes the generators of the changes.
fn randoms() -> impl Iterator<Item = Random> {
    seeds(1).map(|seed| {
        println!("PERSIST_LOCK_SEED={seed}");
        Random::new(seed)
    })
}

/// Lists the files, each with changes of it.
fn files() -> Vec<Vec<u8>> {
    randoms()
        .flat_map(|mut random| changed_files(&mut random))
        .collect()
}

fn changed_files(random: &mut Random) -> Vec<Vec<u8>> {
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
            files.push(changed(&seed, random));
        }
        files.push(seed);
    }
    files
}

fn changed(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_within(at..),
            2 => bytes.extend_from_slice(random.pick(&[&[b' '; 600][..], b" ", b"\0"])),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.pick(b"\n\"{}0189,:x\\\xff \0");
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
    for mut random in randoms() {
        for _ in 0..PROGRAMS {
            let length = random.below(LONGEST_PROGRAM);
            let program: Vec<u8> = (0..length).map(|_| random.number() as u8).collect();
            crate::checks::structured::check(&program);
        }
    }
}
