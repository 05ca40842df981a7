//! Stores on the simulated disk that take, keep, end and wait for leases, beside a model of the leases of each. Any result that
//! the model does not allow fails the test.

use super::leases::{Place, name, once, turn};
use super::random::Random;
use super::simulated_disk::{SECTOR, SimulatedDisk};
use super::turns::resumed;
use persist_lock::disk::LockMode::{self, Exclusive, Shared};
use persist_lock::lease::{Name, TurnLeases, Wait};
use persist_lock::store::{Paused, Turn};
use persist_lock::waits::Waiter;
use persist_lock::{Result, Store};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const KEYS: [&str; 3] = ["a", "b", "c"];
/// In place of a key: that which a `clear` waits for.
pub const ALL: &str = "all";

/// A store in its own process.
pub struct Member {
    pub disk: SimulatedDisk,
    pub store: Store,
    /// The turn that it is in.
    turn: Option<Paused>,
    /// The leases of the store, each with the number of times that it was taken.
    pub leased: BTreeMap<&'static str, (LockMode, u32)>,
    /// The waits of the store, some of which it has abandoned.
    pub waits: BTreeMap<&'static str, Arc<Wait>>,
}

impl Member {
    fn in_turn<T>(&mut self, act: impl FnOnce(&mut TurnLeases) -> Result<T>) -> T {
        let act = |turn: &mut Turn<'_>| act(&mut turn.leases()?);
        resumed(&mut self.store, &mut self.turn, act).unwrap()
    }
}

pub struct World {
    seed: u64,
    pub random: Random,
    pub disk: SimulatedDisk,
    pub members: Vec<Member>,
    verbose: bool,
}

/// Tells the seed if the test fails.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("it fails with PERSIST_LOCK_SEED={}", self.seed);
        }
    }
}

pub fn lease_name(key: &str) -> Name {
    match key {
        ALL => Name::all(),
        key => name(key),
    }
}

fn exclude(one: LockMode, other: LockMode) -> bool {
    one == Exclusive || other == Exclusive
}

impl World {
    pub fn new(seed: u64, verbose: bool) -> Self {
        World {
            seed,
            random: Random::new(seed),
            disk: SimulatedDisk::new(seed, SECTOR),
            members: Vec::new(),
            verbose,
        }
    }

