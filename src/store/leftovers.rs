//! What killed processes left behind: temporary files, and data files that a rewrite has taken the place of.

use super::{Options, Store, data};
use crate::disk::{DiskFile, Folder, LockMode, is_temporary};
use crate::error::{Error, Result};
use crate::lock;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often who waits for the lock of a rewrite asks for it.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The lock that a rewrite has for as long as it lasts.
#[derive(Debug)]
pub(super) struct CompactLock(Arc<dyn DiskFile>);

impl CompactLock {
    /// Takes the lock, unless another has it.
    pub fn try_take(folder: &dyn Folder, options: Options) -> Result<Option<Self>> {
        let file = lock::file::open_or_create(folder, "compact.lock", options.mode)?;
        let taken = file.try_lock(LockMode::Exclusive)?;
        Ok(taken.then_some(CompactLock(file)))
    }

    /// Waits for the lock, up to the limit that the options give.
    pub fn take(folder: &dyn Folder, options: Options) -> Result<Self> {
        let begun = Instant::now();
        loop {
            if let Some(lock) = Self::try_take(folder, options)? {
                return Ok(lock);
            }
            if let Some(limit) = options
                .lock_timeout
                .filter(|limit| begun.elapsed() >= *limit)
            {
                return Err(Error::LockTimeout {
                    path: folder.path().join("compact.lock"),
                    waited: limit,
                });
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

impl Drop for CompactLock {
    fn drop(&mut self) {
        // Closing the file ends the lock too, but for a child process that is just being started.
        let _ = self.0.unlock();
    }
}

impl Store {
    /// Removes what killed processes left, if there is any and nobody can be using it. A store that has been loaded needs
    /// none of it, and works all the same if it cannot be removed.
    pub(super) fn tidy(&self) {
        let _ = self.try_to_tidy();
    }

    fn try_to_tidy(&self) -> Result<()> {
        if self.leftovers()?.is_empty() {
            return Ok(());
        }
        match CompactLock::try_take(&**self.folder()?, self.options)? {
            Some(lock) => self.remove_leftovers(&lock),
            None => Ok(()),
        }
    }

    /// Temporary files appear under one of the two locks: so they are nobody's when both are had.
    fn remove_leftovers(&self, _compact_lock: &CompactLock) -> Result<()> {
        let lock = self.lock()?;
        if !lock.try_acquire()? {
            return Ok(());
        }
        let removed = self.remove_all_leftovers();
        lock.release()?;
        removed
    }

    fn remove_all_leftovers(&self) -> Result<()> {
        if let Some(number) = self.data.number {
            remove_older_files(&**self.folder()?, number)?;
        }
        for name in self.leftovers()? {
            self.folder()?.remove(&name)?;
        }
        Ok(())
    }

    fn leftovers(&self) -> Result<Vec<String>> {
        let is_leftover = |name: &String| match data::number(name) {
            Some(number) => Some(number) < self.data.number,
            None => is_temporary(name),
        };
        let names = self.folder()?.list_files()?;
        Ok(names.into_iter().filter(is_leftover).collect())
    }
}

/// Removes the data files that the one of a number has taken the place of: only once its own name is on disk, and the lowest
/// first, so that a process which has one of them open always finds the next, or none.
pub(super) fn remove_older_files(folder: &dyn Folder, number: u64) -> Result<()> {
    let names = folder.list_files()?;
    let numbers = names.iter().filter_map(|name| data::number(name));
    let mut older: Vec<u64> = numbers.filter(|other| *other < number).collect();
    if older.is_empty() {
        return Ok(());
    }
    folder.sync()?;
    older.sort_unstable();
    older
        .iter()
        .try_for_each(|number| folder.remove(&data::name(*number)))
}
