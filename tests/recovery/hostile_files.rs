//! Files that are made to cost time: the bytes read of them are counted, at two sizes.

use crate::support::items::{commit, items, put, sync, value};
use crate::support::sample::{data_path, disk_with, open};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::record::HEADER;
use persist_lock::store::{Progress, repair, verify};
use persist_lock::{Options, Store};
use std::path::Path;
use std::time::Duration;

/// A long line, and commit lines that claim bytes from each its own place in it.
fn claims_of_one_line(length: usize) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    bytes.extend(vec![b'#'; length]);
    bytes.push(b'\n');
    for number in 0..length / 100 {
        let start = HEADER.len() + length - 1 - number;
        let line = format!(
            "{{\"commit\":1,\"bytes\":{},\"synced\":0,\"prev\":\"00000000\",\"crc32c\":\"00000000\"}}\n",
            bytes.len() - start
        );
        bytes.extend(line.into_bytes());
    }
    bytes
}

/// Returns how many times the bytes of the file are read by an action.
fn times_read(bytes: &[u8], act: impl Fn(&SimulatedDisk)) -> usize {
    let disk = disk_with(bytes);
    disk.take_bytes_read();
    act(&disk);
    disk.take_bytes_read() / bytes.len()
}

type Act<'a> = &'a dyn Fn(&SimulatedDisk);

#[test]
fn a_file_of_claims_of_any_size_is_read_only_a_few_times() {
    let (dir, progress) = (Path::new("/"), Progress::default());
    let opened = |disk: &SimulatedDisk| drop(open(disk));
    let written = |disk: &SimulatedDisk| {
        let _ = commit(&mut open(disk).unwrap(), &put("\"a\"", "1"));
    };
    let verified = |disk: &SimulatedDisk| drop(verify(disk, dir, Duration::ZERO, &progress));
    let repaired = |disk: &SimulatedDisk| {
        let mut other = claims_of_one_line(1000);
        other.splice(0..1, *b"#");
        disk.damage(&data_path(), &[disk.contents(&data_path()), other].concat());
        let _ = repair(&disk.shared(), dir, Options::default(), &progress);
    };
    let acts: [(&str, Act); 4] = [
        ("opened", &opened),
        ("written", &written),
        ("verified", &verified),
        ("repaired", &repaired),
    ];
    for (name, act) in acts {
        for length in [20_000, 200_000] {
            let times = times_read(&claims_of_one_line(length), act);
            assert!(times <= 12, "{name}: read {times} times at {length}");
        }
    }
}

/// A store with a commit, and a long tail of items that a killed process has left.
fn torn(length: usize) -> (SimulatedDisk, usize) {
    let disk = disk_with(HEADER);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    sync(&mut store).unwrap();
    let mut bytes = disk.contents(&data_path());
    let end = bytes.len();
    let line = put("\"b\"", &format!("\"{}\"", "x".repeat(1000)));
    while bytes.len() < end + length {
        bytes.extend(line.as_bytes());
    }
    bytes.truncate(end + length);
    disk.damage(&data_path(), &bytes);
    (disk, end)
}

fn readers(disk: &SimulatedDisk) -> [Store; 2] {
    let read_only = Options {
        read_only: true,
        ..Options::default()
    };
    let open_as = |options| Store::open(disk.new_process().shared(), Path::new("/"), options);
    [Options::default(), read_only].map(|options| open_as(options).unwrap())
}

#[test]
fn a_torn_tail_is_not_judged_at_every_look() {
    const LOOKS: usize = 40;
    let length = 2_000_000;
    let (disk, _) = torn(length);
    for mut store in readers(&disk) {
        assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "1");
        disk.take_bytes_read();
        for _ in 0..LOOKS {
            store.look().unwrap();
        }
        let read = disk.take_bytes_read();
        assert!(read < length, "{LOOKS} looks have read {read} bytes");
    }
}

#[test]
fn a_commit_that_replaces_a_tail_of_the_same_length_is_seen() {
    let (disk, end) = torn(200_000);
    let mut waiting = readers(&disk);
    for store in &mut waiting {
        assert_eq!(items(store).unwrap().len(), 1);
    }
    let mut writer = open(&disk.new_process()).unwrap();
    let mut lines = put("\"b\"", "\"\"");
    commit(&mut writer, &lines).unwrap();
    let rest = end + 200_000 - disk.contents(&data_path()).len();
    // The commit line of a longer commit has more digits. So the length is found by trying.
    for padding in (rest - 300..rest).rev() {
        lines = put("\"c\"", &format!("\"{}\"", "x".repeat(padding)));
        let copy = disk_with(&disk.contents(&data_path()));
        commit(&mut open(&copy).unwrap(), &lines).unwrap();
        if copy.contents(&data_path()).len() == end + 200_000 {
            break;
        }
    }
    commit(&mut writer, &lines).unwrap();
    assert_eq!(disk.contents(&data_path()).len(), end + 200_000);
    for store in &mut waiting {
        assert_eq!(items(store).unwrap().len(), 3);
    }
}
