//! The disk of this machine. With `platform`, the only place that calls the system's file operations, and the only one that
//! calls fs4's locks.

use super::platform::{self, Identity};
use super::{
    Disk, DiskFile, LockMode, NewFile, Status, TEMPORARY_PREFIX, TEMPORARY_SUFFIX, parent,
};
use crate::error::{Error, Result};
use fs4::{FileExt as Lockable, TryLockError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// The disk of this machine.
#[derive(Debug, Clone, Copy)]
pub struct RealDisk;

#[derive(Debug)]
struct RealFile {
    file: File,
    path: PathBuf,
    identity: Identity,
}

/// Turns what the system said into an error that names the operation and the path.
fn refused(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io {
        operation,
        path,
        source: Arc::new(source),
    }
}

fn sync_failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::SyncFailed {
        path,
        source: Arc::new(source),
    }
}

impl Disk for RealDisk {
    fn create_folder(&self, path: &Path, mode: u32) -> Result<()> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Ok(()),
            Ok(_) => {
                return Err(Error::InvalidDir {
                    path: path.to_path_buf(),
                    reason: "it is not a folder",
                });
            }
            // Where a part of the path is a file, the way up comes to it and names it.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(refused("look at", path)(error)),
        }
        let parent = parent(path);
        self.create_folder(parent, mode)?;
        match platform::create_folder(path, mode) {
            Ok(()) => Ok(()),
            // Another process was faster, or a symbolic link leads nowhere.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Error::InvalidDir {
                path: path.to_path_buf(),
                reason: "it is not a folder",
            }),
            Err(error) => Err(refused("create the folder", path)(error)),
        }
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(refused("list", folder))? {
            let entry = entry.map_err(refused("list", folder))?;
            names.extend(entry.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        platform::follow_no_link(&mut options);
        Ok(Arc::new(RealFile::new(options.open(path), path)?))
    }

    fn open_or_create(&self, path: &Path, mode: u32) -> Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        platform::set_mode(&mut options, mode);
        platform::follow_no_link(&mut options);
        let file = RealFile::new(options.open(path), path)?;
        // Only a help to others.
        let _ = platform::leave_to_owner_of(parent(path), &file.file);
        Ok(Arc::new(file))
    }

    fn open_read_only(&self, path: &Path) -> Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(RealFile::new(File::open(path), path)?))
    }

    fn new_file(&self, folder: &Path, mode: u32) -> Result<Box<dyn NewFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        platform::set_mode(&mut options, mode);
        // Opened here, since tempfile's own errors no longer have the system's number.
        let file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .suffix(TEMPORARY_SUFFIX)
            .make_in(folder, |path| options.open(path))
            .map_err(refused("create a file in", folder))?;
        Ok(Box::new(RealNewFile(file)))
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
    }

    fn exists(&self, path: &Path) -> Result<bool> {
        path.try_exists().map_err(refused("look at", path))
    }

    fn remove(&self, path: &Path) -> Result<()> {
        fs::remove_file(path).map_err(refused("remove", path))
    }

    fn sync_folder(&self, path: &Path) -> Result<()> {
        match platform::sync_folder(path) {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            synced => synced.map_err(sync_failed(path)),
        }
    }
}

#[derive(Debug)]
struct RealNewFile(NamedTempFile);

impl NewFile for RealNewFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.0.as_file_mut().write_all(bytes);
        written.map_err(refused("write", self.0.path()))
    }

    fn take_after(&self, before: &Status) -> Result<()> {
        let given = platform::give(self.0.as_file(), before.owner, before.mode);
        given.map_err(refused("give its permissions to", self.0.path()))
    }

    fn sync(&self) -> Result<()> {
        let synced = self.0.as_file().sync_all();
        synced.map_err(sync_failed(self.0.path()))
    }

    fn persist(self: Box<Self>, path: &Path) -> Result<()> {
        match self.0.persist(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused("rename a new file to", path)(error.error)),
        }
    }
}

impl RealFile {
    fn new(opened: io::Result<File>, path: &Path) -> Result<Self> {
        let file = opened.map_err(refused("open", path))?;
        let identity = Identity::of_file(&file).map_err(refused("look at", path))?;
        Ok(RealFile {
            file,
            path: path.to_path_buf(),
            identity,
        })
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

    fn is_at_its_path(&self) -> Result<bool> {
        match Identity::of_path(&self.path) {
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

    fn reopen_to_read(&self) -> Option<File> {
        let file = File::open(&self.path).ok()?;
        (Identity::of_file(&file).ok()? == self.identity).then_some(file)
    }
}
