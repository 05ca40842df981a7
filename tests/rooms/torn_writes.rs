//! Writes into a room, and writes that make one, which end in the middle: after a kill, after a
//! power cut, and while a reader looks. `PERSIST_LOCK_SEED` repeats a seed.

use crate::support::items::{Items, items};
use crate::support::random::{Random, seeds};
use crate::support::sample::{
    Claims, Sample, before_room, data_path, disk_with, goes_on, kept_aside, open, padded,
};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::{Options, Room, Store};
use std::path::Path;

/// Lengths of the room before a commit or after it.
const ROOMS: [usize; 4] = [0, 8, 700, 70_000];

const READ_ONLY: Options = Options {
    mode: 0o600,
    lock_timeout: None,
    read_only: true,
    room: Room::None,
};

/// A last commit, before which the file has a room or none, and after which it has one or none.
struct Write {
    sample: Sample,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Makes the writes that lengthen a file, and those that do not.
fn writes() -> Vec<Write> {
    let mut all = Vec::new();
    for (room, long) in ROOMS.iter().flat_map(|room| [(*room, 0), (*room, 1500)]) {
        let make = || Sample::with_long_values(Claims::AllButTheLast, long);
        let sample = make();
        let length = sample.bytes.len() - sample.ends[4];
        all.push(Write {
            before: padded(&sample.bytes[..sample.ends[4]], 0),
            after: padded(&sample.bytes, room),
            sample,
        });
        let sample = make();
        all.push(Write {
            before: padded(&sample.bytes[..sample.ends[4]], length + room),
            after: padded(&sample.bytes, room),
            sample,
        });
    }
    all
}

impl Write {
    fn start(&self) -> usize {
        self.sample.ends[4]
    }

    /// Returns the file after the first part of the write, as a kill leaves it.
    fn after_part(&self, written: usize) -> Vec<u8> {
        let reached = self.start() + written;
        let rest = self.before.get(reached..).unwrap_or_default();
        [&self.after[..reached], rest].concat()
    }

    /// The lengths of parts of the write: each up to the end of the commit, and some of the room.
    fn parts(&self) -> Vec<usize> {
        let commit = self.sample.bytes.len() - self.start();
        let all = self.after.len() - self.start();
        // Each byte of a short commit, and of the ends of a long one.
        let is_end = |part: &usize| commit < 500 || *part < 100 || *part + 150 > commit;
        let mut parts: Vec<usize> = (0..=commit).filter(is_end).collect();
        parts.extend([commit + 1, commit + 7, all / 2, all - 1, all]);
        parts.retain(|part| *part <= all);
        parts
    }

