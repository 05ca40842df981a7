//! Watchers beside everything that was committed: a random model of them and the head.

use crate::support::compaction::run;
use crate::support::items::{commit, parts, put};
use crate::support::random::{Random, seeds};
use crate::support::sample::open;
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::Store;
use persist_lock::record::Content;
use persist_lock::store::{Filter, Passed, Told};
use std::collections::{BTreeMap, BTreeSet};

fn key(at: usize) -> String {
    format!("\"key {at}\"")
}

/// A change: the number of its commit, the key, and the value unless it was removed.
type Entry = (u64, String, Option<u64>);

/// A watcher, and the changes that it was told.
struct Watched {
    id: u32,
    filter: Filter,
    known: u64,
    told: Vec<Entry>,
    was_left: bool,
}

/// Returns the number at the beginning of a value.
fn number(value: &str) -> Option<u64> {
    value.trim_matches(['"', 'x']).parse().ok()
}

/// A store with watchers, and everything that was committed.
struct World {
    random: Random,
    disk: SimulatedDisk,
    store: Store,
    history: Vec<Entry>,
    present: BTreeSet<String>,
    watchers: Vec<Watched>,
}

impl World {
    fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::new(seed, SECTOR);
        World {
            random: Random::new(seed),
            store: open(&disk).unwrap(),
            disk,
            history: Vec::new(),
            present: BTreeSet::new(),
            watchers: Vec::new(),
        }
    }

    fn step(&mut self) {
        match self.random.below(12) {
            0..=3 => self.set(),
            4 => self.clear(),
            5 if self.random.chance(1, 3) => {
                run(&self.disk).unwrap();
                self.store.look().unwrap();
            }
            6 => self.watch(),
            // The head pauses inside large commits.
            7 | 8 => drop(self.pass()),
            _ => self.tell(),
        }
    }

    /// Sets some keys in one commit, in any order. One commit in four is large.
    fn set(&mut self) {
        let mut keys: Vec<String> = (0..8).map(key).collect();
        let rest = "x".repeat(if self.random.chance(1, 4) { 100_000 } else { 0 });
        let commit_number = self.store.newest_commit() + 1;
        let mut lines = String::new();
        for _ in 0..=self.random.below(8) {
            let key = keys.swap_remove(self.random.below(keys.len()));
            let value = self.history.len() as u64;
            lines += &put(&key, &format!("\"{value}{rest}\""));
            self.present.insert(key.clone());
            self.history.push((commit_number, key, Some(value)));
        }
        commit(&mut self.store, &lines).unwrap();
    }

    fn clear(&mut self) {
        if self.present.is_empty() || self.random.chance(2, 3) {
            return;
        }
        let mut turn = self.store.begin_turn().unwrap().unwrap();
        turn.commit(Vec::new(), true).unwrap();
        turn.end().unwrap();
        let number = self.store.newest_commit();
        let present = std::mem::take(&mut self.present);
        let removed = present.into_iter().map(|key| (number, key, None));
        self.history.extend(removed);
    }

    fn watch(&mut self) {
        let text = key(self.random.below(8));
        let filter = match self.random.below(3) {
            0 => Filter::prefix(String::new()),
            _ => Filter::key(text),
        };
        let newest = self.store.newest_commit();
        let since = self.random.chance(1, 2).then(|| {
            let oldest = self.store.oldest_watched();
            oldest + self.random.below((newest - oldest + 1) as usize) as u64
        });
        let id = self.store.watch(filter.clone(), since).unwrap();
        self.watchers.push(Watched {
            id,
            filter,
            known: since.unwrap_or(newest),
            told: Vec::new(),
            was_left: false,
        });
    }

    /// Lets the head read some commits. Returns false if there are no more.
    fn pass(&mut self) -> bool {
        let passed = self.store.pass_watched(&mut Vec::new()).unwrap();
        assert_ne!(passed, Passed::NeedsComparison);
        if passed == Passed::NeedsKeys
            && let Some(finding) = self.store.finding(None)
        {
            self.store.found(None, &finding.run().unwrap());
        }
        passed != Passed::All
    }

    /// Tells any watcher some changes.
    fn tell(&mut self) {
        if !self.watchers.is_empty() {
            let at = self.random.below(self.watchers.len());
            let limit = 1 + self.random.below(6);
            self.tell_some(at, limit);
        }
    }

    fn tell_some(&mut self, at: usize, limit: usize) -> Told {
        let Watched {
            id, told, was_left, ..
        } = &mut self.watchers[at];
        let mut count = 0;
        let state = self.store.tell_watched(*id, &mut |change| {
            let name = String::from_utf8_lossy(change.item.key).to_string();
            let value = match change.item.content {
                Content::Removed => None,
                Content::Value { .. } => number(&parts(&change.item).1),
            };
            told.push((change.commit, name, value));
            *was_left |= change.is_merged;
            count += 1;
            count < limit
        });
        let state = state.unwrap();
        if state == Told::NeedsKeys
            && let Some(finding) = self.store.finding(Some(*id))
        {
            self.store.found(Some(*id), &finding.run().unwrap());
        }
        state
    }

    /// Tells all watchers everything, and compares it with the history.
    fn check(&mut self) -> usize {
        let mut left = 0;
        for at in 0..self.watchers.len() {
            while self.pass() {}
            while self.tell_some(at, usize::MAX) != Told::All {
                self.pass();
            }
            let Watched {
                filter,
                known,
                told,
                was_left,
                ..
            } = &self.watchers[at];
            let concerns =
                |(number, key, _): &&Entry| *number > *known && filter.picks(key.as_bytes());
            let mut expected: Vec<Entry> = self.history.iter().filter(concerns).cloned().collect();
            let last = |changes: &[Entry]| -> BTreeMap<String, Option<u64>> {
                changes
                    .iter()
                    .map(|(_, key, value)| (key.clone(), *value))
                    .collect()
            };
            assert_eq!(last(told), last(&expected));
            left += usize::from(*was_left);
            if !was_left {
                // The keys of a `clear` come in any order.
                let mut told = told.clone();
                told.sort_by_key(|(number, key, value)| {
                    (*number, value.is_none().then(|| key.clone()))
                });
                expected.sort_by_key(|(number, key, value)| {
                    (*number, value.is_none().then(|| key.clone()))
                });
                assert_eq!(told, expected);
            }
        }
        left
    }
}

#[test]
fn watchers_are_told_all_changes_wherever_they_and_the_head_are() {
    let (mut watchers, mut left) = (0, 0);
    for seed in seeds(20) {
        let mut world = World::new(seed);
        for _ in 0..80 {
            world.step();
        }
        watchers += world.watchers.len();
        left += world.check();
    }
    assert!(
        left > 0 && left < watchers,
        "{left} of {watchers} were left behind"
    );
}