    pub fn tell(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            println!("{}", text());
        }
    }

    pub fn open(&mut self) {
        self.tell(|| "open".to_string());
        let disk = self.disk.new_process();
        self.members.push(Member {
            store: Place::on(&disk).open(),
            disk,
            turn: None,
            leased: BTreeMap::new(),
            waits: BTreeMap::new(),
        });
    }

    pub fn turn(&mut self, at: usize) {
        self.begin_turn(at);
        let other = self.random.below(self.members.len());
        assert!(self.members[other].store.begin_turn().unwrap().is_none());
        for key in KEYS {
            match self.random.below(8) {
                0..3 => self.take_or_wait(at, key),
                3..5 => self.end(at, key),
                _ => {}
            }
        }
        self.end_turn(at);
    }

    pub fn begin_turn(&mut self, at: usize) {
        let member = &mut self.members[at];
        let turn = member.store.begin_turn().unwrap().unwrap();
        member.turn = Some(turn.pause());
    }

    pub fn end_turn(&mut self, at: usize) {
        let member = &mut self.members[at];
        let paused = member.turn.take().unwrap();
        member.store.resume(paused).unwrap().end().unwrap();
    }

    /// Takes a key for a turn, and may keep it. A refused store may wait.
    pub fn take_or_wait(&mut self, at: usize, key: &'static str) {
        let mode = self.random.pick(&[Exclusive, Shared]);
        let past_gate = self.random.chance(1, 8);
        if self.take(at, key, mode, past_gate) {
            if self.random.chance(2, 3) {
                self.tell(|| format!("{at} keeps it"));
                let member = &mut self.members[at];
                member.in_turn(|leases| leases.lease(&[name(key)], mode, 1));
                member.leased.entry(key).or_insert((mode, 0)).1 += 1;
            }
        } else if self.random.chance(1, 2) {
            let wait = self.members[at].in_turn(|leases| leases.wait(&name(key), mode));
            self.begin_wait(at, key, wait);
        }
    }

    pub fn take(&mut self, at: usize, key: &'static str, mode: LockMode, past_gate: bool) -> bool {
        let taken = self.members[at].in_turn(|leases| leases.take(&name(key), mode, past_gate));
        self.tell(|| format!("{at} takes {key}, {mode:?}, past the gate {past_gate}: {taken}"));
        let others = self.others_leases(at, key);
        let excluded = others.iter().any(|&other| exclude(mode, other));
        if taken {
            assert!(!excluded, "{key} is another's");
        } else {
            let gate = !past_gate && self.members.iter().any(|one| one.waits.contains_key(key));
            let views = self.members[at].leased.contains_key(key) && mode == Exclusive;
            assert!(excluded || gate || views, "nobody has {key}");
        }
        taken
    }

    fn others_leases(&self, at: usize, key: &str) -> Vec<LockMode> {
        let others = self.members.iter().enumerate().filter(|(of, _)| *of != at);
        let modes = others.filter_map(|(_, other)| other.leased.get(key));
        modes.map(|(mode, _)| *mode).collect()
    }

    fn begin_wait(&mut self, at: usize, key: &'static str, wait: Option<Arc<Wait>>) {
        self.tell(|| format!("{at} waits for {key}, anew: {}", wait.is_some()));
        let waits = &mut self.members[at].waits;
        match wait {
            Some(wait) => drop(waits.insert(key, wait)),
            None => assert!(waits.contains_key(key), "no wait is under way"),
        }
    }

    fn end(&mut self, at: usize, key: &'static str) {
        if self.forget(at, key) {
            self.tell(|| format!("{at} ends {key}"));
            self.members[at].in_turn(|leases| leases.end(&name(key), 1));
        }
    }

    pub fn let_go(&mut self, at: usize) {
        let key = self.random.pick(&KEYS);
        if self.forget(at, key) {
            self.tell(|| format!("{at} lets {key} go"));
            self.members[at].store.let_go(&name(key), 1).unwrap();
        }
    }

    /// Takes one lease out of the model, if there is one.
    pub fn forget(&mut self, at: usize, key: &str) -> bool {
        let leased = &mut self.members[at].leased;
        let Some((_, times)) = leased.get_mut(key) else {
            return false;
        };
        *times -= 1;
        if *times == 0 {
            leased.remove(key);
        }
        true
    }

    /// Runs a turn that takes every key, or waits for one. A store with a lease never asks for that.
    pub fn clear(&mut self, at: usize) {
        if !self.members[at].leased.is_empty() {
            return;
        }
        self.tell(|| format!("{at} clears"));
        let waits = turn(&mut self.members[at].store, |leases| {
            let Some(busy) = leases.take_all()? else {
                return Ok(None);
            };
            let wait = leases.wait_for_all(&busy)?;
            Ok(Some((busy, wait)))
        });
        match waits {
            None => {
                let free = |key: &&str| self.others_leases(at, key).is_empty();
                assert!(KEYS.iter().all(free), "a clear overtakes a lease");
            }
            Some((busy, wait)) => {
                let key = KEYS.iter().find(|key| name(key) == busy).unwrap();
                assert!(!self.others_leases(at, key).is_empty(), "nobody has {key}");
                self.begin_wait(at, ALL, wait);
            }
        }
    }

    /// Polls a wait; if it is over, does something while its outcome can be taken up.
    pub fn poll(
        &mut self,
        at: usize,
        key: &'static str,
        granted: fn(&mut Self, usize, &'static str),
    ) {
        let wait = self.members[at].waits.remove(key).unwrap();
        self.tell(|| format!("{at} polls {key}"));
        let mut told = false;
        let over = {
            let granted = once(|| {
                told = true;
                granted(self, at, key);
            });
            wait.poll(&granted).unwrap()
        };
        match told {
            // An outcome that was not taken up is over after a while.
            true => while !over && !wait.poll(&|| {}).unwrap() {},
            false if over => {}
            false => drop(self.members[at].waits.insert(key, wait)),
        }
    }

    /// Looks at a wait so often that it passes a gate whose holder does not go on.
    pub fn look(
        &mut self,
        at: usize,
        key: &'static str,
        granted: fn(&mut Self, usize, &'static str),
    ) {
        let wait = self.members[at].waits.remove(key).unwrap();
        self.tell(|| format!("{at} looks at {key}"));
        for _ in 0..4 {
            wait.look(&once(|| granted(self, at, key))).unwrap();
        }
        // If it was told of its outcome the next poll finds it over.
        self.members[at].waits.entry(key).or_insert(wait);
    }

    pub fn abandon(&mut self, at: usize) {
        let key = self.random.pick(&["a", "b", "c", ALL]);
        self.tell(|| format!("{at} abandons {key}"));
        let leases = self.members[at].store.leases().unwrap();
        leases.abandon(&lease_name(key)).unwrap();
    }

    pub fn kill(&mut self, at: usize) {
        self.tell(|| format!("kill {at}"));
        let member = self.members.remove(at);
        if self.random.chance(1, 2) {
            member.disk.kill();
        }
    }

    /// Each lease has its file.
    pub fn check_files(&self) {
        let files = Place::on(&self.disk).files();
        let files = files.iter().filter(|file| file.ends_with(".lease")).count();
        let leased = |key: &&&str| {
            self.members
                .iter()
                .any(|one| one.leased.contains_key(**key))
        };
        assert!(files >= KEYS.iter().filter(leased).count());
    }
}
