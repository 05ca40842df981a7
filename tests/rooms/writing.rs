//! Writing room ahead, using it and cutting it off: when, how much, and beside other stores.

use crate::support::items::{claim, commit, items, put, sync, trim, value};
use crate::support::machine::Operation;
use crate::support::sample::{before_room, data_path, open, open_with_room};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::{Options, Room, Store};
use std::path::Path;

fn new_disk() -> SimulatedDisk {
    SimulatedDisk::new(0, SECTOR)
}

/// Opens a store as the product does on Linux.
fn open_ahead(disk: &SimulatedDisk) -> Store {
    let options = Options {
        room: Room::AHEAD,
        ..Options::default()
    };
    Store::open(disk.shared(), Path::new("/"), options).unwrap()
}

fn set(store: &mut Store, number: usize) {
    commit(store, &put("\"a\"", &number.to_string())).unwrap();
}

/// The lengths of the data file and of its log.
fn lengths(disk: &SimulatedDisk) -> (usize, usize) {
    let bytes = disk.contents(&data_path());
    (bytes.len(), before_room(bytes).len())
}

/// Counts the writes of the data file that lengthen it, and its cuts, since the last call.
fn growths_and_cuts(disk: &SimulatedDisk, length: &mut u64) -> (usize, usize) {
    let (mut growths, mut cuts) = (0, 0);
    for operation in disk.take_operations() {
        match operation {
            Operation::Write {
                path,
                offset,
                length: written,
            } if path == data_path() => {
                let end = offset + written as u64;
                growths += usize::from(end > *length);
                *length = end.max(*length);
            }
            Operation::Truncate(path, left) if path == data_path() => {
                cuts += 1;
                *length = left;
            }
            _ => {}
        }
    }
    (growths, cuts)
}

#[test]
fn the_first_commit_of_an_instance_writes_no_room_and_the_second_does() {
    let disk = new_disk();
    let mut store = open_with_room(&disk, 1000, 1).unwrap();
    set(&mut store, 1);
    let (file, log) = lengths(&disk);
    assert_eq!(file, log);
    set(&mut store, 2);
    let (file, log) = lengths(&disk);
    assert_eq!(file, log + 1000);
    for number in 3..8 {
        set(&mut store, number);
        assert_eq!(lengths(&disk).0, file, "the room is overwritten");
    }
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "7");
}

#[test]
fn a_file_with_room_ends_where_a_page_does() {
    let disk = new_disk();
    let mut store = open_ahead(&disk);
    let mut rooms = 0;
    let mut before = 0;
    for number in 0..1500 {
        set(&mut store, number);
        let (file, log) = lengths(&disk);
        if file != before && number > 0 {
            rooms += 1;
            assert_eq!(file % 4096, 0);
            let room = file - log;
            assert!((16 << 10..=64 << 10).contains(&room), "{room}");
        }
        before = file;
    }
    assert!(rooms > 1);
}

#[test]
fn a_file_grows_once_in_many_commits() {
    let disk = new_disk();
    let mut store = open_ahead(&disk);
    set(&mut store, 0);
    let mut length = lengths(&disk).0 as u64;
    disk.take_operations();
    for number in 0..3000 {
        set(&mut store, number);
        if number % 10 == 0 {
            sync(&mut store).unwrap();
        }
    }
    let (growths, cuts) = growths_and_cuts(&disk, &mut length);
    let (_, log) = lengths(&disk);
    let most = log / (48 << 10) + 1;
    assert!(growths <= most, "{growths} in {log} bytes");
    assert_eq!(cuts, 0);
}

#[test]
fn several_processes_use_one_room() {
    let disk = new_disk();
    let processes: Vec<SimulatedDisk> = (0..4).map(|_| disk.new_process()).collect();
    let mut stores: Vec<Store> = processes.iter().map(open_ahead).collect();
    for store in &mut stores {
        set(store, 0);
        set(store, 0);
    }
    let (mut growths, mut before) = (0, lengths(&disk).0);
    for number in 0..2000 {
        set(&mut stores[number % 4], number);
        let (file, _) = lengths(&disk);
        assert!(file >= before, "nobody cuts it off");
        growths += usize::from(file > before);
        before = file;
    }
    let (_, log) = lengths(&disk);
    assert!(growths <= log / (48 << 10) + 1, "{growths} in {log} bytes");
}

#[test]
fn a_large_commit_has_no_room_after_it() {
    let disk = new_disk();
    let mut store = open_ahead(&disk);
    set(&mut store, 0);
    let long = format!("\"{}\"", "x".repeat(100_000));
    commit(&mut store, &put("\"long\"", &long)).unwrap();
    let (file, log) = lengths(&disk);
    assert_eq!(file, log);
    // It may use the room that is there.
    set(&mut store, 1);
    let (file, log) = lengths(&disk);
    assert!(file > log);
    let shorter = format!("\"{}\"", "x".repeat(30_000));
    commit(&mut store, &put("\"long\"", &shorter)).unwrap();
    assert_eq!(lengths(&disk).0, file);
}

