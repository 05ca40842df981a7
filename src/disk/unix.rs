//! What Unix systems do in a way of their own.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// What tells a file from one that took its place: device and inode.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity(u64, u64);

impl Identity {
    pub fn of_file(file: &File) -> io::Result<Self> {
        file.metadata().map(|found| Self(found.dev(), found.ino()))
    }

    pub fn of_path(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|found| Self(found.dev(), found.ino()))
    }
}

pub fn mode(found: &Metadata) -> u32 {
    found.mode() & 0o777
}

pub fn create_folder(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(mode).create(path)
}

pub fn set_mode(options: &mut OpenOptions, mode: u32) {
    options.mode(mode);
}

pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}
