//! Changes that others make in the folder of a store: the store's next turn finds each of them, although it looks at the
//! files only if the folder's times or the change counter are not as they were.
//!
//! The clock of the simulated machine stands still while others make changes, so that all of them may leave the same time.
//! Compactions are killed at any step. `PERSIST_LOCK_SEED` repeats a seed.

use crate::support::items::{commit, parts, put};
use crate::support::leases::name;
use crate::support::random::{Random, seeds};
use crate::support::sample::{FOLDER, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk, reach};
use persist_lock::disk::LockMode::Exclusive;
use persist_lock::store::{Progress, compact};
use persist_lock::{Error, Options, Result, Store};
use std::path::{Path, PathBuf};

const SEEDS: u64 = 400;
const STEPS: usize = 200;
/// Turns after which a store has looked at the files long enough ago to rely on the folder's times.
const WARM: usize = 60;
const COUNTER: &str = "\"counter\"";

fn lock_file() -> PathBuf {
    Path::new(FOLDER).join("writer.lock")
}

/// Several stores that count in one item.
struct Writers {
    disk: SimulatedDisk,
    random: Random,
    stores: Vec<Writer>,
    count: u64,
    /// The store that has the lease of a key.
    holder: Option<usize>,
}

struct Writer {
    store: Store,
    /// True if the lock file has been replaced since the store was opened.
    is_outdated: bool,
}

impl Writers {
    fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::new(seed, SECTOR);
        let mut stores = Vec::new();
        for _ in 0..3 {
            stores.push(Writer::open(&disk));
        }
        Writers {
            disk,
            random: Random::new(seed),
            stores,
            count: 0,
            holder: None,
        }
    }

    /// Changes something, or counts.
    fn step(&mut self, removes_lock: bool) {
        let at = match self.random.chance(4, 5) {
            true => 0,
            false => self.random.below(self.stores.len()),
        };
        match self.random.below(40) {
            0 => self.compact(),
            1 if removes_lock => self.remove_lock(),
            2 => self.lease(at),
            3 => self.end_lease(),
            4..20 => self.idle(at),
            _ => self.count(at),
        }
    }

    fn count(&mut self, at: usize) {
        let free = self.holder.is_none_or(|holder| holder == at);
        let count = self.count;
        self.turn(at, |store| {
            let mut turn = store.begin_turn()?.unwrap();
            let taken = turn.leases()?.take(&name("leased"), Exclusive, false)?;
            assert_eq!(taken, free, "the lease");
            let turn = turn.pause();
            let found = store.read(COUNTER.as_bytes(), 0, |item| parts(item).1)?;
            assert_eq!(found.map_or(0, |found| found.parse().unwrap()), count);
            let mut turn = store.resume(turn)?;
            let line = put(COUNTER, &(count + 1).to_string());
            turn.commit(line.into_bytes(), false)?;
            turn.end().map(drop)
        });
        self.count += 1;
    }

    /// Runs a turn that changes nothing.
    fn idle(&mut self, at: usize) {
        self.turn(at, |store| store.begin_turn()?.unwrap().end().map(drop));
    }

    fn lease(&mut self, at: usize) {
        if self.holder.is_none() {
            self.turn(at, |store| {
                let mut turn = store.begin_turn()?.unwrap();
                let mut leases = turn.leases()?;
                assert!(leases.take(&name("leased"), Exclusive, false)?);
                leases.lease(&[name("leased")], Exclusive, 1)?;
                turn.end().map(drop)
            });
            self.holder = Some(at);
        }
    }

    fn end_lease(&mut self) {
        if let Some(at) = self.holder.take() {
            self.stores[at].store.let_go(&name("leased"), 1).unwrap();
        }
    }

    /// Removes the lock file, as somebody who cleans up by hand does: that is in the same tick as a turn's own change of the
    /// folder only by chance.
    fn remove_lock(&mut self) {
        if self.disk.exists(&lock_file()).unwrap() {
            reach(&self.disk.machine).clock.pass_tick();
            self.disk.remove(&lock_file());
            for writer in &mut self.stores {
                writer.is_outdated = true;
            }
        }
    }

    /// Compacts in another process, which may be killed.
    fn compact(&mut self) {
        let process = self.disk.new_process();
        if self.random.chance(2, 3) {
            process.kill_after(self.random.below(20));
        }
        let (dir, options) = (Path::new("/"), Options::default());
        let compacted = compact(&process.shared(), dir, options, false, &Progress::default());
        assert!(process.is_dead() || compacted.unwrap());
    }

    /// Runs a turn of a store. If it has to be reopened, it also refuses a second turn.
    fn turn(&mut self, at: usize, mut act: impl FnMut(&mut Store) -> Result<()>) {
        let Writer { store, is_outdated } = &mut self.stores[at];
        match act(store) {
            Ok(()) => assert!(!*is_outdated, "another has the lock by now"),
            Err(error) => {
                assert!(error.needs_reopening(), "{error}");
                for _ in 0..WARM {
                    let again = store.begin_turn().map(drop);
                    assert!(again.is_err_and(|error| error.needs_reopening()));
                }
                let mut reopened = Writer::open(&self.disk);
                reopened.store.inherit(store);
                self.stores[at] = reopened;
                act(&mut self.stores[at].store).unwrap();
            }
        }
    }
}

impl Writer {
    fn open(disk: &SimulatedDisk) -> Self {
        Writer {
            store: open(&disk.new_process()).unwrap(),
            is_outdated: false,
        }
    }
}

#[test]
fn a_turn_finds_whatever_others_have_changed_in_the_folder() {
    for seed in seeds(SEEDS) {
        println!("PERSIST_LOCK_SEED={seed}");
        let mut writers = Writers::new(seed);
        for _ in 0..STEPS {
            writers.step(true);
        }
    }
}

#[test]
fn a_turn_finds_all_that_stores_change_even_if_the_times_of_folders_stand_still() {
    for seed in seeds(SEEDS) {
        println!("PERSIST_LOCK_SEED={seed}");
        let mut writers = Writers::new(seed);
        reach(&writers.disk.machine).clock.stall();
        for _ in 0..STEPS {
            writers.step(false);
        }
    }
}

#[test]
fn a_store_whose_lock_was_replaced_refuses_every_turn() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for _ in 0..WARM {
        commit(&mut store, &put("\"a\"", "1")).unwrap();
    }
    disk.remove(&lock_file());
    for _ in 0..WARM {
        let turn = store.begin_turn();
        assert!(matches!(turn, Err(Error::Superseded)));
    }
}
