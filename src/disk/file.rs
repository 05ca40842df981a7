//! A file of this machine. With `real` and `platform`, the only place that calls the system's file operations, and the only
//! one that calls fs4's locks.

use super::platform::{self, Identity};
use super::{DiskFile, LockMode, Status};
use crate::error::{Error, Result};
use fs4::{FileExt as Lockable, TryLockError};
use std::fs::{File, FileType};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug)]
pub struct RealFile {
    file: File,
    path: PathBuf,
    /// Whether the path may be a link to it.
    may_be_linked: bool,
    identity: Identity,
}

/// Turns what the system said into an error that names the operation and the path.
pub fn refused(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io {
        operation,
        path,
        source: Arc::new(source),
    }
}

pub fn sync_failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::SyncFailed {
        path,
        source: Arc::new(source),
    }
}

impl RealFile {
    /// A file that was just opened. What is none is refused: a pipe or a device could be read or written for ever.
    pub fn new(opened: io::Result<File>, path: PathBuf) -> Result<Self> {
        let file = opened.map_err(refused("open", &path))?;
        let found = file.metadata().map_err(refused("look at", &path))?;
        if !found.is_file() {
            let reason = kind(found.file_type());
            return Err(Error::Foreign { path, reason });
        }
        let identity = Identity::of_file(&file, &found).map_err(refused("look at", &path))?;
        Ok(RealFile {
            file,
            path,
            may_be_linked: false,
            identity,
        })
    }

    /// The same file, which its path may lead to through a link.
    pub fn perhaps_linked(self) -> Self {
        RealFile {
            may_be_linked: true,
            ..self
        }
    }

    /// Lets the file belong to the owner of the folder that it was just made in, if root has made it there.
    pub fn leave_to(&self, owner: (u32, u32)) {
        // Only a help to others.
        let _ = platform::leave_to(&self.file, owner);
    }

    /// Lets those read the file who may write it.
    pub fn let_writers_read(&self) {
        // Where that cannot be, the system has permissions of its own.
        let _ = platform::let_writers_read(&self.file);
    }
}

fn kind(found: FileType) -> &'static str {
    match found.is_dir() {
        true => "it is a folder",
        false => "it is a pipe, a device or the like",
    }
}

impl DiskFile for RealFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn status(&self) -> Result<Status> {
        let found = self
            .file
            .metadata()
            .map_err(refused("look at", &self.path))?;
        Ok(Status {
            length: found.len(),
            mode: platform::mode(&found),
            owner: platform::owner(&found),
        })
    }

    fn identity(&self) -> u128 {
        self.identity.number()
    }

    fn is_at_its_path(&self) -> Result<bool> {
        match Identity::of_path(&self.path, self.may_be_linked) {
            Ok(found) => Ok(found == self.identity),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(refused("look at", &self.path)(error)),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match platform::read_at(&self.file, rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(refused("read", &self.path)(error)),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        platform::write_all_at(&self.file, bytes, offset).map_err(refused("write", &self.path))
    }

    fn truncate(&self, length: u64) -> Result<()> {
        self.file
            .set_len(length)
            .map_err(refused("cut off", &self.path))
    }

    fn begin_sync(&self, offset: u64, length: u64) {
        platform::begin_sync(&self.file, offset, length);
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(sync_failed(&self.path))
    }

    fn has_unwritten(&self, range: &Range<u64>) -> Result<bool> {
        platform::has_unwritten(&self.file, range)
            .map_err(refused("ask for the extents of", &self.path))
    }

    fn try_lock(&self, mode: LockMode) -> Result<bool> {
        let tried = match mode {
            LockMode::Shared => Lockable::try_lock_shared(&self.file),
            LockMode::Exclusive => Lockable::try_lock(&self.file),
        };
        match tried {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(refused("lock", &self.path)(error)),
        }
    }

    fn lock(&self, mode: LockMode) -> Result<()> {
        loop {
            let locked = match mode {
                LockMode::Shared => Lockable::lock_shared(&self.file),
                LockMode::Exclusive => Lockable::lock(&self.file),
            };
            match locked {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result.map_err(refused("lock", &self.path)),
            }
        }
    }

    fn unlock(&self) -> Result<()> {
        Lockable::unlock(&self.file).map_err(refused("unlock", &self.path))
    }
}
