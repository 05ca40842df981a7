//! The work of the processes of one machine on a store until the power is cut: they open it, commit,
//! sync, claim, compact it, are killed in the middle of a write, and meet full disks and failed
//! syncs. One seed decides all of it.

mod compactions;
mod turns;

use super::history::History;
use super::items::items;
use super::random::Random;
use super::simulated_disk::{SECTOR, SimulatedDisk};
use compactions::Compacting;
use persist_lock::store::{Paused, Relocation, renew};
use persist_lock::{Error, Options, PendingSync, Room, Store};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// Nobody can be waited for in one thread: a compaction under way keeps a renewal from being done.
const OPTIONS: Options = Options {
    mode: 0o600,
    lock_timeout: Some(Duration::ZERO),
    read_only: false,
    room: Room::None,
};

/// The rooms that commits write ahead: shorter and longer than a sector, and the product's.
const ROOMS: [Room; 8] = [
    Room::None,
    up_to(8, 1),
    up_to(40, 8),
    up_to(100, 512),
    up_to(600, 1),
    up_to(600, 512),
    up_to(4096, 4096),
    Room::AHEAD,
];

const fn up_to(least: u64, boundary: u64) -> Room {
    Room::UpTo { least, boundary }
}

/// A process that has the store open.
pub struct Writer {
    disk: SimulatedDisk,
    store: Store,
    /// The turn that it is in.
    turn: Option<Paused>,
    /// The newest state that it has seen, by its place in the history.
    seen: usize,
    /// Its last turn ended well: so its syncs count.
    may_sync: bool,
    /// A sync that has not run yet, and the last commit that it covers.
    asked: Option<(PendingSync, usize)>,
    /// One of its syncs has failed: it must move the store to a new file, or find that another has.
    failed: bool,
    /// The number of switches when it last saw the newest commit.
    switches_seen: usize,
    /// True if its index must be moved to the file that it has followed to.
    relocation: Option<Relocation>,
}

pub struct World {
    seed: u64,
    pub random: Random,
    pub disk: SimulatedDisk,
    pub writers: Vec<Writer>,
    /// The compaction under way, which others' steps come between.
    compacting: Option<Compacting>,
    /// The number of compactions that have switched files.
    pub switches: usize,
    pub history: History,
    values: usize,
    /// The room of most processes.
    room: Room,
    /// All commits have one length, as those of a counter have.
    counts: bool,
    pub cuts: usize,
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
    pub fn new(seed: u64, verbose: bool) -> Self {
        let mut random = Random::new(seed);
        // On a disk of small sectors a commit often ends where a sector does, as those of one length may on any.
        let sector = random.pick(&[SECTOR, SECTOR, 64, 8]);
        World {
            seed,
            disk: SimulatedDisk::new(random.number(), sector),
            room: random.pick(&ROOMS),
            counts: random.chance(1, 3),
            random,
            writers: Vec::new(),
            compacting: None,
            switches: 0,
            history: History::new(),
            values: 0,
            cuts: 0,
            verbose,
        }
    }

