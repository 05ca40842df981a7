//! Looks at files on Unix systems. Asks for no file's times, and only for the times of folders.
//!
//! Since Linux 6.13 a look that asks for a file's times makes the next write store a new time, and
//! the sync of that write then has an inode to write too. So a look asks only for the parts of the
//! status that are used.

use super::file::{Kind, Look};
use super::platform::Identity;
use super::{Stamp, Status};
use rustix::fs::{AtFlags, FileType, RawMode, statat};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

impl From<Metadata> for Look {
    fn from(found: Metadata) -> Self {
        Look {
            kind: kind_of(found.mode() as RawMode),
            status: Status {
                length: found.len(),
                mode: found.mode() & 0o777,
                owner: (found.uid(), found.gid()),
            },
            identity: Identity::new(found.dev(), found.ino()),
        }
    }
}

/// Looks at an open file.
pub fn at_file(file: &File) -> io::Result<Look> {
    #[cfg(target_os = "linux")]
    if let Some(found) = masked::at_file(file) {
        return found;
    }
    file.metadata().map(Look::from)
}

/// Looks at a path, or at the file that a link there leads to.
pub fn at_path(path: &Path, follows_link: bool) -> io::Result<Look> {
    #[cfg(target_os = "linux")]
    if let Some(found) = masked::at_path(path, follows_link) {
        return found;
    }
    let found = match follows_link {
        true => fs::metadata(path),
        false => fs::symlink_metadata(path),
    };
    found.map(Look::from)
}

/// Tells the kind of a name in an open folder.
pub fn kind(folder: BorrowedFd<'_>, name: &str) -> rustix::io::Result<FileType> {
    #[cfg(target_os = "linux")]
    if let Some(found) = masked::kind(folder, name) {
        return found;
    }
    let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(found.st_mode))
}

/// Looks at the path of a folder for its stamp. `None` for anything but a folder, and where the
/// times are not known to tell of all changes.
#[cfg(target_os = "linux")]
pub fn stamp(path: &Path) -> Option<Stamp> {
    masked::stamp(rustix::fs::CWD, path)
}

#[cfg(not(target_os = "linux"))]
pub fn stamp(_path: &Path) -> Option<Stamp> {
    None
}

/// Looks at a name in an open folder, in the same way.
#[cfg(target_os = "linux")]
pub fn stamp_of(folder: BorrowedFd<'_>, name: &str) -> Option<Stamp> {
    masked::stamp(folder, name)
}

#[cfg(not(target_os = "linux"))]
pub fn stamp_of(_folder: BorrowedFd<'_>, _name: &str) -> Option<Stamp> {
    None
}

fn kind_of(mode: RawMode) -> Kind {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        _ => Kind::Other,
    }
}

/// Looks by `statx`. `None` where the kernel lacks it or a sandbox forbids it, which rustix finds
/// out once.
#[cfg(target_os = "linux")]
mod masked {
    use super::{Identity, Kind, Look, Stamp, Status, kind_of};
    use crate::disk::Time;
    use rustix::fs::{
        AtFlags, CWD, FileType, RawMode, Statx, StatxFlags, StatxTimestamp, makedev, statx,
    };
    use rustix::io::Errno;
    use rustix::path::Arg;
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::path::Path;

    const OF_STAMP: StatxFlags = StatxFlags::TYPE
        .union(StatxFlags::INO)
        .union(StatxFlags::MTIME)
        .union(StatxFlags::CTIME);
    const USED: StatxFlags = StatxFlags::TYPE
        .union(StatxFlags::MODE)
        .union(StatxFlags::UID)
        .union(StatxFlags::GID)
        .union(StatxFlags::INO)
        .union(StatxFlags::SIZE);

    pub fn at_file(file: &File) -> Option<io::Result<Look>> {
        look(file, c"", AtFlags::EMPTY_PATH)
    }

    pub fn at_path(path: &Path, follows_link: bool) -> Option<io::Result<Look>> {
        let flags = match follows_link {
            true => AtFlags::empty(),
            false => AtFlags::SYMLINK_NOFOLLOW,
        };
        look(CWD, path, flags)
    }

    /// Looks at a path for the stamp of a folder.
    pub fn stamp(folder: impl AsFd, path: impl Arg) -> Option<Stamp> {
        let found = statx(folder, path, AtFlags::SYMLINK_NOFOLLOW, OF_STAMP).ok()?;
        let is_told = found.stx_mask & OF_STAMP.bits() == OF_STAMP.bits();
        let kind = kind_of(RawMode::from(found.stx_mode));
        (is_told && kind == Kind::Folder).then(|| Stamp {
            number: number_of(&found),
            modified: time(found.stx_mtime),
            changed: time(found.stx_ctime),
        })
    }

    fn time(time: StatxTimestamp) -> Time {
        (time.tv_sec, time.tv_nsec)
    }

    fn identity_of(found: &Statx) -> Identity {
        let (device, inode) = number_of(found);
        Identity::new(device, inode)
    }

    fn number_of(found: &Statx) -> (u64, u64) {
        let device = makedev(found.stx_dev_major, found.stx_dev_minor);
        (device, found.stx_ino)
    }

    pub fn kind(folder: BorrowedFd<'_>, name: &str) -> Option<rustix::io::Result<FileType>> {
        let found = ask(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)?;
        Some(found.map(|found| FileType::from_raw_mode(RawMode::from(found.stx_mode))))
    }

    fn look(folder: impl AsFd, path: impl Arg, flags: AtFlags) -> Option<io::Result<Look>> {
        let found = ask(folder, path, flags, USED)?;
        Some(found.map(Look::from).map_err(io::Error::from))
    }

    fn ask(
        folder: impl AsFd,
        path: impl Arg,
        flags: AtFlags,
        mask: StatxFlags,
    ) -> Option<rustix::io::Result<Statx>> {
        match statx(folder, path, flags, mask) {
            Err(Errno::NOSYS) => None,
            found => Some(found),
        }
    }

    impl From<Statx> for Look {
        fn from(found: Statx) -> Self {
            Look {
                kind: kind_of(RawMode::from(found.stx_mode)),
                status: Status {
                    length: found.stx_size,
                    mode: u32::from(found.stx_mode) & 0o777,
                    owner: (found.stx_uid, found.stx_gid),
                },
                identity: identity_of(&found),
            }
        }
    }
}
