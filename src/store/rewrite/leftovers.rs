//! What killed processes left behind: temporary files, and data files that a rewrite has taken the place of.

use super::lock::RewriteLock;
use crate::disk::Folder;
use crate::error::Result;
use crate::names;
use crate::store::Store;

impl Store {
    /// Removes what killed processes left, if there is any and nobody can be using it. A store that has been loaded needs
    /// none of it, and works all the same if it cannot be removed.
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

    /// Temporary files appear under one of the two locks: so they are nobody's when both are had.
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

/// Removes the data files that the one of a number has taken the place of: only once its own name is on disk, and the lowest
/// first, so that a process which has one of them open always finds the next, or none.
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
