//! The lock of rewrites: one process rewrites the data file of a store at a time.

use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::{Error, Result};
use crate::lock;
use crate::names::COMPACT_LOCK;
use crate::store::Options;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often who waits for the lock of a rewrite asks for it.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The lock that a rewrite has for as long as it lasts.
#[derive(Debug)]
pub(super) struct RewriteLock(Arc<dyn DiskFile>);

impl RewriteLock {
    /// Takes the lock, unless another has it.
    pub fn try_take(folder: &dyn Folder, options: Options) -> Result<Option<Self>> {
        let file = lock::file::open_or_create(folder, COMPACT_LOCK, options.mode)?;
        let taken = file.try_lock(LockMode::Exclusive)?;
        Ok(taken.then_some(RewriteLock(file)))
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
                    path: folder.path().join(COMPACT_LOCK),
                    waited: limit,
                });
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

impl Drop for RewriteLock {
    fn drop(&mut self) {
        // Closing the file ends the lock too, but for a child process that is just being started.
        let _ = self.0.unlock();
    }
}
