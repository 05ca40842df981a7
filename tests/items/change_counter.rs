//! The change counter: a reader that looks at the file only after the counter has changed sees every
//! commit that a turn has answered from.
//!
//! Writers are killed in their turns, so that another writer's turn is the first to see their
//! commits. The file is compacted, torn tails and rooms are cut off, and the file of the counter is
//! emptied in place, as `cp` does before it writes. `PERSIST_LOCK_SEED` repeats a seed.

use crate::support::compaction;
use crate::support::items::{Items, items, parts, put, trim};
use crate::support::random::{Random, seeds};
use crate::support::sample::{FOLDER, open, open_with_room};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::{Error, Store};
use std::path::Path;

const SEEDS: u64 = 300;
const STEPS: usize = 40;

/// A store that is looked at only when the counter has changed.
struct Reader {
    store: Store,
    seen: Option<u32>,
}

impl Reader {
    fn new(disk: &SimulatedDisk) -> Self {
        let store = open(&disk.new_process()).unwrap();
        Reader { store, seen: None }
    }

    fn value(&mut self, key: &str) -> Result<Option<String>, Error> {
        let seen = self.store.counter();
        if seen.is_none() || seen != self.seen {
            self.seen = seen;
            self.store.look()?;
            self.store.changes();
        }
        self.store.read(key.as_bytes(), 0, |item| parts(item).1)
    }
}

#[test]
fn changes_that_were_read_and_not_told_leave_no_counter() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut writer = open(&disk).unwrap();
    let mut reader = open(&disk.new_process()).unwrap();
    turn(&mut writer, 0, false).unwrap();
    reader.look().unwrap();
    assert_eq!(reader.counter(), None, "nobody was told yet");
    let told = reader.changes();
    let counter = reader.counter();
    assert!(counter.is_some());
    // A compaction on a thread looks before the writer has counted its commit.
    let mut turn = writer.begin_turn().unwrap().unwrap();
    turn.commit(put("\"a\"", "1").into_bytes(), false).unwrap();
    assert_eq!(reader.counter(), counter, "not counted yet");
    assert!(reader.compaction_source().is_some());
    assert_eq!(reader.counter(), None);
    assert_ne!(reader.changes(), told);
    assert_eq!(reader.counter(), counter);
    turn.end().unwrap();
    assert_ne!(reader.counter(), counter);
    // The index may be wrong: only a look can tell.
    reader.distrust();
    assert_eq!(reader.counter(), None);
}

#[test]
fn a_reader_that_looks_only_after_a_change_of_the_counter_misses_nothing() {
    for seed in seeds(SEEDS) {
        println!("PERSIST_LOCK_SEED={seed}");
        run(seed);
    }
}

fn run(seed: u64) {
    let mut random = Random::new(seed);
    let disk = SimulatedDisk::new(seed, SECTOR);
    let mut writers: Vec<(SimulatedDisk, Store)> = Vec::new();
    let mut reader = Reader::new(&disk);
    for step in 0..STEPS {
        if writers.len() < 2 {
            let process = disk.new_process();
            // A look must see a commit that does not change the length of the file.
            let room = random.pick(&[0, 30, 400, 5000]);
            let store = open_with_room(&process, room, 1).unwrap();
            writers.push((process, store));
        }
        let at = random.below(writers.len());
        let (process, store) = &mut writers[at];
        match random.below(10) {
            9 => drop(trim(store)),
            8 => disk.damage(&Path::new(FOLDER).join("writer.lock"), b""),
            0 => drop(compaction::run(&disk).unwrap()),
            // A plain look reads the commits of a killed writer before the turn that counts them.
            1 | 2 => drop(store.look()),
            kind => {
                if kind == 3 {
                    process.kill_after(random.below(6));
                }
                let turned = turn(store, step, kind > 5);
                let dead = process.is_dead();
                if dead || turned.as_ref().is_err_and(Error::needs_reopening) {
                    writers.remove(at);
                } else {
                    turned.unwrap();
                    let answered = items(&mut writers[at].1).unwrap();
                    check(&mut reader, &disk, &answered, step);
                }
            }
        }
    }
}

/// A turn with a commit, or with none, which may answer a call all the same.
fn turn(store: &mut Store, step: usize, empty: bool) -> Result<(), Error> {
    let mut turn = store.begin_turn()?.unwrap();
    if !empty {
        let key = format!("\"{}\"", step % 3);
        turn.commit(put(&key, &step.to_string()).into_bytes(), false)?;
    }
    turn.end().map(drop)
}

fn check(reader: &mut Reader, disk: &SimulatedDisk, answered: &Items, step: usize) {
    for key in ["\"0\"", "\"1\"", "\"2\""] {
        let found = match reader.value(key) {
            Err(error) if error.needs_reopening() => {
                *reader = Reader::new(disk);
                reader.value(key)
            }
            found => found,
        };
        let expected = answered.get(key);
        assert_eq!(found.unwrap().as_ref(), expected, "at step {step}");
    }
}
