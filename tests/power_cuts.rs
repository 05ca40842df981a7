//! Cuts the power thousands of times, in the middle of anything, and looks at what is left.
//!
//! Some processes work on one simulated disk: they commit, sync, claim, open anew, are killed in the middle of a write,
//! meet a full disk and syncs that fail. After each cut a store is opened and must hold what some first part of the
//! commits had led to, never half a commit; and all that was acknowledged, with what that was built on, is in that part.
//! The damage that a failing disk does is no matter of this file: the last commit, until another claims it, cannot be told
//! from a torn one.
//!
//! `PERSIST_LOCK_CUTS` says how many cuts are to be made at least; `PERSIST_LOCK_SEED` runs one seed alone and tells each
//! step.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use persist_lock::{Error, Options, PendingSync, Store};
use std::path::Path;
use support::history::History;
use support::items::{Items, items, put, removal};
use support::random::Random;
use support::simulated_disk::{SECTOR, SimulatedDisk};

const CUTS: usize = 10_000;
const CUTS_OF_A_SEED: usize = 8;

#[test]
fn what_was_acknowledged_outlives_every_power_cut() {
    if let Ok(seed) = std::env::var("PERSIST_LOCK_SEED") {
        World::new(seed.parse().unwrap(), true).run();
        return;
    }
    let wanted = std::env::var("PERSIST_LOCK_CUTS").map_or(CUTS, |number| number.parse().unwrap());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads as u64 {
            scope.spawn(move || {
                let mut made = 0;
                let mut seeds = (first..).step_by(threads);
                while made < wanted.div_ceil(threads) {
                    made += World::new(seeds.next().unwrap(), false).run();
                }
            });
        }
    });
}

/// A process that has the store open.
struct Writer {
    disk: SimulatedDisk,
    store: Store,
    /// The newest state that it has seen, by its place in the history.
    seen: usize,
    /// Its last turn ended well: so its syncs count.
    may_sync: bool,
    /// A sync that was asked for and is not yet run, and what it covers.
    asked: Option<(PendingSync, usize)>,
    /// One of its syncs has failed: it is to open the store anew.
    failed: bool,
}

struct World {
    seed: u64,
    random: Random,
    disk: SimulatedDisk,
    writers: Vec<Writer>,
    history: History,
    values: usize,
    /// All commits have one length, as those of a counter have.
    counts: bool,
    cuts: usize,
    verbose: bool,
}

/// Tells the seed if the test fails.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "it fails with PERSIST_LOCK_SEED={}, at cut {}",
                self.seed, self.cuts
            );
        }
    }
}

impl World {
    fn new(seed: u64, verbose: bool) -> Self {
        let mut random = Random::new(seed);
        // On a disk of small sectors a commit often ends where a sector does, as those of one length may on any.
        let sector = random.pick(&[SECTOR, SECTOR, 64, 8]);
        World {
            seed,
            disk: SimulatedDisk::new(random.number(), sector),
            counts: random.chance(1, 3),
            random,
            writers: Vec::new(),
            history: History::new(),
            values: 0,
            cuts: 0,
            verbose,
        }
    }

    fn run(mut self) -> usize {
        while self.cuts < CUTS_OF_A_SEED {
            for _ in 0..self.random.below(24) {
                self.step();
            }
            self.cut();
            self.recover();
        }
        self.cuts
    }

