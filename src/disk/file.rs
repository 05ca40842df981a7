//! A file of this machine. Only this module, `real` and `platform` call the system's file
//! operations.

use super::platform::{self, FileLock, Identity};
use super::{DiskFile, LockMode, Status};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pages of any system are multiples of so many bytes.
const SMALLEST_PAGE: u64 = 4 << 10;

#[derive(Debug)]
pub struct RealFile {
    file: File,
    path: PathBuf,
    /// True if the path may be a symbolic link to the file.
    may_be_linked: bool,
    identity: Identity,
    lock: FileLock,
}

/// Turns an error of the system into one that names the operation and the path.
pub fn refused(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io {
        operation,
        path: path.to_path_buf(),
        source: Arc::new(source),
    }
}

pub fn sync_failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::SyncFailed {
        path: path.to_path_buf(),
        source: Arc::new(source),
    }
}

impl RealFile {
    /// Takes a file that was just opened. Refuses anything else, since reading or writing a pipe or
    /// a device could last for ever.
    pub fn new(opened: io::Result<File>, path: PathBuf) -> Result<Self> {
        let file = opened.map_err(refused("open", &path))?;
        let found = platform::look(&file).map_err(refused("look at", &path))?;
        let reason = match found.kind {
            Kind::File => None,
            Kind::Folder => Some("it is a folder"),
            Kind::Other => Some("it is a pipe, a device or the like"),
        };
        if let Some(reason) = reason {
            return Err(Error::Foreign { path, reason });
        }
        Ok(RealFile {
            file,
            path,
            may_be_linked: false,
            identity: found.identity,
            lock: FileLock::default(),
        })
    }

    /// Prepares to lock the file. `None` if another file is at the path by now: open that one.
    pub fn lockable(mut self) -> Result<Option<Self>> {
        let beside = FileLock::beside(&self.path, &self.identity);
        let Some(lock) = beside.map_err(refused("open", &self.path))? else {
            return Ok(None);
        };
        self.lock = lock;
        Ok(Some(self))
    }

    /// Allows the path to be a symbolic link to the file.
    pub fn perhaps_linked(self) -> Self {
        RealFile {
            may_be_linked: true,
            ..self
        }
    }

    /// Gives a file that root has just made to the owner of its folder.
    pub fn leave_to(&self, owner: (u32, u32)) {
        // An error changes nothing for this process.
        let _ = platform::leave_to(&self.file, owner);
    }

    /// Lets everybody read the file who may write it.
    pub fn let_writers_read(&self) {
        // Systems where that is impossible have permissions of their own.
        let _ = platform::let_writers_read(&self.file);
    }
}

/// The kinds of things that can have a name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Other,
}

/// An answer of the system about a file.
#[derive(Debug)]
pub struct Look {
    pub kind: Kind,
    pub status: Status,
    pub identity: Identity,
}

impl DiskFile for RealFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn status(&self) -> Result<Status> {
        let found = platform::look(&self.file);
        let found = found.map_err(refused("look at", &self.path))?;
        Ok(found.status)
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
                Ok(read) => {
                    let is_short = read < rest.len();
                    filled += read;
                    // A read ends early at the end of the file, or before a page that cannot be
                    // read: only there must it be asked again.
                    if is_short && !(offset + filled as u64).is_multiple_of(SMALLEST_PAGE) {
                        break;
                    }
                }
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
        let tried = self.lock.try_lock(&self.file, mode);
        tried.map_err(refused("lock", &self.path))
    }

    fn lock(&self, mode: LockMode) -> Result<()> {
        let locked = self.lock.lock(&self.file, mode);
        locked.map_err(refused("lock", &self.path))
    }

    fn unlock(&self) -> Result<()> {
        let unlocked = self.lock.unlock(&self.file);
        unlocked.map_err(refused("unlock", &self.path))
    }
}
