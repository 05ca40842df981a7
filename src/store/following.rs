//! Going over to the file that a rewrite has put in place of the one that is open, without stopping to load it.
//!
//! What is known stays known: the index goes on leading into the old file, whose bytes last while it is open, and only what
//! is new is read from the new file. It is then loaded in the background, so that the old one can be let go.

use super::data::{self, DataFile};
use super::{Access, Store};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::log::End;
use std::sync::Arc;

/// The loading of the data file anew, on any thread, without the store.
#[derive(Debug)]
pub struct Reload {
    file: Arc<dyn DiskFile>,
    number: Option<u64>,
    /// As far as it was known when this was asked for.
    end: u64,
}

impl Reload {
    /// Does it.
    pub fn run(&self) -> Result<DataFile> {
        let mut loaded = DataFile::new(self.file.clone(), self.number)?;
        loaded.read_up_to(self.end)?;
        Ok(loaded)
    }
}

impl Store {
    /// Whether there is a data file of the next number: the switch of a rewrite.
    pub(super) fn has_successor(&self) -> Result<bool> {
        match self.data.number {
            Some(number) => self.folder()?.exists(&data::name(number + 1)),
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
        self.next_compaction = 0;
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

    /// What is to be loaded anew, once for each file that this store has gone over to.
    pub fn reload(&mut self) -> Option<Reload> {
        let number = self.data.number;
        if self.data.files().is_one() || self.reloaded == number {
            return None;
        }
        self.reloaded = number;
        Some(Reload {
            file: self.data.file().clone(),
            number,
            end: self.data.position.end,
        })
    }

    /// Takes what was loaded anew in place of what is known, so that the older files can be let go. Returns what is no longer
    /// needed.
    pub fn adopt(&mut self, loaded: DataFile) -> Result<Option<DataFile>> {
        self.data.adopt(loaded)
    }
}