#[test]
fn a_claim_uses_the_room_and_makes_none() {
    let disk = new_disk();
    let mut store = open_with_room(&disk, 1000, 1).unwrap();
    set(&mut store, 0);
    sync(&mut store).unwrap();
    claim(&mut store).unwrap();
    let (file, log) = lengths(&disk);
    assert_eq!(file, log);
    set(&mut store, 1);
    let (file, log) = lengths(&disk);
    sync(&mut store).unwrap();
    claim(&mut store).unwrap();
    let (after, log_after) = lengths(&disk);
    assert_eq!(after, file);
    assert!(log_after > log);
}

#[test]
fn a_store_without_room_writes_none_and_uses_that_of_others() {
    let disk = new_disk();
    let mut padding = open_with_room(&disk, 1000, 1).unwrap();
    set(&mut padding, 0);
    set(&mut padding, 1);
    let mut plain = open(&disk.new_process()).unwrap();
    let (file, _) = lengths(&disk);
    for number in 0..20 {
        set(&mut plain, number);
    }
    let (after, log) = lengths(&disk);
    assert_eq!(after, log.max(file));
    assert_eq!(items(&mut padding).unwrap(), items(&mut plain).unwrap());
}

#[test]
fn closing_cuts_the_room_off_after_the_claim() {
    let disk = new_disk();
    let mut store = open_ahead(&disk);
    for number in 0..3 {
        set(&mut store, number);
    }
    sync(&mut store).unwrap();
    let mut turn = store.begin_turn().unwrap().unwrap();
    turn.claim().unwrap();
    turn.trim().unwrap();
    turn.end().unwrap();
    let bytes = disk.contents(&data_path());
    assert!(bytes.ends_with(b"\"}\n"));
    assert!(bytes.len() < 500, "{}", bytes.len());
    trim(&mut store).unwrap();
    assert_eq!(disk.contents(&data_path()), bytes);
}

#[test]
fn a_program_with_one_commit_neither_writes_room_nor_cuts_any_off() {
    let disk = new_disk();
    for number in 0..3 {
        let process = disk.new_process();
        let mut store = open_ahead(&process);
        set(&mut store, number);
        sync(&mut store).unwrap();
        claim(&mut store).unwrap();
        trim(&mut store).unwrap();
        let (file, log) = lengths(&disk);
        assert_eq!(file, log);
        let cut = |done: &Operation| matches!(done, Operation::Truncate(..));
        assert!(!process.take_operations().iter().any(cut));
    }
}

#[test]
fn the_room_of_one_store_may_be_cut_off_by_another() {
    for boundary in [1, 4096] {
        let disk = new_disk();
        let (one, two) = (disk.new_process(), disk.new_process());
        let mut first = open_with_room(&one, 1000, boundary).unwrap();
        let mut second = open_with_room(&two, 1000, boundary).unwrap();
        let mut reader = open(&disk.new_process()).unwrap();
        for number in 0..40 {
            // The commits are of several lengths, so that they end before and after the old room.
            let text = format!("\"{}\"", "x".repeat(number * 37 % 300));
            for store in [&mut first, &mut second] {
                commit(store, &put("\"a\"", &text)).unwrap();
                commit(store, &put("\"b\"", &text)).unwrap();
                assert_eq!(items(&mut reader).unwrap(), items(store).unwrap());
            }
            if number % 3 == 0 {
                trim(&mut second).unwrap();
                let (file, log) = lengths(&disk);
                assert_eq!(file, log);
            }
            commit(&mut first, &put("\"c\"", &number.to_string())).unwrap();
            let (file, log) = lengths(&disk);
            assert!(file > log, "it writes room again");
            assert_eq!(
                value(&mut reader, "\"c\"").unwrap().unwrap(),
                number.to_string()
            );
            assert_eq!(
                value(&mut second, "\"c\"").unwrap().unwrap(),
                number.to_string()
            );
            commit(&mut first, &put("\"c\"", "null")).unwrap();
            reader = open(&disk.new_process()).unwrap();
        }
        assert_eq!(first.cuts().count + second.cuts().count, 0);
    }
}

#[test]
fn a_store_that_cuts_off_a_torn_write_writes_room_again() {
    let disk = new_disk();
    let mut store = open_with_room(&disk, 1000, 1).unwrap();
    set(&mut store, 1);
    set(&mut store, 2);
    let mut bytes = disk.contents(&data_path());
    let (_, log) = lengths(&disk);
    bytes[log..log + 10].copy_from_slice(b"{\"key\":\"b\"");
    disk.damage(&data_path(), &bytes);
    set(&mut store, 3);
    let (file, log) = lengths(&disk);
    assert_eq!(file, log + 1000);
    assert_eq!(store.cuts().count, 1);
}