    fn held(&self, commits: usize) -> &Items {
        &self.sample.states[commits]
    }
}

fn open_to_read(disk: &SimulatedDisk) -> Store {
    Store::open(disk.shared(), Path::new("/"), READ_ONLY).unwrap()
}

#[test]
fn a_kill_at_each_byte_of_a_write_leaves_all_of_its_commit_or_nothing() {
    for write in writes() {
        let commit = write.sample.bytes.len() - write.start();
        for written in write.parts() {
            let commits = if written < commit { 4 } else { 5 };
            let end = write.sample.ends[commits];
            // The store that goes on was opened before the kill, has had a turn or not, or is new.
            for kind in 0..3 {
                let disk = disk_with(&write.before);
                let process = disk.new_process();
                let mut store = open(&process).unwrap();
                if kind > 0 {
                    drop(store.begin_turn().unwrap().unwrap());
                }
                let mut reader = open_to_read(&disk);
                disk.damage(&data_path(), &write.after_part(written));
                assert_eq!(&items(&mut reader).unwrap(), write.held(commits));
                if kind == 2 {
                    store = open(&process).unwrap();
                }
                assert_eq!(&items(&mut store).unwrap(), write.held(commits));
                goes_on(
                    &disk,
                    &mut store,
                    write.held(commits),
                    &write.sample.bytes[..end],
                );
                // The mere beginning of a commit was never acknowledged.
                let is_beginning = write.start() + written <= write.sample.last_commit_line();
                if is_beginning || commits == 5 {
                    assert_eq!(kept_aside(&disk), [], "{written} written");
                }
                assert_eq!(
                    store.cuts().count,
                    u64::from(0 < written && written < commit)
                );
            }
        }
    }
}

/// Picks a write by a seed, which it prints. Returns the random numbers that follow, too.
fn random_write(writes: &[Write], seed: u64) -> (Random, &Write) {
    println!("PERSIST_LOCK_SEED={seed}");
    let mut random = Random::new(seed);
    let write = &writes[random.below(writes.len())];
    (random, write)
}

/// Returns the file after a write of which only some sectors have reached the disk. The others are
/// as they were or, where they were not there, zeros.
fn with_some_sectors(write: &Write, random: &mut Random) -> Vec<u8> {
    let sector = random.pick(&[1, 4, 8, 64, 512]);
    let odds = random.below(9);
    let mut bytes = write.before.clone();
    bytes.resize(write.after.len(), 0);
    for start in (0..bytes.len()).step_by(sector) {
        if random.chance(odds, 8) {
            let end = (start + sector).min(bytes.len());
            bytes[start..end].copy_from_slice(&write.after[start..end]);
        }
    }
    if random.chance(1, 4) {
        // The length may be an old one, or one in between.
        let most = bytes.len() - write.before.len() + 1;
        bytes.truncate(write.before.len() + random.below(most));
    }
    bytes
}

#[test]
fn a_power_cut_in_a_write_leaves_all_of_its_commit_or_nothing() {
    let writes = writes();
    for seed in seeds(2000) {
        let (mut random, write) = random_write(&writes, seed);
        let bytes = with_some_sectors(write, &mut random);
        let left = before_room(bytes.clone());
        let is_complete = left.len() >= write.sample.bytes.len()
            && left[..write.sample.bytes.len()] == write.sample.bytes;
        let commits = if is_complete { 5 } else { 4 };
        let end = write.sample.ends[commits];
        let disk = disk_with(&bytes);
        let mut store = open(&disk).unwrap();
        assert_eq!(&items(&mut store).unwrap(), write.held(commits));
        goes_on(
            &disk,
            &mut store,
            write.held(commits),
            &write.sample.bytes[..end],
        );
        let is_real = |byte: &u8| ![b' ', 0].contains(byte);
        let real = bytes[end..].iter().rposition(is_real);
        assert_eq!(store.cuts().count, u64::from(real.is_some()));
        let tail = real.map_or(&[][..], |last| &bytes[end..=end + last]);
        match &kept_aside(&disk)[..] {
            // Without its last byte the write had not ended.
            [] => assert!(!tail.ends_with(b"\"}\n"), "seed {seed}"),
            [(_, kept)] => assert_eq!(kept, tail),
            more => panic!("{more:?}"),
        }
    }
}

#[test]
fn a_reader_of_a_write_under_way_sees_the_commit_before_it() {
    let writes = writes();
    for seed in seeds(40) {
        let (mut random, write) = random_write(&writes, seed);
        let disk = disk_with(&write.before);
        let mut writer = open(&disk).unwrap();
        let mut readers = [open(&disk.new_process()).unwrap(), open_to_read(&disk)];
        // One that has had a turn.
        drop(readers[0].begin_turn().unwrap().unwrap());
        let turn = writer.begin_turn().unwrap().unwrap();
        let paused = turn.pause();
        for _ in 0..30 {
            let bytes = with_some_sectors(write, &mut random);
            if bytes.starts_with(&write.sample.bytes) {
                continue;
            }
            disk.damage(&data_path(), &bytes);
            for reader in &mut readers {
                assert_eq!(&items(reader).unwrap(), write.held(4));
            }
            assert_eq!(&items(&mut open_to_read(&disk)).unwrap(), write.held(4));
            let mut newcomer = open(&disk.new_process()).unwrap();
            assert_eq!(&items(&mut newcomer).unwrap(), write.held(4));
        }
        disk.damage(&data_path(), &write.after);
        for reader in &mut readers {
            assert_eq!(&items(reader).unwrap(), write.held(5));
        }
        drop(paused);
        assert_eq!(kept_aside(&disk), []);
    }
}
