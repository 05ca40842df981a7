//! An open folder on Unix systems: its names, looked up relative to its descriptor.

use super::NO_WAIT;
use crate::disk::{Stamp, look};
use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, fstat, fstatvfs, fsync, mkdirat, openat, renameat,
    unlinkat,
};
use rustix::io::{Errno, retry_on_intr};
use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(NO_WAIT);
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// An open folder. Names in it are looked up relative to its descriptor.
#[derive(Debug)]
pub struct Directory(Mutex<Dir>);

impl Directory {
    fn new(opened: OwnedFd) -> io::Result<Self> {
        Ok(Self(Mutex::new(Dir::new(opened)?)))
    }

    /// Opens the folder at a path.
    pub fn at_path(path: &Path) -> io::Result<Self> {
        let open = |flags| retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
        let opened = match open(FOLDER) {
            // A folder may be searchable but not readable.
            #[cfg(target_os = "linux")]
            Err(Errno::ACCESS) => open(FOLDER | OFlags::PATH),
            opened => opened,
        };
        Self::new(opened?)
    }

    pub fn subfolder(&self, name: &str) -> io::Result<Self> {
        let flags = FOLDER | OFlags::NOFOLLOW;
        Self::new(self.at(|folder| openat(folder, name, flags, Mode::empty()))?)
    }

    pub fn create(&self, name: &str, mode: u32) -> io::Result<()> {
        self.at(|folder| mkdirat(folder, name, Mode::from_raw_mode(mode as _)))
    }

    /// Lists the names, each with `true` if it is a file's.
    pub fn list(&self) -> io::Result<Vec<(String, bool)>> {
        let mut unclear = Vec::new();
        let mut names = Vec::new();
        let mut folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = Vec::new();
        while let Some(entry) = folder.read() {
            entries.push(entry);
        }
        // Rewinds for the next listing. The first one needs no call of the system for it.
        folder.rewind();
        drop(folder);
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            match entry.file_type() {
                _ if matches!(name, "." | "..") => {}
                FileType::Unknown => unclear.push(name.to_string()),
                found => names.push((name.to_string(), found == FileType::RegularFile)),
            }
        }
        // Some file systems do not tell the type.
        for name in unclear {
            let is_file = self
                .kind(&name)
                .is_ok_and(|kind| kind == FileType::RegularFile);
            names.push((name, is_file));
        }
        Ok(names)
    }

    pub fn open(&self, name: &str) -> io::Result<File> {
        self.open_as(name, OFlags::RDWR, Mode::empty())
    }

    pub fn open_read_only(&self, name: &str) -> io::Result<File> {
        self.open_as(name, OFlags::RDONLY, Mode::empty())
    }

    /// Creates a file under a name that is free.
    pub fn create_file(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        self.open_as(name, flags, Mode::from_raw_mode(mode as _))
    }

    /// Creates a lock file. Those who may write it may read it only after [`let_writers_read`](super::let_writers_read),
    /// since the umask tells only then who they are.
    pub fn create_lock(&self, name: &str, mode: u32) -> io::Result<File> {
        self.create_file(name, mode & 0o622)
    }

    fn open_as(&self, name: &str, flags: OFlags, mode: Mode) -> io::Result<File> {
        let opened = self.at(|folder| openat(folder, name, flags | FILE, mode))?;
        Ok(File::from(opened))
    }

    pub fn exists(&self, name: &str) -> io::Result<bool> {
        match self.kind(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    pub fn is_link(&self, name: &str) -> bool {
        self.kind(name).is_ok_and(|kind| kind == FileType::Symlink)
    }

    fn kind(&self, name: &str) -> io::Result<FileType> {
        self.at(|folder| look::kind(folder, name))
    }

    /// Looks at a folder in this one for its stamp.
    pub fn stamp_of(&self, name: &str) -> Option<Stamp> {
        let folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look::stamp_of(folder.fd().ok()?, name)
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.at(|folder| unlinkat(folder, name, AtFlags::empty()))
    }

    pub fn rename(&self, _file: &File, from: &str, to: &str) -> io::Result<()> {
        self.at(|folder| renameat(folder, from, folder, to))
    }

    pub fn sync(&self) -> io::Result<()> {
        match self.at(sync_names) {
            // The folder may not be readable.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::BADF) => Ok(()),
            synced => synced,
        }
    }

    /// Measures the free space for users other than root. Some file systems do not tell.
    pub fn free_space(&self) -> io::Result<Option<u64>> {
        let found = self.at(|folder| fstatvfs(folder))?;
        Ok((found.f_blocks > 0).then(|| found.f_bavail.saturating_mul(found.f_frsize)))
    }

    /// Returns the user and the group of the folder.
    pub fn owner(&self) -> io::Result<(u32, u32)> {
        self.at(|folder| fstat(folder))
            .map(|found| (found.st_uid, found.st_gid))
    }

    fn at<T>(&self, mut act: impl FnMut(BorrowedFd) -> rustix::io::Result<T>) -> io::Result<T> {
        let folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let descriptor = folder.fd()?;
        Ok(retry_on_intr(|| act(descriptor))?)
    }
}

/// Makes the names in a folder durable.
#[cfg(not(target_vendor = "apple"))]
fn sync_names(folder: BorrowedFd<'_>) -> rustix::io::Result<()> {
    fsync(folder)
}

/// Makes the names in a folder durable: on macOS a plain fsync leaves them in the drive's cache, as it
/// leaves bytes, and not all file systems know more than that.
#[cfg(target_vendor = "apple")]
fn sync_names(folder: BorrowedFd<'_>) -> rustix::io::Result<()> {
    match rustix::fs::fcntl_fullfsync(folder) {
        Err(Errno::NOTSUP | Errno::NOTTY | Errno::INVAL) => fsync(folder),
        synced => synced,
    }
}
