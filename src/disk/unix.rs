//! What Unix systems do in a way of their own.

use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown,
};
use std::path::Path;

/// What tells a file from one that took its place: device and inode.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity(u64, u64);

impl Identity {
    pub fn of_file(file: &File) -> io::Result<Self> {
        file.metadata().map(|found| Self(found.dev(), found.ino()))
    }

    /// Of what stands at the path, be it a symbolic link.
    pub fn of_path(path: &Path) -> io::Result<Self> {
        fs::symlink_metadata(path).map(|found| Self(found.dev(), found.ino()))
    }
}

pub fn mode(found: &Metadata) -> u32 {
    found.mode() & 0o777
}

/// The user and the group that a file belongs to.
pub fn owner(found: &Metadata) -> (u32, u32) {
    (found.uid(), found.gid())
}

/// Gives a file an owner, as far as one may, and permissions, whatever the umask.
pub fn give(file: &File, (user, group): (u32, u32), mode: u32) -> io::Result<()> {
    // Not everybody may give files away; the group may be one's own all the same.
    let _ = fchown(file, Some(user), Some(group)).or_else(|_| fchown(file, None, Some(group)));
    file.set_permissions(Permissions::from_mode(mode))
}

/// Lets a file that root has made in another's folder belong to that one, who could not use it otherwise.
pub fn leave_to_owner_of(folder: &Path, file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    // With a second name it may be any file of the machine.
    if found.uid() != 0 || found.nlink() > 1 {
        return Ok(());
    }
    let folder = fs::metadata(folder)?;
    match folder.uid() {
        0 => Ok(()),
        user => fchown(file, Some(user), Some(folder.gid())),
    }
}

pub fn create_folder(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(mode).create(path)
}

pub fn set_mode(options: &mut OpenOptions, mode: u32) {
    options.mode(mode);
}

/// Lets no symbolic link be followed: a store's own files are none, and one could lead to any file of the machine.
pub fn follow_no_link(options: &mut OpenOptions) {
    options.custom_flags(OFlags::NOFOLLOW.bits() as i32);
}

pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Linux begins to write what it is told is not needed. Pages that are named as a whole it also drops, or waits to drop: so
/// one byte less is named than the file has, and of a line or two no page is.
#[cfg(target_os = "linux")]
pub fn begin_sync(file: &File, offset: u64, length: u64) {
    use rustix::fs::{Advice, fadvise};
    let length = std::num::NonZeroU64::new(length.saturating_sub(1));
    if length.is_some() {
        let _ = fadvise(file, offset, length, Advice::DontNeed);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn begin_sync(_file: &File, _offset: u64, _length: u64) {}

pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}
