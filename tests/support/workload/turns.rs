//! The turns of the workload: their commits, claims and trims, and the faults in them.

use super::World;
use crate::support::items::{Items, put, removal};
use crate::support::turns::resumed;
use persist_lock::Error;
use persist_lock::store::Turn;

impl World {
    /// Begins a turn, and reopens the store if it must be. Tells if there is a turn.
    fn begin_turn(&mut self, at: usize) -> bool {
        let writer = &mut self.writers[at];
        writer.may_sync = false;
        let begun = writer.store.begin_turn();
        match begun.map(|turn| turn.map(Turn::pause)) {
            Ok(paused) => {
                assert!(paused.is_some(), "nobody else has the lock");
                writer.turn = paused;
                writer.seen = self.history.newest();
                writer.switches_seen = self.switches;
                if self.history.is_in_doubt() || self.random.chance(1, 3) {
                    self.look(at);
                }
                true
            }
            Err(Error::Disowned) => {
                self.renew(at);
                false
            }
            Err(error) if error.needs_reopening() => {
                self.check_moved(at);
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
        let paused = writer.turn.take().unwrap();
        if let Err(error) = writer.store.resume(paused).unwrap().end() {
            let disk = writer.disk.clone();
            return self.forgive(&disk, error);
        }
        writer.may_sync = true;
    }

    /// Runs a turn of some commits; without any it may still answer a call.
    pub(super) fn turn(&mut self, at: usize, most: usize) {
        if !self.begin_turn(at) {
            return;
        }
        let other = self.random.below(self.writers.len());
        let is_usable = !self.writers[other].failed && !self.writers[other].store.is_resting();
        if other != at && is_usable {
            let other = &mut self.writers[other];
            let began = other.store.begin_turn().map(|turn| turn.is_some());
            assert!(other.disk.is_dead() || !began.unwrap(), "two have the lock");
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
        writer.disk.take_failed_cut();
        let commit = |turn: &mut Turn<'_>| turn.commit(lines.into_bytes(), clear);
        match resumed(&mut writer.store, &mut writer.turn, commit) {
            Ok(()) => {
                self.history.commit(next);
                writer.seen = self.history.newest();
            }
            Err(error) => {
                let disk = writer.disk.clone();
                // What was written of the commit stays if it cannot be cut off. That may be all.
                match disk.is_dead() || disk.take_failed_cut() {
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

    pub(super) fn claim(&mut self, at: usize) {
        self.act_in_turn(at, "claim", |turn| turn.claim());
    }

    /// Cuts off the room, also while others have some.
    pub(super) fn trim(&mut self, at: usize) {
        self.act_in_turn(at, "trim", |turn| turn.trim());
    }

    /// Closes a store, as a process does that ends.
    pub(super) fn close(&mut self, at: usize) {
        self.act_in_turn(at, "close", |turn| {
            turn.claim()?;
            turn.trim()
        });
        if at < self.writers.len() {
            self.writers.remove(at).disk.kill();
        }
    }

    fn act_in_turn(
        &mut self,
        at: usize,
        name: &str,
        act: impl FnOnce(&mut Turn<'_>) -> Result<(), Error>,
    ) {
        if !self.begin_turn(at) {
            return;
        }
        self.tell(|| format!("{name} by {at}"));
        let writer = &mut self.writers[at];
        if let Err(error) = resumed(&mut writer.store, &mut writer.turn, act) {
            let disk = writer.disk.clone();
            self.forgive(&disk, error);
        }
        self.end_turn(at);
    }
}
