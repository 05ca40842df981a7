//! The files that killed processes left: temporary files, and data files that have a successor.

use super::lock::RewriteLock;
use crate::disk::Folder;
use crate::error::Result;
use crate::names;
use crate::store::Store;

impl Store {
    /// Removes such files if nobody can be using them. A store that has been loaded needs none of
    /// them, so an error is ignored.
    pub(in crate::store) fn tidy(&self) {
        let _ = self.try_to_tidy();
    }

    fn try_to_tidy(&self) -> Result<()> {
        if self.leftovers()?.is_empty() {
            return Ok(());
        }
        match RewriteLock::try_take(&**self.folder()?, self.options)? {
            Some(lock) => self.remove_leftovers(&lock),
            None => Ok(()),
        }
    }

    /// Removes them under both locks (I10): temporary files are made under one of the two, so now
    /// they are nobody's.
    fn remove_leftovers(&self, _lock: &RewriteLock) -> Result<()> {
        let Some(_held) = self.lock()?.try_acquire()? else {
            return Ok(());
        };
        if let Some(generation) = self.data.generation {
            remove_older_files(&**self.folder()?, generation)?;
        }
        for name in self.leftovers()? {
            self.folder()?.remove(&name)?;
        }
        Ok(())
    }

    fn leftovers(&self) -> Result<Vec<String>> {
        let is_leftover = |name: &String| match names::generation(name) {
            Some(generation) => Some(generation) < self.data.generation,
            None => names::is_temporary(name),
        };
        let names = self.folder()?.list_files()?;
        Ok(names.into_iter().filter(is_leftover).collect())
    }
}

/// Removes the data files before a generation, the lowest first, once the name of that generation
/// is on disk (I9). So a process that has one of them open finds its successor, or misses its own;
/// never its own without a successor.
pub(super) fn remove_older_files(folder: &dyn Folder, generation: u64) -> Result<()> {
    let mut older = names::generations(&folder.list_files()?);
    older.retain(|other| *other < generation);
    if older.is_empty() {
        return Ok(());
    }
    folder.sync()?;
    older
        .iter()
        .try_for_each(|older| folder.remove(&names::data_file(*older)))
}
