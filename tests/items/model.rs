//! Random work on two stores of one folder, with and without rooms, compared with a map at every step.
//!
//! `PERSIST_LOCK_SEED` repeats a seed.

use crate::support::items::{Items, claim, items_at, parts, put, put_until, removal, sync, trim};
use crate::support::random::{Random, seeds};
use crate::support::sample::open_with_room;
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use crate::support::turns::resumed;
use persist_lock::Store;
use persist_lock::store::Turn;
use std::collections::BTreeMap;

const SEEDS: u64 = 60;
const STEPS: usize = 120;

#[test]
fn stores_have_the_items_that_a_map_has() {
    for seed in seeds(SEEDS) {
        // Shown only if the test fails, and then last.
        println!("PERSIST_LOCK_SEED={seed}");
        Run::new(seed).run();
    }
}

/// The values and expiries of items by key.
type Model = BTreeMap<String, (String, Option<u64>)>;

struct Run {
    random: Random,
    disk: SimulatedDisk,
    stores: Vec<Store>,
    model: Model,
    commits: usize,
}

impl Run {
    fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::new(seed, SECTOR);
        let mut random = Random::new(seed);
        let stores = (0..2).map(|_| open(&disk, &mut random)).collect();
        Run {
            random,
            disk,
            stores,
            model: Model::new(),
            commits: 0,
        }
    }

    fn run(mut self) {
        for _ in 0..STEPS {
            let at = self.random.below(self.stores.len());
            match self.random.below(12) {
                0..6 => self.turn(at),
                6 => self.stores[at] = open(&self.disk, &mut self.random),
                7 => sync(&mut self.stores[at]).unwrap(),
                8 => claim(&mut self.stores[at]).unwrap(),
                9 => trim(&mut self.stores[at]).unwrap(),
                10 => {
                    trim(&mut self.stores[at]).unwrap();
                    self.stores[at] = open(&self.disk, &mut self.random);
                }
                _ => {}
            }
            let at = self.random.below(self.stores.len());
            self.compare(at);
        }
        assert!(self.commits > 0);
    }

    fn turn(&mut self, at: usize) {
        let turn = self.stores[at].begin_turn().unwrap().unwrap();
        let mut paused = Some(turn.pause());
        assert!(self.stores[1 - at].begin_turn().unwrap().is_none());
        for _ in 0..self.random.below(3) {
            let clear = self.random.chance(1, 12);
            let lines = self.change_model(clear);
            let store = &mut self.stores[at];
            let commit = |turn: &mut Turn<'_>| turn.commit(lines.into_bytes(), clear);
            resumed(store, &mut paused, commit).unwrap();
            self.commits += 1;
            self.compare(at);
        }
        let turn = self.stores[at].resume(paused.unwrap()).unwrap();
        turn.end().unwrap();
    }

    /// Some changes; the lines that make them.
    fn change_model(&mut self, clear: bool) -> String {
        if clear {
            self.model.clear();
        }
        let mut lines = String::new();
        for _ in 0..self.random.below(5) {
            let key = self.key();
            let value = self.value();
            match self.random.below(4) {
                0 => {
                    lines += &removal(&key);
                    self.model.remove(&key);
                }
                1 => {
                    let expires = self.random.below(100) as u64;
                    lines += &put_until(&key, &value, expires);
                    self.model.insert(key, (value, Some(expires)));
                }
                _ => {
                    lines += &put(&key, &value);
                    self.model.insert(key, (value, None));
                }
            }
        }
        lines
    }

    fn key(&mut self) -> String {
        let number = self.random.below(12);
        let odd = [
            "\"\"",
            "\"\\\"\\\\\"",
            "\"ключ\"",
            "\"a\\nb\"",
            "\"},\\\"value\\\":1\"",
        ];
        match odd.get(number) {
            Some(key) => key.to_string(),
            None => format!("\"key {number}\""),
        }
    }

    fn value(&mut self) -> String {
        let number = self.random.below(1_000_000);
        match self.random.below(8) {
            0 => format!("{{\"x\":[{number},null],\"expires\":7}}"),
            1 => format!("\",\\\"expires\\\":{number}\""),
            2 => format!("\"{}\"", "é".repeat(number % 9000)),
            3 => format!("-{number}e-7"),
            4 => "true".to_string(),
            _ => number.to_string(),
        }
    }

    fn compare(&mut self, at: usize) {
        let now = self.random.below(100) as u64;
        let store = &mut self.stores[at];
        let is_live = |expires: &Option<u64>| expires.is_none_or(|expires| now < expires);
        let part = |live: bool| -> Items {
            let items = self.model.iter();
            items
                .filter(|(_, (_, expires))| is_live(expires) == live)
                .map(|(key, (value, _))| (key.clone(), value.clone()))
                .collect()
        };
        let live = part(true);
        assert_eq!(items_at(store, now).unwrap(), live);
        assert_eq!(store.count(now), live.len());
        let mut expired = Items::new();
        let mut listing = store.expired(now);
        while listing
            .read(64, &mut |item| expired.extend([parts(&item)]))
            .unwrap()
        {}
        assert_eq!(expired, part(false));
        let key = self.key();
        let store = &mut self.stores[at];
        let found = store
            .read(key.as_bytes(), now, |item| parts(item).1)
            .unwrap();
        assert_eq!(found.as_ref(), live.get(&key));
        let has = store.has(key.as_bytes(), now);
        assert_eq!(has, found.is_some());
    }
}

/// Opens a store that writes room ahead, or none.
fn open(disk: &SimulatedDisk, random: &mut Random) -> Store {
    let process = disk.new_process();
    let rooms = [
        (0, 1),
        (8, 1),
        (40, 8),
        (600, 512),
        (4096, 4096),
        (60_000, 4096),
    ];
    let (least, boundary) = random.pick(&rooms);
    open_with_room(&process, least, boundary).unwrap()
}
