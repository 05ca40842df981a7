//! The file operations that differ on Unix systems.

#[path = "unix/directory.rs"]
mod directory;
#[path = "unix/lock.rs"]
mod lock;

use super::look;
pub use directory::Directory;
pub use lock::FileLock;
pub use look::{at_file as look, stamp};
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

/// The identity of a file, by which a file that took its place is told from it: device and inode.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity(u64, u64);

impl Identity {
    pub fn new(device: u64, inode: u64) -> Self {
        Self(device, inode)
    }

    /// Combines both in one number.
    pub fn number(&self) -> u128 {
        u128::from(self.0) << 64 | u128::from(self.1)
    }

    /// Identifies the file at a path, or the file that a link there leads to.
    pub fn of_path(path: &Path, follows_link: bool) -> io::Result<Self> {
        look::at_path(path, follows_link).map(|found| found.identity)
    }
}

/// Flags that keep an open call from making a terminal the process's own, and from waiting for the
/// other end of a pipe.
const NO_WAIT: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

/// Gives a file an owner, as far as the system allows, and permissions, whatever the umask.
pub fn give(file: &File, (user, group): (u32, u32), mode: u32) -> io::Result<()> {
    // Only root may give files away, but the group may be one of the user's own.
    let _ = fchown(file, Some(user), Some(group)).or_else(|_| fchown(file, None, Some(group)));
    file.set_permissions(Permissions::from_mode(mode))
}

/// Gives a file that root has just made in another user's folder to that user, who could not use it
/// otherwise.
pub fn leave_to(file: &File, (user, group): (u32, u32)) -> io::Result<()> {
    match user == 0 || !is_root() {
        true => Ok(()),
        false => fchown(file, Some(user), Some(group)),
    }
}

/// Lets the members of a file's group, and all others, read it if they may write it.
pub fn let_writers_read(file: &File) -> io::Result<()> {
    let before = look(file)?.status.mode;
    let with_readers = before | ((before & 0o022) << 1);
    match before == with_readers {
        true => Ok(()),
        false => file.set_permissions(Permissions::from_mode(with_readers)),
    }
}

/// Names the machine. A container mostly has a name of its own.
pub fn host_name() -> String {
    let system = rustix::system::uname();
    system.nodename().to_string_lossy().into_owned()
}

/// Returns true if a process of this number lives, as far as this one can tell.
pub fn is_alive(pid: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| matches!(test_kill_process(pid), Ok(()) | Err(Errno::PERM)))
}

/// Returns the number of descriptors that this process may have. `None` for any number.
pub fn descriptor_limit() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current
}

/// Recognizes the refusal of another descriptor, for the process or for the whole system.
pub fn is_of_descriptors(error: &io::Error) -> bool {
    let refusals = [Errno::MFILE, Errno::NFILE];
    Errno::from_io_error(error).is_some_and(|errno| refusals.contains(&errno))
}

/// Returns true if this process has root's rights over any file.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

pub fn create_folder(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(mode).create(path)
}

/// Opens a file that a user has named, through a symbolic link too.
pub fn open_read_only(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(NO_WAIT.bits() as i32);
    options.open(path)
}

pub fn sync_folder(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags(OFlags::DIRECTORY.bits() as i32);
    options.open(path)?.sync_all()
}

/// Asks Linux to begin writing some bytes, by declaring them unneeded. Linux also drops complete
/// pages so declared, or waits to do so. So the last byte of the file is left out, which leaves no
/// complete page of a line or two.
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

/// Returns true if some of these bytes lie in extents that the file system counts as unwritten.
/// `false` if it cannot be asked.
#[cfg(target_os = "linux")]
pub fn has_unwritten(file: &File, range: &Range<u64>) -> io::Result<bool> {
    use fiemap::{Fiemap, FiemapExtentFlags};
    for extent in Fiemap::new(file) {
        let extent = match extent {
            Ok(extent) => extent,
            Err(error) if cannot_be_asked(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        if extent.fe_logical >= range.end {
            break;
        }
        let end = extent.fe_logical.saturating_add(extent.fe_length);
        if end > range.start && extent.fe_flags.contains(FiemapExtentFlags::UNWRITTEN) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Recognizes a file system that does not know the call, or a sandbox that forbids it.
#[cfg(target_os = "linux")]
fn cannot_be_asked(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [
        Errno::OPNOTSUPP,
        Errno::NOTTY,
        Errno::NOSYS,
        Errno::INVAL,
        Errno::PERM,
        Errno::ACCESS,
    ]
    .iter()
    .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(not(target_os = "linux"))]
pub fn has_unwritten(_file: &File, _range: &Range<u64>) -> io::Result<bool> {
    Ok(false)
}

/// Reads without the C library, whose function is a point at which threads can be cancelled: that
/// costs a tenth of a short read.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pread(file, buffer, offset)?)
}

pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}
