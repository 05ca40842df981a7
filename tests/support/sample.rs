//! A small file of commits for tests that truncate or damage it, and stores that are opened on the result.

use super::items::{Items, claim, commit, items, put, removal, sync};
use super::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::disk::Disk;
use persist_lock::record::HEADER;
use persist_lock::{Options, Result, Room, Store};
use std::path::{Path, PathBuf};

pub const FOLDER: &str = "/.persist-lock";

pub fn data_path() -> PathBuf {
    data_file(1)
}

/// The data file of a number.
pub fn data_file(number: usize) -> PathBuf {
    Path::new(FOLDER).join(format!("data.{number}.jsonl"))
}

pub fn open(disk: &SimulatedDisk) -> Result<Store> {
    Store::open(disk.shared(), Path::new("/"), Options::default())
}

/// Opens a store whose commits write so many spaces ahead, up to a multiple of `boundary`.
pub fn open_with_room(disk: &SimulatedDisk, least: u64, boundary: u64) -> Result<Store> {
    let options = Options {
        room: Room::UpTo { least, boundary },
        ..Options::default()
    };
    Store::open(disk.shared(), Path::new("/"), options)
}

/// A disk with a store whose file holds these bytes.
pub fn disk_with(bytes: &[u8]) -> SimulatedDisk {
    let disk = SimulatedDisk::new(0, SECTOR);
    disk.create_folder(Path::new(FOLDER), 0o700).unwrap();
    disk.create_file(&data_path(), bytes);
    disk
}

/// Makes the bytes of a file that ends in a room of so many spaces.
pub fn padded(bytes: &[u8], room: usize) -> Vec<u8> {
    [bytes, &vec![b' '; room]].concat()
}

/// Returns the bytes of a file before its room.
pub fn before_room(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().rposition(|byte| *byte != b' ');
    bytes.truncate(end.map_or(0, |at| at + 1));
    bytes
}

/// Lists the files of bytes that were cut off.
pub fn kept_aside(disk: &SimulatedDisk) -> Vec<(String, Vec<u8>)> {
    let mut names = disk.names(Path::new(FOLDER));
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
pub struct Sample {
    pub bytes: Vec<u8>,
    /// Where each commit ends, the first line's end before them.
    pub ends: Vec<usize>,
    /// The items after each commit; none before the first.
    pub states: Vec<Items>,
    /// The newest commit that a line claims.
    pub claimed: usize,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Claims {
    /// A claim of all commits ends the file.
    All,
    /// Each commit claims the one before; none claims the last.
    AllButTheLast,
    /// The first three were synced, and the fourth says so.
    TheFirstThree,
}

impl Sample {
    pub fn new(claims: Claims) -> Self {
        Sample::with_long_values(claims, 0)
    }

    /// Makes the file with an item of so many bytes more in each commit, or none.
    pub fn with_long_values(claims: Claims, length: usize) -> Self {
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
            let long = match length {
                0 => String::new(),
                _ => put("\"long\"", &format!("[\"{}\"]", "x".repeat(length))),
            };
            commit(&mut store, &(long + lines)).unwrap();
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
    pub fn last_commit_line(&self) -> usize {
        memchr::memmem::rfind(&self.bytes, b"{\"commit\"").unwrap()
    }

    /// Returns the number of commits that end within a length.
    pub fn commits_within(&self, length: usize) -> usize {
        self.ends.iter().filter(|&&end| end <= length).count() - 1
    }
}

/// Goes on with a store whose tail must be cut off, and opens it again. `valid` are the bytes that
/// stay, besides a room.
pub fn goes_on(disk: &SimulatedDisk, store: &mut Store, held: &Items, valid: &[u8]) {
    let mut turn = store.begin_turn().unwrap().unwrap();
    let left = before_room(disk.contents(&data_path()));
    assert_eq!(left, valid, "the tail is cut off");
    let line = put("\"next\"", "0");
    turn.commit(line.clone().into_bytes(), false).unwrap();
    turn.end().unwrap();
    sync(store).unwrap();
    let mut expected = held.clone();
    expected.insert("\"next\"".to_string(), "0".to_string());
    assert_eq!(items(store).unwrap(), expected);
    assert!(disk.contents(&data_path()).starts_with(valid));
    assert_eq!(items(&mut open(disk).unwrap()).unwrap(), expected);
}

/// Opens the store and reads everything; returns the items or the error.
pub fn opened_and_read(disk: &SimulatedDisk) -> Result<Items> {
    items(&mut open(disk)?)
}
