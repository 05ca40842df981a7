//! Going over to the file that a rewrite has put in place of the one that is open, without stopping to load it.
//!
//! What is known stays known: the index goes on leading into the old file, whose bytes last while it is open, and only what
//! is new is read from the new file. Then its entries are led to their copies there, some at a time, so that the old one can be let
//! go: a second index would take as much memory again.

use super::data::{self, Copied};
use super::{Access, Store};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::index::{KeyHash, KeyHasher};
use crate::log::{self, End, Place};
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
    number: Option<u64>,
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
    pub fn number(&self) -> Option<u64> {
        self.number
    }
}

impl Store {
    /// Whether there is a data file of the next number: the switch of a rewrite.
    pub(super) fn has_successor(&self) -> Result<bool> {
        match self.data.number.and_then(data::next_name) {
            Some(next) => self.folder()?.exists(&next),
            None => Ok(false),
        }
    }

    /// Goes over to the newest data file. [`Error::Moved`] if this store is to be opened anew.
    pub(super) fn follow(&mut self) -> Result<()> {
        if self.data.number.is_none() {
            return Err(Error::Moved);
        }
        let mut followed = false;
        while let Some(newest) = self.newest_file()? {
            if self.data.number == Some(newest) {
                break;
            }
            // All that was committed to the old file was committed before the switch. Damage in it is for others to tell.
            if self.data.read_on()? != End::Whole {
                return Err(Error::Moved);
            }
            let name = data::name(newest);
            let opened = match self.access {
                Access::Writing { .. } => self.folder()?.open(&name),
                Access::Reading(_) => self.folder()?.open_read_only(&name),
            };
            match opened {
                // The folder is another's by now.
                Ok(file) if !file.is_at_its_path()? => return Err(Error::Moved),
                Ok(file) => followed = self.data.follow(file, newest)?,
                // It was rewritten in turn.
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error),
            }
            if !followed {
                return Err(Error::Moved);
            }
        }
        self.occasion = None;
        self.dead_at_look = 0;
        match followed {
            true => Ok(()),
            false => Err(Error::Moved),
        }
    }

    fn newest_file(&self) -> Result<Option<u64>> {
        match data::newest(&**self.folder()?) {
            Err(error) if error.is_not_found() => Ok(None),
            found => found,
        }
    }

    /// Hands out the relocation that lets the older files go, once for each file that this store has gone over to.
    pub fn relocation(&mut self) -> Option<Relocation> {
        let number = self.data.number;
        if self.data.files().is_one() || self.relocated == number {
            return None;
        }
        self.relocated = number;
        Some(Relocation {
            file: self.data.file().clone(),
            number,
            hasher: self.data.index().hasher(),
            end: self.data.copied().map_or(0, Copied::end),
        })
    }

    /// Lets entries lead to these copies in the file of a number. `false` if there is nothing more to be done.
    pub fn relocate(&mut self, number: Option<u64>, copies: Copies) -> bool {
        if self.data.number != number {
            return false;
        }
        self.data.relocate(copies);
        self.data.index().old() > 0
    }

    /// Ends the relocation of the file of a number. Returns the older files, to be dropped where that holds up nobody. If an
    /// entry has no copy in the newest file, that is not what it should be: the store is to be opened anew.
    pub fn end_relocation(&mut self, number: Option<u64>) -> Vec<Arc<dyn DiskFile>> {
        if self.data.number != number {
            return Vec::new();
        }
        let older = self.data.take_older_files();
        self.must_reopen |= older.is_none();
        older.unwrap_or_default()
    }
}
