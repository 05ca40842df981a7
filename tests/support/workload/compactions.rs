//! The compactions of the workload: begun in a separate process, and done step by step while others go on.

use super::World;
use crate::support::compaction::{begin_beside, relocate};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::Error;
use persist_lock::store::{Compaction, Progress};
use std::path::Path;

/// A compaction under way, and its next step.
pub struct Compacting {
    disk: SimulatedDisk,
    compaction: Compaction,
    next: Step,
}

enum Step {
    Copy,
    CatchUp,
    Switch,
}

impl World {
    /// Does the next step of the compaction under way; begins one if none is.
    pub(super) fn compact_a_step(&mut self) {
        let Some(mut compacting) = self.compacting.take() else {
            return self.begin_compaction();
        };
        let disk = compacting.disk.clone();
        self.disturb_process(&disk);
        let (done, next) = match compacting.next {
            Step::Copy => {
                let copied = compacting.compaction.copy(&Progress::default());
                (copied, Step::CatchUp)
            }
            Step::CatchUp => {
                let caught_up = compacting.compaction.catch_up();
                (caught_up, Step::Switch)
            }
            Step::Switch => return self.switch(compacting),
        };
        match done {
            // Skips the step without the lock: everything is then left for the step under it.
            Ok(()) if self.random.chance(1, 8) => compacting.next = Step::Switch,
            Ok(()) => compacting.next = next,
            Err(error) => {
                drop(compacting);
                return self.forgive_compaction(&disk, error);
            }
        }
        self.compacting = Some(compacting);
    }

    /// The power cut has ended it.
    pub fn end_compaction(&mut self) {
        self.compacting = None;
    }

    fn begin_compaction(&mut self) {
        // In a separate process, or in one that has the store open.
        let (disk, source) = match self.random.chance(1, 2) {
            true => (self.disk.new_process(), None),
            false => {
                let at = self.random.below(self.writers.len());
                let writer = &mut self.writers[at];
                (writer.disk.clone(), writer.store.compaction_source())
            }
        };
        self.disturb_process(&disk);
        let begun = begin_beside(&disk, source);
        match begun {
            Ok(Some(compaction)) => {
                self.tell(|| "compaction".to_string());
                self.compacting = Some(Compacting {
                    disk,
                    compaction,
                    next: Step::Copy,
                });
            }
            Ok(None) => panic!("nobody else compacts"),
            Err(error) => self.forgive_compaction(&disk, error),
        }
    }

    fn switch(&mut self, compacting: Compacting) {
        let Compacting {
            disk, compaction, ..
        } = compacting;
        let before = self.newest_file();
        let switched = compaction.switch();
        // It may also have failed, or died, after the switch.
        self.count_switch(before);
        self.tell(|| format!("switched to file {:?}: {switched:?}", self.newest_file()));
        match switched {
            Ok(()) => disk.kill(),
            Err(error) => self.forgive_compaction(&disk, error),
        }
    }

    /// Counts the switch to a new file, if there has been one.
    pub(super) fn count_switch(&mut self, before: usize) {
        if self.newest_file() > before {
            self.switches += 1;
        }
    }

    pub(super) fn newest_file(&self) -> usize {
        let names = self.disk.names(Path::new("/.persist-lock"));
        let number = |name: &String| {
            let digits = name.strip_prefix("data.")?.strip_suffix(".jsonl")?;
            digits.parse().ok()
        };
        names.iter().filter_map(number).max().unwrap_or(0)
    }

    fn forgive_compaction(&mut self, disk: &SimulatedDisk, error: Error) {
        // A rewrite may have come between only after a power cut, which ends this one too.
        assert!(!error.needs_reopening(), "no other rewrite was under way");
        self.forgive(disk, error);
        disk.kill();
    }

    /// Moves entries of some stores that have followed to the new file from older files into it.
    pub(super) fn relocate_some(&mut self) {
        for writer in &mut self.writers {
            if let Some(relocation) = writer.store.relocation() {
                writer.relocation = Some(relocation);
            }
            if writer.relocation.is_none() || self.random.chance(1, 2) {
                continue;
            }
            let Some(relocation) = writer.relocation.take() else {
                continue;
            };
            relocate(&mut writer.store, &relocation);
        }
        self.bury();
    }
}
