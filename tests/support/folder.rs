//! A folder of the simulated disk: the names that are seen, and those that a power cut would leave.

use super::odds::Odds;
use persist_lock::disk::Time;
use std::collections::{BTreeMap, BTreeSet};

/// The names in one folder, each with the number of its file or folder.
#[derive(Debug, Default)]
pub struct Folder {
    live: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    /// The tick of the last change of a name.
    pub changed: Time,
}

impl Folder {
    /// Makes an empty folder at a tick.
    pub fn new(tick: Time) -> Self {
        Folder {
            changed: tick,
            ..Folder::default()
        }
    }

    /// The names that are seen.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.live.keys()
    }

    /// The files and folders of all names.
    pub fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.live.values().copied()
    }

    /// Returns the file or folder of a name.
    pub fn get(&self, name: &str) -> Option<usize> {
        self.live.get(name).copied()
    }

    /// Points a name to another file or folder.
    pub fn set(&mut self, name: &str, number: usize, tick: Time) {
        self.changed = tick;
        self.live.insert(name.to_string(), number);
    }

    /// Takes a name away.
    pub fn remove(&mut self, name: &str, tick: Time) -> Option<usize> {
        self.changed = tick;
        self.live.remove(name)
    }

    /// Puts all names on disk.
    pub fn sync(&mut self) {
        self.durable.clone_from(&self.live);
    }

    /// The power fails: each name that was changed since the last sync is there as it was or as it is.
    pub fn cut(&mut self, odds: &mut Odds) {
        let names: BTreeSet<String> = self
            .live
            .keys()
            .chain(self.durable.keys())
            .cloned()
            .collect();
        for name in names {
            let (live, durable) = (self.live.get(&name), self.durable.get(&name));
            if live == durable || !odds.name() {
                continue;
            }
            match live {
                Some(&number) => self.durable.insert(name, number),
                None => self.durable.remove(&name),
            };
        }
        self.live.clone_from(&self.durable);
    }
}
