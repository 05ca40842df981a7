//! Every operation of the disk fails, alone and with those that follow, in each of several ways.
//!
//! One process does a fixed piece of work: it opens a store, commits, syncs, claims, cuts room off,
//! compacts, makes a backup and repairs. After each failure it tries the same again. A rejected call
//! has changed nothing and a successful one is stored: for this process, for one that opens the
//! store later, and after a power cut. Only the bytes of a failed sync may be there or not.

use crate::support::items::{Items, items, put, removal};
use crate::support::sample::open;
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{Progress, Turn, compact, renew, repair, verify};
use persist_lock::{Error, Options, Room, Store};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// The error of a failing operation: of the device, of a full disk, of a process with too many open files.
const FAILURES: [ErrorKind; 3] = [
    ErrorKind::Other,
    ErrorKind::StorageFull,
    ErrorKind::OutOfMemory,
];

/// The rooms that commits write ahead: shorter and longer ones than the commits.
const ROOMS: [Room; 2] = [
    Room::UpTo {
        least: 64,
        boundary: 1,
    },
    Room::UpTo {
        least: 700,
        boundary: 512,
    },
];

/// The most operations that fail one after the other: a write, the cut after it, and what is tried
/// next.
const MOST: usize = 3;

#[test]
fn no_failing_operation_loses_anything() {
    for kind in FAILURES {
        check_all(kind, Room::None);
    }
}

#[test]
fn no_failing_operation_loses_anything_where_room_is_written_ahead() {
    for room in ROOMS {
        check_all(ErrorKind::StorageFull, room);
    }
}

fn check_all(kind: ErrorKind, room: Room) {
    for count in 1..=MOST {
        let mut failures = 0;
        while Run::new(failures, count, kind, room).run() {
            failures += 1;
        }
        assert!(
            failures > 100,
            "the work has more operations than {failures}"
        );
    }
}

struct Run {
    disk: SimulatedDisk,
    process: SimulatedDisk,
    store: Option<Store>,
    held: Items,
    options: Options,
    name: String,
}

impl Run {
    fn new(at: usize, count: usize, kind: ErrorKind, room: Room) -> Self {
        let disk = SimulatedDisk::new(at as u64, SECTOR);
        let process = disk.new_process();
        process.fail_after(at, count, kind);
        Run {
            disk,
            process,
            store: None,
            held: Items::new(),
            options: Options {
                room,
                ..Options::default()
            },
            name: format!("{count} {kind:?} at {at}, {room:?}"),
        }
    }

    /// Tells whether anything has failed: else there are no more operations.
    fn run(mut self) -> bool {
        let long = format!("\"{}\"", "x".repeat(1500));
        for round in 0..3 {
            self.commit(&[("\"a\"", Some(&round.to_string())), ("\"b\"", Some(&long))]);
            self.commit(&[("\"b\"", None), ("\"c\"", Some("null"))]);
            self.sync();
            self.retry(|run| {
                run.turn(|turn| turn.claim())?;
                run.store().map(drop)
            });
            if round > 0 {
                self.retry(|run| run.turn(|turn| turn.trim()));
            }
            self.compact();
            self.commit(&[(&format!("\"{round}\""), Some("1"))]);
            self.retry(|run| {
                let backup = run.store()?.backup();
                backup.write(Path::new("/backup.jsonl"), &Progress::default())
            });
            let process = self.process.shared();
            self.retry(|_| {
                let (dir, progress) = (Path::new("/"), Progress::default());
                let repaired = repair(&process, dir, Options::default(), &progress)?;
                assert!(!repaired.repaired);
                Ok(())
            });
            if round == 1 {
                self.store = None;
            }
        }
        self.sync();
        self.check_after_cut();
        !self.process.is_to_fail()
    }

    /// The store, opened if it is not open.
    fn store(&mut self) -> Result<&mut Store, Error> {
        if self.store.is_none() {
            let opened = Store::open(self.process.shared(), Path::new("/"), self.options);
            self.store = Some(opened?);
        }
        Ok(self.store.as_mut().unwrap())
    }

    fn turn(&mut self, act: impl FnOnce(&mut Turn<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let mut turn = self.store()?.begin_turn()?.unwrap();
        let acted = act(&mut turn);
        // The commit is valid even if the end of the turn met the error.
        let _ = turn.end();
        acted
    }

    /// Repeats an action until it succeeds; each failing operation may fail it, and it may fail again to
    /// ask for a reopening.
    fn retry(&mut self, mut act: impl FnMut(&mut Self) -> Result<(), Error>) {
        for _ in 0..3 + MOST {
            match act(self) {
                Ok(()) => return,
                Err(error) => self.forgive(error),
            }
        }
        panic!("{}: it does not recover", self.name);
    }

    fn forgive(&mut self, error: Error) {
        match error {
            error if error.needs_reopening() => self.store = None,
            // It goes on reading until a turn asks for more.
            Error::SyncFailed { .. } => {}
            Error::Disowned => self.renew(),
            Error::Io { .. } => {}
            error => panic!("{}: {error}", self.name),
        }
    }

    /// Moves the store to a new file, as it must be after a failed sync.
    fn renew(&mut self) {
        let number = self
            .store
            .as_ref()
            .and_then(Store::disowned_generation)
            .unwrap();
        let process = self.process.shared();
        match renew(&process, Path::new("/"), Options::default(), number) {
            Ok(()) => self.store = None,
            Err(error) => self.forgive(error),
        }
    }

    fn commit(&mut self, changes: &[(&str, Option<&str>)]) {
        let mut next = self.held.clone();
        let mut lines = String::new();
        for (key, value) in changes {
            match value {
                Some(value) => {
                    lines += &put(key, value);
                    next.insert(key.to_string(), value.to_string());
                }
                None => {
                    lines += &removal(key);
                    next.remove(*key);
                }
            }
        }
        self.retry(|run| {
            let committed = run.turn(|turn| turn.commit(lines.clone().into_bytes(), false));
            if committed.is_err() {
                run.check();
            }
            committed
        });
        self.held = next;
        self.check();
    }

    /// Returns the items that another process finds.
    fn check(&self) {
        let found = items(&mut open(&self.disk.new_process()).unwrap()).unwrap();
        assert_eq!(found, self.held, "{}", self.name);
    }

    fn sync(&mut self) {
        self.retry(|run| {
            // Only after a turn can a reopened store be synced.
            run.turn(|_| Ok(()))?;
            let store = run.store()?;
            let Some(sync) = store.pending_sync() else {
                return Ok(());
            };
            let result = sync.run();
            store.synced(&sync, &result);
            result
        });
    }

    fn compact(&mut self) {
        let process = self.process.shared();
        self.retry(|_| {
            let (dir, progress) = (Path::new("/"), Progress::default());
            compact(&process, dir, Options::default(), false, &progress).map(drop)
        });
        self.check();
        let again = Duration::ZERO;
        let report = verify(&self.disk, Path::new("/"), again, &Progress::default()).unwrap();
        assert!(report.damaged.is_empty(), "{}: {report:?}", self.name);
    }

    fn check_after_cut(&self) {
        self.disk.cut();
        let found = items(&mut open(&self.disk.new_process()).unwrap()).unwrap();
        assert_eq!(found, self.held, "{}", self.name);
    }
}
