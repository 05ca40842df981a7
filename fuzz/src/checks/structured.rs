//! A file that a store wrote, damaged in a few places: opening it gives the items of a prefix of
//! its commits, or an error about damage, and never anything different. A repair finds no value
//! that its key never had.

use super::choices::Choices;
use super::disks::{check_goes_on, check_refused, contents, data_path, open};
use super::reference::{self, Items};
use crate::support::items::{claim, put, removal, sync};
use crate::support::sample::{disk_with, open_with_room};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::Options;
use persist_lock::store::{Progress, compact, repair};
use std::path::Path;

const MOST_STEPS: usize = 24;
const MOST_CHANGES: usize = 8;
/// The most spaces of a room, and the multiple that the file's length then is.
const MOST_ROOM: usize = 2000;
const BOUNDARY: u64 = 64;
/// The most bytes that one change inserts: too few for a commit that nobody wrote.
const MOST_NEW_BYTES: usize = 8;
const KEYS: [&str; 6] = [
    "\"\"",
    "\"a\"",
    "\"b\\n\"",
    "\"\\\"commit\\\":1\"",
    "\"__proto__\"",
    "\"é\"",
];

/// Takes the input as operations on a store, and then as changes of its file.
pub fn check(input: &[u8]) {
    let mut choices = Choices(input);
    let (mut bytes, states) = write(&mut choices);
    for _ in 0..choices.below(MOST_CHANGES) {
        damage(&mut bytes, &mut choices);
    }
    let disk = disk_with(&bytes);
    match open(&disk) {
        Err(error) => check_refused(&error, &disk, &bytes),
        Ok(mut store) => {
            let found = contents(&mut store);
            assert!(states.contains(&found), "{found:?} was never there");
            check_goes_on(&disk, &mut store, &found);
        }
    }
    check_repair(&bytes, &states);
}

/// Writes a data file; gives its bytes, and the items before the first commit and after each one.
fn write(choices: &mut Choices) -> (Vec<u8>, Vec<Items>) {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = match choices.below(3) {
        0 => open(&disk).unwrap(),
        _ => open_with_room(&disk, choices.below(MOST_ROOM) as u64, BOUNDARY).unwrap(),
    };
    let mut states = vec![Items::new()];
    let mut number = 1;
    for _ in 0..choices.below(MOST_STEPS) {
        match choices.below(8) {
            0 => sync(&mut store).unwrap(),
            1 => claim(&mut store).unwrap(),
            2 => {
                let options = Options::default();
                let dir = Path::new("/");
                compact(&disk.shared(), dir, options, true, &Progress::default()).unwrap();
                number += 1;
            }
            _ => {
                let lines = items(choices, states.len()).into_bytes();
                let clear = choices.below(8) == 0;
                let mut turn = store.begin_turn().unwrap().unwrap();
                turn.commit(lines, clear).unwrap();
                turn.end().unwrap();
                states.push(contents(&mut store));
            }
        }
    }
    drop(store);
    (disk.contents(&data_path(number)), states)
}

/// Makes the lines of a commit. No two commits of a file write the same value.
fn items(choices: &mut Choices, number: usize) -> String {
    (0..=choices.below(4))
        .map(|at| {
            let key = KEYS[choices.below(KEYS.len())];
            match choices.below(4) {
                0 => removal(key),
                1 => put(
                    key,
                    &format!("[{number},{at},\"{}\"]", "x".repeat(choices.below(300))),
                ),
                _ => put(key, &format!("[{number},{at}]")),
            }
        })
        .collect()
}

/// Changes a file in one place.
fn damage(bytes: &mut Vec<u8>, choices: &mut Choices) {
    let start = choices.below(bytes.len() + 1);
    let end = bytes.len().min(start + choices.below(bytes.len() + 1));
    match choices.below(8) {
        0 => bytes.truncate(start),
        1 => bytes[start..end].fill([0, b' '][choices.below(2)]),
        2 => drop(bytes.drain(start..end)),
        // A stretch is copied to another place: in between here, over other bytes below.
        3 => {
            let stretch = bytes[start..end].to_vec();
            let to = choices.below(bytes.len() + 1);
            bytes.splice(to..to, stretch);
        }
        4 => {
            let length = (end - start).min(bytes.len() - start);
            let to = choices.below(bytes.len() - length + 1);
            bytes.copy_within(start..start + length, to);
        }
        5 => {
            let new = choices.below(MOST_NEW_BYTES + 1);
            bytes.splice(start..start, choices.bytes(new).iter().copied());
        }
        _ => {
            if let Some(byte) = bytes.get_mut(start) {
                *byte ^= choices.byte();
            }
        }
    }
}

/// Checks that each item which a repair keeps was in the store at some time.
fn check_repair(bytes: &[u8], states: &[Items]) {
    let disk = disk_with(bytes);
    let progress = Progress::default();
    if repair(
        &disk.shared(),
        Path::new("/"),
        Options::default(),
        &progress,
    )
    .is_err()
    {
        // A file of another version.
        assert!(reference::valid(bytes).is_none());
        return;
    }
    for (key, value) in contents(&mut open(&disk).unwrap()) {
        let had = states.iter().any(|state| state.get(&key) == Some(&value));
        assert!(
            had,
            "{} never had this value",
            String::from_utf8_lossy(&key)
        );
    }
}
