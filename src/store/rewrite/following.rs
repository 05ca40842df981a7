//! Following: going over to the successor of the data file without reopening, and without stopping
//! to load it.
//!
//! The index keeps referring to the old file, whose bytes last while it is open; only new commits
//! are read from the successor. Then the entries are relocated to their copies in it, a batch at a
//! time, so that the old file can be closed. A second index would take as much memory again.

use super::schedule::Schedule;
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::index::{KeyHash, KeyHasher};
use crate::log::{self, Check, End, Place};
use crate::names;
use crate::store::{Access, Store, current};
use std::sync::Arc;

/// Copies relocated at once, which takes a short time.
const BATCH: usize = 256;

/// Lines of the current file that may be copies of lines in an older one.
pub type Copies<'a> = &'a [(KeyHash, Place)];

/// The relocation of all entries that refer to older files, for any thread, without the store: it
/// walks over the current file, and lets the store compare its lines a batch at a time.
#[derive(Debug)]
pub struct Relocation {
    file: Arc<dyn DiskFile>,
    generation: Option<u64>,
    hasher: KeyHasher,
    end: u64,
}

impl Relocation {
    /// Runs the relocation. `relocate` passes copies to [`Store::relocate`], and returns its
    /// answer.
    pub fn run(&self, relocate: &mut dyn FnMut(Copies) -> bool) -> Result<()> {
        let mut copies = Vec::with_capacity(BATCH);
        let mut goes_on = relocate(&copies);
        if !goes_on {
            return Ok(());
        }
        log::walk_items(&*self.file, self.end, &mut |key, place| {
            copies.push((self.hasher.hash(key), place));
            if copies.len() == BATCH {
                goes_on = relocate(&copies);
                copies.clear();
            }
            Ok(goes_on)
        })?;
        if goes_on {
            relocate(&copies);
        }
        Ok(())
    }

    /// Returns the generation of the current file.
    pub fn generation(&self) -> Option<u64> {
        self.generation
    }
}

impl Store {
    /// Returns true if the data file has a successor.
    pub(in crate::store) fn has_successor(&self) -> Result<bool> {
        match self.data.generation.and_then(names::successor) {
            Some(next) => self.folder()?.exists(&next),
            None => Ok(false),
        }
    }

    /// Follows to the current data file. [`Error::Superseded`] if this store must be reopened.
    pub(in crate::store) fn follow(&mut self) -> Result<()> {
        if self.data.generation.is_none() {
            return Err(Error::Superseded);
        }
        let mut followed = false;
        while let Some(current) = self.current_generation()? {
            if self.data.generation == Some(current) {
                break;
            }
            // All commits in the old file came before the switch. If it is damaged, reopening tells
            // more.
            if !matches!(self.data.read_on(Check::Full)?, End::OfLog(_)) {
                return Err(Error::Superseded);
            }
            let name = names::data_file(current);
            let opened = match self.access {
                Access::Writing { .. } => self.folder()?.open(&name),
                Access::Reading(_) | Access::Resting(_) => self.folder()?.open_read_only(&name),
            };
            match opened {
                // The folder at the path is a different one by now.
                Ok(file) if !file.is_at_its_path()? => return Err(Error::Superseded),
                Ok(file) => {
                    self.watching.leaves(&self.data);
                    followed = self.data.follow(file, current)?;
                }
                // Another rewrite has replaced it.
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error),
            }
            if !followed {
                return Err(Error::Superseded);
            }
        }
        self.schedule = Schedule::default();
        match followed {
            true => Ok(()),
            false => Err(Error::Superseded),
        }
    }

    fn current_generation(&self) -> Result<Option<u64>> {
        match current::generation(&**self.folder()?) {
            Err(error) if error.is_not_found() => Ok(None),
            found => found,
        }
    }

    /// Hands out the relocation that frees the older files, once for each file that was followed
    /// to.
    pub fn relocation(&mut self) -> Option<Relocation> {
        let generation = self.data.generation;
        if self.data.files().is_one() || self.relocated == generation {
            return None;
        }
        self.relocated = generation;
        Some(Relocation {
            file: self.data.file().clone(),
            generation,
            hasher: self.data.index().hasher(),
            end: self.data.copied().map_or(0, |copied| copied.end),
        })
    }

    /// Relocates entries to these copies in the file of a generation. `false` if nothing more is to
    /// be done.
    pub fn relocate(&mut self, generation: Option<u64>, copies: Copies) -> bool {
        if self.data.generation != generation {
            return false;
        }
        self.data.relocate(copies);
        self.data.index().old() > 0
    }

    /// Ends the relocation to the file of a generation. Returns the older files, whose dropping may
    /// take a while. If an entry has no copy in the current file, the file is not a copy of the
    /// older ones: the store must be reopened.
    pub fn end_relocation(&mut self, generation: Option<u64>) -> Vec<Arc<dyn DiskFile>> {
        if self.data.generation != generation {
            return Vec::new();
        }
        let older = self.data.take_older_files();
        self.must_reopen |= older.is_none();
        older.unwrap_or_default()
    }
}
