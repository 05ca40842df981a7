//! The lock of rewrites: only one process at a time rewrites the data file of a store.

use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::{Error, Result};
use crate::lock;
use crate::names::COMPACT_LOCK;
use crate::store::Options;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The interval at which a waiting process tries the lock.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct RewriteLock(Arc<dyn DiskFile>);

impl RewriteLock {
    /// Takes the lock, unless another has it.
    pub fn try_take(folder: &dyn Folder, options: Options) -> Result<Option<Self>> {
        let file = lock::file::open_or_create(folder, COMPACT_LOCK, options.mode)?;
        let taken = file.try_lock(LockMode::Exclusive)?;
        Ok(taken.then_some(RewriteLock(file)))
    }

    /// Waits for the lock, up to the limit of the options.
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
                    path: folder.path().join(COMPACT_LOCK),
                    waited: limit,
                    holder: None,
                });
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

impl Drop for RewriteLock {
    fn drop(&mut self) {
        // I6: closing alone would leave the lock to a child process that is being started.
        let _ = self.0.unlock();
    }
}
