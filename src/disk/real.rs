//! The folders of this machine, and the files that are being made in them.

use super::file::{RealFile, refused, sync_failed};
use super::platform::{self, Directory};
use super::{Disk, DiskFile, Folder, Made, NewFile, Sighting, Stamp, Status};
use crate::error::{Error, Result};
use crate::names::{TEMPORARY_LENGTH, TEMPORARY_PREFIX, TEMPORARY_SUFFIX};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The disk of this machine.
#[derive(Debug, Clone, Copy)]
pub struct RealDisk;

const NOT_A_FOLDER: &str = "it is not a folder. Give the path of a folder";
const A_LINK: &str = "it is a symbolic link, which could lead to the files of others. Put the folder itself in its place; \
the folder that it is in may be reached through links";

fn invalid(path: &Path, reason: &'static str) -> Error {
    Error::InvalidDir {
        path: path.to_path_buf(),
        reason,
    }
}

impl Disk for RealDisk {
    fn has_folder(&self, path: &Path) -> Result<bool> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(true),
            Ok(_) => Err(invalid(path, NOT_A_FOLDER)),
            // If a parent is a file, a look at the parent says so.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Ok(false)
            }
            Err(error) => Err(refused("look at", path)(error)),
        }
    }

    fn create_folder(&self, path: &Path, mode: u32) -> Result<()> {
        match platform::create_folder(path, mode) {
            Ok(()) => Ok(()),
            // Another process was faster, or the path is a symbolic link to nothing.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(invalid(path, NOT_A_FOLDER))
            }
            Err(error) => Err(refused("create the folder", path)(error)),
        }
    }

    fn is_empty_except(&self, path: &Path, name: &str) -> bool {
        let Ok(names) = fs::read_dir(path) else {
            return true;
        };
        names.flatten().all(|found| found.file_name() == name)
    }

    fn folder(&self, path: &Path) -> Result<Arc<dyn Folder>> {
        let opened = Directory::at_path(path).map_err(refused("open the folder", path))?;
        Ok(RealFolder::share(opened, path.to_path_buf()))
    }

    fn open_read_only(&self, path: &Path) -> Result<Arc<dyn DiskFile>> {
        let opened = platform::open_read_only(path);
        let file = RealFile::new(opened, path.to_path_buf())?;
        Ok(Arc::new(file.perhaps_linked()))
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
    }

    fn sync_folder(&self, path: &Path) -> Result<()> {
        passed_over(platform::sync_folder(path)).map_err(sync_failed(path))
    }
}

