//! Random turns of several stores on the simulated disk, compared with a model of their leases.
//!
//! Stores take, keep, end and release leases, wait and stop waiting, clear, and are killed. No two have leases that exclude each
//! other, no take is refused without a reason, and in the end every wait is over and no file is left.
//!
//! `PERSIST_LOCK_SEED` repeats a seed and prints each step.

use crate::support::lease_world::{ALL, KEYS, World, lease_name};
use crate::support::leases::{Place, idle_turn, name, turn};
use crate::support::random::{repeated_seed, seeds};
use persist_lock::disk::LockMode::Exclusive;

const SEEDS: u64 = 300;
const STEPS: usize = 120;
const STORES: usize = 4;

#[test]
fn no_two_stores_hold_leases_that_exclude_each_other() {
    for seed in seeds(SEEDS) {
        World::new(seed, repeated_seed().is_some()).run();
    }
}

impl World {
    fn run(mut self) {
        for _ in 0..STEPS {
            self.step();
            self.check_files();
        }
        self.finish();
    }

    fn step(&mut self) {
        if self.members.is_empty() || (self.members.len() < STORES && self.random.chance(1, 4)) {
            return self.open();
        }
        let at = self.random.below(self.members.len());
        match self.random.below(20) {
            0..11 => self.turn(at),
            11..15 => self.poll_any(at),
            15..17 => self.let_go(at),
            17 => self.abandon(at),
            18 => self.clear(at),
            _ => self.kill(at),
        }
    }

    fn poll_any(&mut self, at: usize) {
        let waits: Vec<&str> = self.members[at].waits.keys().copied().collect();
        if !waits.is_empty() {
            let key = self.random.pick(&waits);
            match self.random.chance(1, 4) {
                true => self.look(at, key, Self::take_up),
                false => self.poll(at, key, Self::take_up),
            }
        }
    }

    fn take_up(&mut self, at: usize, key: &'static str) {
        self.tell(|| format!("{at} is granted {key}"));
        let leased = &self.members[at].leased;
        let is_in_vain = leased.contains_key(key) || (key == ALL && !leased.is_empty());
        if is_in_vain || self.random.chance(1, 8) {
            let leases = self.members[at].store.leases().unwrap();
            leases.abandon(&lease_name(key)).unwrap();
        } else if key == ALL {
            self.clear(at);
        } else {
            self.begin_turn(at);
            self.take_or_wait(at, key);
            self.end_turn(at);
        }
    }

    /// Ends every lease; then every wait gets its lease, and nothing is left.
    fn finish(&mut self) {
        self.open();
        for at in 0..self.members.len() {
            for key in KEYS {
                while self.forget(at, key) {
                    let store = &mut self.members[at].store;
                    match self.random.chance(1, 2) {
                        true => store.let_go(&name(key), 1).unwrap(),
                        false => turn(store, |leases| leases.end(&name(key), 1)),
                    }
                }
            }
        }
        let waits = self.members.iter().map(|one| one.waits.len()).sum();
        for _ in 0..waits {
            for at in 0..self.members.len() {
                for key in [KEYS[0], KEYS[1], KEYS[2], ALL] {
                    if self.members[at].waits.contains_key(key) {
                        self.poll(at, key, Self::get_in_the_end);
                    }
                }
            }
        }
        assert!(self.members.iter().all(|one| one.waits.is_empty()));
        for member in &mut self.members {
            idle_turn(&mut member.store);
        }
        assert_eq!(Place::on(&self.disk).files(), [""; 0]);
    }

    fn get_in_the_end(&mut self, at: usize, key: &'static str) {
        self.tell(|| format!("{at} is granted {key} in the end"));
        match key {
            ALL => self.clear(at),
            key => {
                self.begin_turn(at);
                assert!(self.take(at, key, Exclusive, false));
                self.end_turn(at);
            }
        }
    }
}
