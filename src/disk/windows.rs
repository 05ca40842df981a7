//! The file operations that differ on Windows. It has no modes, and links mostly only from
//! administrators, so names in a folder are reached by the folder's path.
//!
//! Virus scanners and indexers open files for a moment, and some let nobody rename or delete them
//! meanwhile: such an operation is tried again for a while.

#[path = "windows/lock.rs"]
mod lock;
#[path = "windows/naming.rs"]
mod naming;
#[path = "windows/system.rs"]
mod system;

use super::file::{Kind, Look};
use super::{Stamp, Status};
pub use lock::FileLock;
use naming::{SCANNED, clear_error, while_scanned};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
pub use system::is_alive;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_CRC, ERROR_IO_DEVICE, ERROR_WRITE_FAULT, GENERIC_WRITE,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT,
};

/// The identity of a file, by which a file that took its place is told from it: the volume, and the
/// number of the file there.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity(u64, u128);

impl Identity {
    fn of_file(file: &File) -> io::Result<Self> {
        system::identity(file).map(|(volume, number)| Self(volume, number))
    }

    /// Combines both in one number. NTFS uses only the lower half of its own.
    pub fn number(&self) -> u128 {
        u128::from(self.0) << 64 ^ self.1
    }

    /// Identifies the file at a path, or the file that a link there leads to.
    pub fn of_path(path: &Path, follows_link: bool) -> io::Result<Self> {
        let of_link = match follows_link {
            true => 0,
            false => FILE_FLAG_OPEN_REPARSE_POINT,
        };
        let mut options = OpenOptions::new();
        // Without access to the contents nobody can refuse it.
        options
            .access_mode(0)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | of_link);
        match options.open(path) {
            // The file is being deleted, and has its name until everybody has closed it.
            Err(error) if system::is_one_of(&error, &[ERROR_ACCESS_DENIED]) => {
                Err(io::ErrorKind::NotFound.into())
            }
            opened => Self::of_file(&opened?),
        }
    }
}

/// A folder that existed when it was opened.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// The files that were renamed since the last sync. NTFS ties a file's name to the file.
    renamed: Mutex<Vec<File>>,
}

impl Directory {
    fn new(path: PathBuf, found: &Metadata) -> io::Result<Self> {
        let renamed = Mutex::default();
        match found.is_dir() {
            true => Ok(Self { path, renamed }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub fn at_path(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path).map_err(clear_error(path))?;
        Self::new(path.to_path_buf(), &found)
    }

    pub fn subfolder(&self, name: &str) -> io::Result<Self> {
        let path = self.path.join(name);
        let found = fs::symlink_metadata(&path)?;
        Self::new(path, &found)
    }

    pub fn create(&self, name: &str, _mode: u32) -> io::Result<()> {
        fs::create_dir(self.path.join(name))
    }

    pub fn free_space(&self) -> io::Result<Option<u64>> {
        fs4::available_space(&self.path).map(Some)
    }

    /// Lists the names, each with `true` if it is a file's.
    pub fn list(&self) -> io::Result<Vec<(String, bool)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let name = entry.file_name().into_string().ok();
            names.extend(name.map(|name| (name, is_file)));
        }
        Ok(names)
    }

    pub fn open(&self, name: &str) -> io::Result<File> {
        self.open_as(name, OpenOptions::new().read(true).write(true))
    }

    pub fn open_read_only(&self, name: &str) -> io::Result<File> {
        self.open_as(name, OpenOptions::new().read(true))
    }

    fn open_as(&self, name: &str, options: &OpenOptions) -> io::Result<File> {
        let path = self.path.join(name);
        while_scanned(&SCANNED, || options.open(&path))
    }

    pub fn create_file(&self, name: &str, _mode: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let path = self.path.join(name);
        while_scanned(&SCANNED, || options.open(&path))
    }

    pub fn create_lock(&self, name: &str, mode: u32) -> io::Result<File> {
        self.create_file(name, mode)
    }

    pub fn exists(&self, name: &str) -> io::Result<bool> {
        self.path.join(name).try_exists()
    }

    pub fn is_link(&self, name: &str) -> bool {
        self.path.join(name).is_symlink()
    }

    /// Knows no stamps, as [`stamp`].
    pub fn stamp_of(&self, _name: &str) -> Option<Stamp> {
        None
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        naming::remove(&self.path.join(name))
    }

    pub fn rename(&self, file: &File, from: &str, to: &str) -> io::Result<()> {
        // First, so that a rename that is done is no error.
        let file = file.try_clone()?;
        naming::rename(&self.path.join(from), &self.path.join(to))?;
        let mut renamed = self.renamed.lock().unwrap_or_else(PoisonError::into_inner);
        renamed.push(file);
        Ok(())
    }

    pub fn sync(&self) -> io::Result<()> {
        let mut renamed = self.renamed.lock().unwrap_or_else(PoisonError::into_inner);
        for file in renamed.drain(..) {
            file.sync_all()?;
        }
        drop(renamed);
        sync_folder(&self.path)
    }

    pub fn owner(&self) -> io::Result<(u32, u32)> {
        Ok((0, 0))
    }
}

/// Looks at an open file.
pub fn look(file: &File) -> io::Result<Look> {
    let found = file.metadata()?;
    Ok(Look {
        kind: match (found.is_file(), found.is_dir()) {
            (true, _) => Kind::File,
            (false, true) => Kind::Folder,
            (false, false) => Kind::Other,
        },
        status: Status {
            length: found.len(),
            mode: 0,
            owner: (0, 0),
        },
        identity: Identity::of_file(file)?,
    })
}

/// Knows no stamps: NTFS promises no moment at which a folder gets its new times.
pub fn stamp(_path: &Path) -> Option<Stamp> {
    None
}

pub fn give(_file: &File, _owner: (u32, u32), _mode: u32) -> io::Result<()> {
    Ok(())
}

pub fn leave_to(_file: &File, _owner: (u32, u32)) -> io::Result<()> {
    Ok(())
}

pub fn let_writers_read(_file: &File) -> io::Result<()> {
    Ok(())
}

pub fn is_root() -> bool {
    false
}

pub fn create_folder(path: &Path, _mode: u32) -> io::Result<()> {
    fs::create_dir(path).map_err(clear_error(path))
}

pub fn open_read_only(path: &Path) -> io::Result<File> {
    while_scanned(&SCANNED, || File::open(path))
}

/// Flushes a folder, which Windows does not document. So only a medium that fails is an error.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options
        .access_mode(GENERIC_WRITE)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
    let of_medium = [ERROR_CRC, ERROR_IO_DEVICE, ERROR_WRITE_FAULT];
    match options.open(path).and_then(|folder| folder.sync_all()) {
        Err(error) if system::is_one_of(&error, &of_medium) => Err(error),
        _ => Ok(()),
    }
}

pub fn begin_sync(_file: &File, _offset: u64, _length: u64) {}

pub fn has_unwritten(_file: &File, _range: &Range<u64>) -> io::Result<bool> {
    Ok(false)
}

pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

pub fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = file.seek_write(bytes, offset)?;
        bytes = bytes.get(written..).unwrap_or_default();
        offset += written as u64;
    }
    Ok(())
}

/// Names the machine.
pub fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// A process may have millions of open files.
pub fn descriptor_limit() -> Option<u64> {
    None
}

/// Recognizes the refusal of another open file.
pub fn is_of_descriptors(error: &io::Error) -> bool {
    const ERROR_TOO_MANY_OPEN_FILES: i32 = 4;
    error.raw_os_error() == Some(ERROR_TOO_MANY_OPEN_FILES)
}
