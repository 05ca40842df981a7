//! The file operations that differ on Windows. It has no modes, no syncing of folders, and symbolic
//! links only from administrators; an open file keeps its name. So names in a folder are reached by
//! the folder's path.

use super::file::{Kind, Look};
use super::{Stamp, Status};
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::Range;
use std::os::windows::fs::FileExt;
use std::path::{Path, PathBuf};

#[derive(Debug, PartialEq, Eq)]
pub struct Identity(same_file::Handle);

impl Identity {
    pub fn of_file(file: &File, _found: &Look) -> io::Result<Self> {
        same_file::Handle::from_file(file.try_clone()?).map(Self)
    }

    /// Hashes the identity, since its volume and file index are private.
    pub fn number(&self) -> u128 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish().into()
    }

    pub fn of_path(path: &Path, _follows_link: bool) -> io::Result<Self> {
        same_file::Handle::from_path(path).map(Self)
    }
}

/// A folder that existed when it was opened.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    pub fn at_path(path: &Path) -> io::Result<Self> {
        match fs::metadata(path)?.is_dir() {
            true => Ok(Self(path.to_path_buf())),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub fn subfolder(&self, name: &str) -> io::Result<Self> {
        let path = self.0.join(name);
        match fs::symlink_metadata(&path)?.is_dir() {
            true => Ok(Self(path)),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub fn create(&self, name: &str, _mode: u32) -> io::Result<()> {
        fs::create_dir(self.0.join(name))
    }

    pub fn free_space(&self) -> io::Result<Option<u64>> {
        fs4::available_space(&self.0).map(Some)
    }

    /// Lists the names, each with `true` if it is a file's.
    pub fn list(&self) -> io::Result<Vec<(String, bool)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let name = entry.file_name().into_string().ok();
            names.extend(name.map(|name| (name, is_file)));
        }
        Ok(names)
    }

    pub fn open(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).open(self.0.join(name))
    }

    pub fn open_read_only(&self, name: &str) -> io::Result<File> {
        File::open(self.0.join(name))
    }

    pub fn create_file(&self, name: &str, _mode: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        options.open(self.0.join(name))
    }

    pub fn create_lock(&self, name: &str, mode: u32) -> io::Result<File> {
        self.create_file(name, mode)
    }

    pub fn exists(&self, name: &str) -> io::Result<bool> {
        self.0.join(name).try_exists()
    }

    pub fn is_link(&self, name: &str) -> bool {
        self.0.join(name).is_symlink()
    }

    pub fn stamp_of(&self, _name: &str) -> Option<Stamp> {
        None
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub fn sync(&self) -> io::Result<()> {
        Ok(())
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
        number: (0, 0),
    })
}

/// Knows no stamps: NTFS may write the times of a folder late.
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
    fs::create_dir(path)
}

pub fn open_read_only(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
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

/// Returns false: a lock file that can be read has no holder, whoever it names.
pub fn is_alive(_pid: u32) -> bool {
    false
}
