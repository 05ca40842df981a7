//! The power is cut thousands of times, at any step.
//!
//! Several processes work on one simulated disk: they commit, with rooms of several lengths or
//! none, sync, claim, close, reopen, compact, are killed in the middle of a write, and meet full
//! disks and failed syncs. After each cut a store is opened. Its items must be those after some
//! first commits, never after half a commit, and include every acknowledged commit and all before
//! it. Damage by a failing disk is left out: the last commit, until another claims it, cannot be
//! told from a torn one.
//!
//! `PERSIST_LOCK_SEED` repeats a seed and prints each step.

use crate::support::items::items;
use crate::support::random::{repeated_seed, seeds};
use crate::support::simulated_disk::SimulatedDisk;
use crate::support::workload::World;
use persist_lock::store::Turn;
use persist_lock::{Error, Store};
use std::path::Path;

/// So many that there are 10 000 cuts.
const SEEDS: u64 = 1250;
const CUTS_OF_A_SEED: usize = 8;

#[test]
fn acknowledged_commits_survive_every_power_cut() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || {
                for seed in seeds(SEEDS).skip(first).step_by(threads) {
                    World::new(seed, repeated_seed().is_some()).run();
                }
            });
        }
    });
}

impl World {
    fn run(mut self) {
        while self.cuts < CUTS_OF_A_SEED {
            for _ in 0..self.random.below(24) {
                self.step();
            }
            self.cut();
            self.recover();
        }
    }

    fn cut(&mut self) {
        self.tell(|| "power cut".to_string());
        self.disk.cut();
        self.writers.clear();
        self.end_compaction();
        self.cuts += 1;
    }

    /// Opens the store after a cut and compares it with the history, which then ends where the store does. The power may
    /// be cut again meanwhile.
    fn recover(&mut self) {
        loop {
            let disk = self.disk.new_process();
            if self.random.chance(1, 4) {
                disk.kill_after(self.random.below(6));
            }
            if self.try_to_recover(&disk).is_some() {
                return disk.kill();
            }
            if self.random.chance(1, 2) {
                self.cut();
            }
        }
    }

    fn try_to_recover(&mut self, disk: &SimulatedDisk) -> Option<()> {
        let options = self.options();
        let opened = Store::open(disk.shared(), Path::new("/"), options);
        let mut store = self.unless_dead(disk, opened)?;
        let read = items(&mut store);
        let read = self.unless_dead(disk, read)?;
        self.history.check_after_cut(&read);
        self.tell(|| format!("recovered: {}", self.history.newest()));
        let began = store.begin_turn();
        let paused = self.unless_dead(disk, began)?.map(Turn::pause);
        let paused = paused.expect("no dead process has the lock");
        let found = items(&mut store);
        assert_eq!(
            self.unless_dead(disk, found)?,
            read,
            "the turn has changed what is there"
        );
        // Sometimes this store acknowledges it, and otherwise a later one.
        if self.random.chance(1, 3) {
            let ended = store.resume(paused).unwrap().end();
            self.unless_dead(disk, ended)?;
            let synced = match store.pending_sync() {
                None => Ok(()),
                Some(sync) => sync.run(),
            };
            self.unless_dead(disk, synced)?;
            self.acknowledge(self.history.newest());
        }
        Some(())
    }

    fn unless_dead<T>(&self, disk: &SimulatedDisk, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) if disk.is_dead() => {
                self.tell(|| format!("killed in the recovery: {error}"));
                None
            }
            Err(error) => panic!("the recovery fails: {error}"),
        }
    }
}