    pub fn tell(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            println!("{}", text());
        }
    }

    pub fn step(&mut self) {
        if self.writers.is_empty() || (self.writers.len() < 3 && self.random.chance(1, 8)) {
            return self.open();
        }
        if self.random.chance(1, 4) {
            return self.compact_a_step();
        }
        let at = self.random.below(self.writers.len());
        self.disturb(at);
        if !self.wake(at) {
            return self.bury();
        }
        match self.random.below(25) {
            0..8 => self.turn(at, 3),
            8..10 => self.turn(at, 0),
            10..15 => self.ask_for_sync(at),
            15..17 => self.claim(at),
            17 => self.look(at),
            18 => self.open_anew(at),
            19 => self.trim(at),
            20..22 => self.close(at),
            22..24 => self.rest(at),
            _ => {
                self.tell(|| format!("kill {at}"));
                self.writers.remove(at).disk.kill();
            }
        }
        self.bury();
        self.relocate_some();
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
            // Without the room the next write may succeed, and with two failures it does not.
            5 => disk.fail_writes(1 + self.random.below(2)),
            6 => {
                disk.fail_writes(1 + self.random.below(2));
                disk.fail_cuts(1 + self.random.below(2));
            }
            7..10 => disk.kill_after(self.random.below(8)),
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

    /// The options of a process. Some write another room than most, or none.
    pub fn options(&mut self) -> Options {
        let room = match self.random.chance(1, 6) {
            true => self.random.pick(&ROOMS),
            false => self.room,
        };
        Options { room, ..OPTIONS }
    }

    fn open_in(&mut self, disk: SimulatedDisk) {
        let options = self.options();
        match Store::open(disk.shared(), Path::new("/"), options) {
            Ok(store) => {
                self.tell(|| "open".to_string());
                self.writers.push(Writer {
                    disk,
                    store,
                    turn: None,
                    seen: 0,
                    may_sync: false,
                    asked: None,
                    failed: false,
                    switches_seen: self.switches,
                    relocation: None,
                });
                self.look(self.writers.len() - 1);
            }
            Err(error) => self.forgive(&disk, error),
        }
    }

    fn open_anew(&mut self, at: usize) {
        let writer = self.writers.remove(at);
        drop((writer.turn, writer.store));
        self.open_in(writer.disk);
    }

    /// Lets a store rest, if it can. It is woken by its next step, after steps of others.
    fn rest(&mut self, at: usize) {
        let writer = &mut self.writers[at];
        if writer.store.rest() {
            // Its next descriptor has not vouched.
            writer.may_sync = false;
            self.tell(|| format!("rest {at}"));
        }
    }

    /// Wakes a store that rests. Tells if it can be used; otherwise its step is over.
    fn wake(&mut self, at: usize) -> bool {
        let writer = &mut self.writers[at];
        if !writer.store.is_resting() {
            return true;
        }
        match writer.store.wake() {
            Ok(()) => true,
            Err(error) if error.needs_reopening() => {
                let moved = self.switches > writer.switches_seen;
                assert!(moved, "reopened, though its file is still there");
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

    /// Errors that a disturbed process may meet. No other is right.
    fn forgive(&self, disk: &SimulatedDisk, error: Error) {
        self.tell(|| format!("{error}"));
        let forgiven = disk.is_dead()
            || match &error {
                Error::SyncFailed { .. } => true,
                // A full disk, or a sync in a renewal.
                Error::Io { source, .. } => {
                    [ErrorKind::StorageFull, ErrorKind::Other].contains(&source.kind())
                }
                Error::LockTimeout { .. } => self.compacting.is_some(),
                _ => false,
            };
        assert!(forgiven, "{error}");
    }

    /// A look of a process must find the newest commit.
    fn look(&mut self, at: usize) {
        let writer = &mut self.writers[at];
        let found = match items(&mut writer.store) {
            Ok(found) => found,
            Err(error) if error.needs_reopening() => {
                self.check_moved(at);
                return self.open_anew(at);
            }
            Err(error) => {
                let disk = writer.disk.clone();
                return self.forgive(&disk, error);
            }
        };
        self.history.check_live(&found);
        self.writers[at].seen = self.history.newest();
        self.writers[at].switches_seen = self.switches;
    }

    /// A store follows to a new file, and must be reopened only if it has missed a whole generation.
    fn check_moved(&self, at: usize) {
        let moved = self.switches > self.writers[at].switches_seen + 1;
        assert!(moved, "moved, though it has missed no file");
    }

    /// Moves the store to a new file after a failed sync, and reopens it. If that fails, it goes on reading.
    fn renew(&mut self, at: usize) {
        let writer = &self.writers[at];
        assert!(writer.failed, "disowned, though no sync had failed");
        let disk = writer.disk.clone();
        let number = writer.store.disowned_generation().unwrap();
        let before = self.newest_file();
        let renewed = renew(&disk.shared(), Path::new("/"), OPTIONS, number);
        self.count_switch(before);
        self.tell(|| format!("renewal by {at}: {renewed:?}"));
        match renewed {
            Ok(()) => self.open_anew(at),
            Err(error) => self.forgive(&disk, error),
        }
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
        let (sync, covers) = self.writers[at].asked.take().unwrap();
        let before = self.newest_file();
        let result = sync.run();
        self.count_switch(before);
        let writer = &mut self.writers[at];
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

    pub fn acknowledge(&mut self, state: usize) {
        self.tell(|| format!("acknowledged: {state}"));
        self.history.acknowledge(state);
    }
}