/// Recognizes folders that may not be read, and file systems that cannot sync folders.
fn passed_over(synced: io::Result<()>) -> io::Result<()> {
    match synced {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

#[derive(Debug)]
struct RealFolder {
    /// The open folder, shared with the files that are being made in it.
    directory: Arc<Directory>,
    path: PathBuf,
}

impl RealFolder {
    fn share(directory: Directory, path: PathBuf) -> Arc<dyn Folder> {
        let directory = Arc::new(directory);
        Arc::new(RealFolder { directory, path })
    }

    fn file(&self, opened: io::Result<File>, name: &str) -> Result<RealFile> {
        RealFile::new(opened, self.path.join(name))
    }

    fn owner(&self) -> Result<(u32, u32)> {
        self.directory
            .owner()
            .map_err(refused("look at", &self.path))
    }

    fn list_where(&self, wanted: impl Fn(&Directory, &str, bool) -> bool) -> Result<Vec<String>> {
        let found = self.directory.list();
        let mut found = found.map_err(refused("list", &self.path))?;
        found.retain(|(name, is_file)| wanted(&self.directory, name, *is_file));
        Ok(found.into_iter().map(|(name, _)| name).collect())
    }
}

impl Folder for RealFolder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn sight(&self) -> Option<Sighting> {
        platform::stamp(&self.path).map(seen_now)
    }

    fn sight_subfolder(&self, name: &str) -> Option<Sighting> {
        self.directory.stamp_of(name).map(seen_now)
    }

    fn subfolder(&self, name: &str) -> Result<Arc<dyn Folder>> {
        let path = self.path.join(name);
        match self.directory.subfolder(name) {
            Ok(opened) => Ok(RealFolder::share(opened, path)),
            // A turn looks for the folder of leases this way. It is mostly missing, and then this
            // is the only call.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(refused("open the folder", &path)(error))
            }
            Err(_) if self.directory.is_link(name) => Err(invalid(&path, A_LINK)),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                Err(invalid(&path, NOT_A_FOLDER))
            }
            Err(error) => Err(refused("open the folder", &path)(error)),
        }
    }

    fn create_subfolder(&self, name: &str, mode: u32) -> Result<Arc<dyn Folder>> {
        match self.subfolder(name) {
            Err(error) if error.is_not_found() => {}
            opened => return opened,
        }
        match self.directory.create(name, mode) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(refused("create the folder", &self.path.join(name))(error))
            }
            // Another process may have been faster.
            _ => self.subfolder(name),
        }
    }

    fn list(&self) -> Result<Vec<String>> {
        self.list_where(|_, _, _| true)
    }

    fn list_files(&self) -> Result<Vec<String>> {
        self.list_where(|_, _, is_file| is_file)
    }

    fn open(&self, name: &str) -> Result<Arc<dyn DiskFile>> {
        loop {
            let file = self.file(self.directory.open(name), name)?;
            // Otherwise another file has just got the name.
            if let Some(file) = file.lockable()? {
                return Ok(Arc::new(file));
            }
        }
    }

    fn open_or_create(&self, name: &str, mode: u32) -> Result<(Arc<dyn DiskFile>, Made)> {
        loop {
            match self.open(name) {
                Err(error) if error.is_not_found() => {}
                opened => return Ok((opened?, Made::Before)),
            }
            match self.directory.create_lock(name, mode) {
                // Another process was faster.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                created => {
                    let file = self.file(created, name)?;
                    file.leave_to(self.owner()?);
                    file.let_writers_read();
                    let lockable = match file.lockable() {
                        Err(error) if error.is_not_found() => None,
                        lockable => lockable?,
                    };
                    // Otherwise another process has removed it already.
                    if let Some(file) = lockable {
                        return Ok((Arc::new(file), Made::Now));
                    }
                }
            }
        }
    }

    fn open_read_only(&self, name: &str) -> Result<Arc<dyn DiskFile>> {
        let opened = self.directory.open_read_only(name);
        Ok(Arc::new(self.file(opened, name)?))
    }

    fn new_file(&self, mode: u32) -> Result<Box<dyn NewFile>> {
        // The path of the folder is not used: the file is created, renamed and removed in the open
        // folder.
        let made = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .suffix(TEMPORARY_SUFFIX)
            .rand_bytes(TEMPORARY_LENGTH)
            .disable_cleanup(true)
            // The file is opened here because tempfile's errors lack the system's error number.
            .make_in(&self.path, |path| {
                self.directory.create_file(&name_of(path), mode)
            })
            .map_err(refused("create a file in", &self.path))?;
        let (file, path) = made.into_parts();
        Ok(Box::new(RealNewFile {
            name: Some(name_of(&path)),
            path: path.to_path_buf(),
            file,
            directory: self.directory.clone(),
        }))
    }

    fn exists(&self, name: &str) -> Result<bool> {
        let found = self.directory.exists(name);
        found.map_err(refused("look at", &self.path.join(name)))
    }

    fn remove(&self, name: &str) -> Result<()> {
        let removed = self.directory.remove(name);
        removed.map_err(refused("remove", &self.path.join(name)))
    }

    fn sync(&self) -> Result<()> {
        passed_over(self.directory.sync()).map_err(sync_failed(&self.path))
    }

    fn free_space(&self) -> Result<Option<u64>> {
        let found = self.directory.free_space();
        found.map_err(refused("ask for the free space of", &self.path))
    }

    fn may_write(&self, found: &Status) -> Result<bool> {
        Ok(!platform::is_root() || found.owner.0 == self.owner()?.0)
    }
}

/// Adds the moment to a stamp. It is taken before the checks that rely on the stamp, so a change that
/// they miss comes after it.
fn seen_now(stamp: Stamp) -> Sighting {
    Sighting {
        stamp,
        at: Instant::now(),
    }
}

/// Returns the last part of a path that was made of a folder and a name.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[derive(Debug)]
struct RealNewFile {
    file: File,
    directory: Arc<Directory>,
    /// The path, for messages.
    path: PathBuf,
    /// The temporary name, until the file gets its own.
    name: Option<String>,
}

impl NewFile for RealNewFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(refused("write", &self.path))
    }

    fn take_after(&self, before: &Status) -> Result<()> {
        let given = platform::give(&self.file, before.owner, before.mode);
        given.map_err(refused("give its permissions to", &self.path))
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(sync_failed(&self.path))
    }

    fn persist(mut self: Box<Self>, name: &str) -> Result<()> {
        if let Some(temporary) = &self.name {
            let renamed = self.directory.rename(&self.file, temporary, name);
            let path = self.path.with_file_name(name);
            renamed.map_err(refused("rename a new file to", &path))?;
        }
        self.name = None;
        Ok(())
    }
}

impl Drop for RealNewFile {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // The next process that opens the store removes the file if this fails.
            let _ = self.directory.remove(name);
        }
    }
}