    fn tell(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            println!("{}", text());
        }
    }

    fn step(&mut self) {
        if self.writers.is_empty() || (self.writers.len() < 3 && self.random.chance(1, 8)) {
            return self.open();
        }
        let at = self.random.below(self.writers.len());
        self.disturb(at);
        match self.random.below(20) {
            0..8 => self.turn(at, 3),
            8..10 => self.turn(at, 0),
            10..15 => self.ask_for_sync(at),
            15..17 => self.claim(at),
            17 => self.look(at),
            18 => self.open_anew(at),
            _ => {
                self.tell(|| format!("kill {at}"));
                self.writers.remove(at).disk.kill();
            }
        }
        self.bury();
        if self.random.chance(3, 4) {
            self.run_asked_sync();
        }
    }

    /// Lets something go wrong soon, now and then.
    fn disturb(&mut self, at: usize) {
        let disk = self.writers[at].disk.clone();
        self.disturb_process(&disk);
    }

    fn disturb_process(&mut self, disk: &SimulatedDisk) {
        match self.random.below(40) {
            0..4 => disk.fail_next_sync(),
            4 => disk.fail_next_folder_sync(),
            5 => disk.fail_next_write(),
            6..9 => disk.kill_after(self.random.below(8)),
            _ => {}
        }
    }

    /// Forgets the processes that have died.
    fn bury(&mut self) {
        let before = self.writers.len();
        self.writers.retain(|writer| !writer.disk.is_dead());
        if self.writers.len() < before {
            self.tell(|| "a process has died".to_string());
        }
    }

    fn open(&mut self) {
        let disk = self.disk.new_process();
        self.disturb_process(&disk);
        self.open_in(disk);
    }

    fn open_in(&mut self, disk: SimulatedDisk) {
        match Store::open(disk.shared(), Path::new("/"), Options::default()) {
            Ok(store) => {
                self.tell(|| "open".to_string());
                self.writers.push(Writer {
                    disk,
                    store,
                    seen: 0,
                    may_sync: false,
                    asked: None,
                    failed: false,
                });
                self.look(self.writers.len() - 1);
            }
            Err(error) => self.forgive(&disk, error),
        }
    }

    fn open_anew(&mut self, at: usize) {
        let writer = self.writers.remove(at);
        drop(writer.store);
        self.open_in(writer.disk);
    }

    /// Errors that a disturbed process may meet. No other is right.
    fn forgive(&self, disk: &SimulatedDisk, error: Error) {
        self.tell(|| format!("{error}"));
        let full = error
            .os_error()
            .is_some_and(|source| source.kind() == std::io::ErrorKind::StorageFull);
        let forgiven = disk.is_dead() || full || matches!(error, Error::SyncFailed { .. });
        assert!(forgiven, "{error}");
    }

    /// Begins a turn, and opens the store anew where it has to be. Tells whether there is a turn.
    fn begin_turn(&mut self, at: usize) -> bool {
        let writer = &mut self.writers[at];
        writer.may_sync = false;
        match writer.store.begin_turn() {
            Ok(began) => {
                assert!(began, "nobody else has the lock");
                writer.seen = self.history.newest();
                if self.history.is_in_doubt() || self.random.chance(1, 3) {
                    self.look(at);
                }
                true
            }
            Err(Error::Moved) => {
                assert!(writer.failed, "moved, though no sync had failed");
                self.open_anew(at);
                false
            }
            Err(error) => {
                let disk = writer.disk.clone();
                self.forgive(&disk, error);
                false
            }
        }
    }

    fn end_turn(&mut self, at: usize) {
        let writer = &mut self.writers[at];
        if let Err(error) = writer.store.end_turn() {
            let disk = writer.disk.clone();
            return self.forgive(&disk, error);
        }
        writer.may_sync = true;
    }

    /// A turn of some commits; without any it may still answer a call, from what it has seen.
    fn turn(&mut self, at: usize, most: usize) {
        if !self.begin_turn(at) {
            return;
        }
        let other = self.random.below(self.writers.len());
        if other != at && !self.writers[other].failed {
            let began = self.writers[other].store.begin_turn();
            assert!(
                self.writers[other].disk.is_dead() || !began.unwrap(),
                "two have the lock"
            );
        }
        for _ in 0..self.random.below(most + 1) {
            if !self.writers[at].disk.is_dead() {
                self.commit(at);
            }
        }
        self.end_turn(at);
    }

    fn commit(&mut self, at: usize) {
        let clear = !self.counts && self.random.chance(1, 16);
        let mut next = match clear {
            true => Items::new(),
            false => self.history.items().clone(),
        };
        let mut lines = String::new();
        let most = if self.counts { 1 } else { 3 };
        // The last line sets a value that was never there, so that no two states are alike.
        for more in (0..1 + self.random.below(most)).rev() {
            let key = format!("\"{}\"", self.random.pick(&["a", "b", "c", "d"]));
            if more > 0 && self.random.chance(1, 3) {
                lines += &removal(&key);
                next.remove(&key);
            } else {
                let value = self.new_value();
                lines += &put(&key, &value);
                next.insert(key, value);
            }
        }
        self.tell(|| format!("commit by {at}, clear: {clear}\n{lines}"));
        let writer = &mut self.writers[at];
        match writer.store.commit(lines.into_bytes(), clear) {
            Ok(()) => {
                self.history.commit(next);
                writer.seen = self.history.newest();
            }
            Err(error) => {
                let disk = writer.disk.clone();
                match disk.is_dead() {
                    true => self.history.doubt(next),
                    false => self.history.reject(next),
                }
                self.forgive(&disk, error);
            }
        }
    }

    /// A value that no other commit has; mostly of one length.
    fn new_value(&mut self) -> String {
        self.values += 1;
        let padding = match self.random.below(10) {
            _ if self.counts => 0,
            0 => self.random.below(2000),
            1 => self.random.below(16),
            _ => 0,
        };
        format!("\"{:06}{}\"", self.values, "x".repeat(padding))
    }

    /// A look of a process must find the newest commit.
    fn look(&mut self, at: usize) {
        let writer = &mut self.writers[at];
        let found = match items(&mut writer.store) {
            Ok(found) => found,
            Err(Error::Moved) => {
                assert!(writer.failed, "moved, though no sync had failed");
                return self.open_anew(at);
            }
            Err(error) => {
                let disk = writer.disk.clone();
                return self.forgive(&disk, error);
            }
        };
        self.history.check_live(&found);
        self.writers[at].seen = self.history.newest();
    }

    /// Asks for a sync of all that was seen. It is run now or later, as a thread would.
    fn ask_for_sync(&mut self, at: usize) {
        let writer = &mut self.writers[at];
        if !writer.may_sync || writer.asked.is_some() {
            return;
        }
        let seen = writer.seen;
        writer.asked = writer.store.pending_sync().map(|sync| (sync, seen));
        if writer.asked.is_none() {
            self.acknowledge(seen);
        }
    }

    fn run_asked_sync(&mut self) {
        let asking = |writer: &Writer| writer.asked.is_some();
        let Some(at) = self.writers.iter().position(asking) else {
            return;
        };
        let writer = &mut self.writers[at];
        let (sync, covers) = writer.asked.take().unwrap();
        let result = sync.run();
        writer.store.synced(&sync, &result);
        match result {
            Ok(()) => self.acknowledge(covers),
            Err(error) => {
                writer.failed = true;
                writer.may_sync = false;
                let disk = writer.disk.clone();
                self.forgive(&disk, error);
                self.bury();
            }
        }
    }

    fn acknowledge(&mut self, state: usize) {
        self.tell(|| format!("acknowledged: {state}"));
        self.history.acknowledge(state);
    }

    fn claim(&mut self, at: usize) {
        if !self.begin_turn(at) {
            return;
        }
        self.tell(|| format!("claim by {at}"));
        let writer = &mut self.writers[at];
        if let Err(error) = writer.store.claim() {
            let disk = writer.disk.clone();
            self.forgive(&disk, error);
        }
        self.end_turn(at);
    }

    fn cut(&mut self) {
        self.tell(|| "power cut".to_string());
        self.disk.cut();
        self.writers.clear();
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
        let opened = Store::open(disk.shared(), Path::new("/"), Options::default());
        let mut store = self.unless_dead(disk, opened)?;
        let read = items(&mut store);
        let read = self.unless_dead(disk, read)?;
        self.history.check_after_cut(&read);
        self.tell(|| format!("recovered: {}", self.history.newest()));
        let began = store.begin_turn();
        assert!(
            self.unless_dead(disk, began)?,
            "a dead process has the lock"
        );
        let found = items(&mut store);
        assert_eq!(
            self.unless_dead(disk, found)?,
            read,
            "the turn has changed what is there"
        );
        // To acknowledge it is left to those who come after, but not always.
        if self.random.chance(1, 3) {
            let ended = store.end_turn();
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
