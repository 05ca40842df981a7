//! The file operations that differ on Unix systems.

#[path = "unix/lock.rs"]
mod lock;

use super::{Stamp, look};
pub use lock::FileLock;
pub use look::{at_file as look, stamp};
use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, fstat, fstatvfs, fsync, mkdirat, openat, renameat,
    unlinkat,
};
use rustix::io::{Errno, retry_on_intr};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::ops::Range;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

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

    /// Creates a lock file. Those who may write it may read it only after [`let_writers_read`],
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
