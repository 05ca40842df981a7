//! Going over to the file that a rewrite has put in place of the one that is open, without stopping to load it.
//!
//! What is known stays known: the index goes on leading into the old file, whose bytes last while it is open, and only what
//! is new is read from the new file. Then its entries are led to their copies there, some at a time, so that the old one can be let
//! go: a second index would take as much memory again.

use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::index::{KeyHash, KeyHasher};
use crate::log::{self, End, Place};
use crate::names;
use crate::store::{Access, Store, current};
use std::sync::Arc;

/// How many copies are relocated at once: so many that nobody waits for long.
const BATCH: usize = 256;

/// Lines of the newest file that may be copies of lines in an older one.
pub type Copies<'a> = &'a [(KeyHash, Place)];

/// The relocation of all entries that lead into older files, on any thread, without the store: it walks over the newest file, and
/// has the store compare its lines some at a time.
#[derive(Debug)]
pub struct Relocation {
    file: Arc<dyn DiskFile>,
    generation: Option<u64>,
    hasher: KeyHasher,
    end: u64,
}

impl Relocation {
    /// Does it. `relocate` hands copies to [`Store::relocate`], and returns its answer.
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

    /// The number of the file that it is of.
    pub fn generation(&self) -> Option<u64> {
        self.generation
    }
}

impl Store {
    /// Whether there is a data file of the next number: the switch of a rewrite.
    pub(in crate::store) fn has_successor(&self) -> Result<bool> {
        match self.data.generation.and_then(names::successor) {
            Some(next) => self.folder()?.exists(&next),
            None => Ok(false),
        }
    }

    /// Goes over to the newest data file. [`Error::Superseded`] if this store must be reopened.
    pub(in crate::store) fn follow(&mut self) -> Result<()> {
        if self.data.generation.is_none() {
            return Err(Error::Superseded);
        }
        let mut followed = false;
        while let Some(newest) = self.newest_file()? {
            if self.data.generation == Some(newest) {
                break;
            }
            // All that was committed to the old file was committed before the switch. Damage in it is for others to tell.
            if self.data.read_on()? != End::OfFile {
                return Err(Error::Superseded);
            }
            let name = names::data_file(newest);
            let opened = match self.access {
                Access::Writing { .. } => self.folder()?.open(&name),
                Access::Reading(_) => self.folder()?.open_read_only(&name),
            };
            match opened {
                // The folder is another's by now.
                Ok(file) if !file.is_at_its_path()? => return Err(Error::Superseded),
                Ok(file) => followed = self.data.follow(file, newest)?,
                // It was rewritten in turn.
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error),
            }
            if !followed {
                return Err(Error::Superseded);
            }
        }
        self.occasion = None;
        self.dead_at_look = 0;
        match followed {
            true => Ok(()),
            false => Err(Error::Superseded),
        }
    }

    fn newest_file(&self) -> Result<Option<u64>> {
        match current::generation(&**self.folder()?) {
            Err(error) if error.is_not_found() => Ok(None),
            found => found,
        }
    }

    /// Hands out the relocation that lets the older files go, once for each file that this store has gone over to.
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

    /// Lets entries lead to these copies in the file of a number. `false` if there is nothing more to be done.
    pub fn relocate(&mut self, generation: Option<u64>, copies: Copies) -> bool {
        if self.data.generation != generation {
            return false;
        }
        self.data.relocate(copies);
        self.data.index().old() > 0
    }

    /// Ends the relocation of the file of a number. Returns the older files, to be dropped where that holds up nobody. If an
    /// entry has no copy in the newest file, that is not what it should be: the store is to be opened anew.
    pub fn end_relocation(&mut self, generation: Option<u64>) -> Vec<Arc<dyn DiskFile>> {
        if self.data.generation != generation {
            return Vec::new();
        }
        let older = self.data.take_older_files();
        self.must_reopen |= older.is_none();
        older.unwrap_or_default()
    }
}
