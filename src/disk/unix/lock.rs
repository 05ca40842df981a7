//! The lock of an open file on Unix systems: `flock`, which belongs to the open file. To lock it
//! again changes nothing, or changes the mode; to unlock what is not locked does nothing.

use super::Identity;
use crate::disk::LockMode;
use fs4::{FileExt as Lockable, TryLockError};
use std::fs::File;
use std::io;
use std::path::Path;

/// The lock of one open file, all of which the kernel keeps.
#[derive(Debug, Default)]
pub struct FileLock(());

impl FileLock {
    /// Prepares to lock a file that was just opened: Windows needs a handle for it.
    pub fn beside(_path: &Path, _identity: &Identity) -> io::Result<Option<Self>> {
        Ok(Some(FileLock(())))
    }

    pub fn try_lock(&self, file: &File, mode: LockMode) -> io::Result<bool> {
        let tried = match mode {
            LockMode::Shared => Lockable::try_lock_shared(file),
            LockMode::Exclusive => Lockable::try_lock(file),
        };
        match tried {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub fn lock(&self, file: &File, mode: LockMode) -> io::Result<()> {
        loop {
            let locked = match mode {
                LockMode::Shared => Lockable::lock_shared(file),
                LockMode::Exclusive => Lockable::lock(file),
            };
            match locked {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                locked => return locked,
            }
        }
    }

    pub fn unlock(&self, file: &File) -> io::Result<()> {
        Lockable::unlock(file)
    }
}
