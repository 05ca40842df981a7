//! What Windows does in a way of its own. It has no modes and no syncing of folders, and only an administrator makes
//! symbolic links; a file that is open keeps its name.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::FileExt;
use std::path::Path;

#[derive(Debug, PartialEq, Eq)]
pub struct Identity(same_file::Handle);

impl Identity {
    pub fn of_file(file: &File) -> io::Result<Self> {
        same_file::Handle::from_file(file.try_clone()?).map(Self)
    }

    pub fn of_path(path: &Path) -> io::Result<Self> {
        same_file::Handle::from_path(path).map(Self)
    }
}

pub fn mode(_found: &Metadata) -> u32 {
    0
}

pub fn owner(_found: &Metadata) -> (u32, u32) {
    (0, 0)
}

pub fn give(_file: &File, _owner: (u32, u32), _mode: u32) -> io::Result<()> {
    Ok(())
}

pub fn leave_to_owner_of(_folder: &Path, _file: &File) -> io::Result<()> {
    Ok(())
}

pub fn create_folder(path: &Path, _mode: u32) -> io::Result<()> {
    fs::create_dir(path)
}

pub fn set_mode(_options: &mut OpenOptions, _mode: u32) {}

pub fn follow_no_link(_options: &mut OpenOptions) {}

pub fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub fn begin_sync(_file: &File, _offset: u64, _length: u64) {}

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
