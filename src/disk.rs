//! The few file operations that the store needs, and the guarantees of each.
//!
//! Only a path that a user gave is opened by its path. Everything in a store is reached by its name
//! in an open folder, since other users of the machine may put other files at a path, or change a
//! symbolic link, between two calls. Knows the system. Must not know records, logs or items. Errors
//! name the operation and the path.

mod file;
mod folder_check;
#[cfg(unix)]
mod look;
mod parts;
#[cfg_attr(windows, path = "disk/windows.rs")]
#[cfg_attr(not(windows), path = "disk/unix.rs")]
mod platform;
mod real;
mod system_locks;

pub use folder_check::{CheckUnderWay, FolderCheck, Freshness, Sighting, Stamp, Time};
pub use parts::{append_stretch, next_part};
pub use platform::{descriptor_limit, host_name, is_alive, is_of_descriptors};
pub use real::RealDisk;
pub use system_locks::{SystemLock, system_locks};

use crate::error::Result;
use std::fmt::Debug;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Operations on a path that a user has given, through any symbolic links.
pub trait Disk: Debug + Send + Sync {
    /// Returns true if a folder is at a path. An error if something else is there.
    fn has_folder(&self, path: &Path) -> Result<bool>;

    /// Creates a folder in an existing one. Does nothing if another process was faster. The name is
    /// durable once the parent is synced.
    fn create_folder(&self, path: &Path, mode: u32) -> Result<()>;

    /// Returns true if nothing has a name in an existing folder, except for one name, or if the
    /// folder may not be read.
    fn is_empty_except(&self, path: &Path, name: &str) -> bool;

    /// Opens an existing folder.
    fn folder(&self, path: &Path) -> Result<Arc<dyn Folder>>;

    /// Opens a single file for reading only.
    fn open_read_only(&self, path: &Path) -> Result<Arc<dyn DiskFile>>;

    /// Resolves the symbolic links of a path, as far as possible.
    fn real_path(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }

    /// Makes the names in a folder durable, as [`Folder::sync`] does.
    fn sync_folder(&self, path: &Path) -> Result<()>;
}

/// An open folder. It stays the same folder, whatever is put at its path. No symbolic link in it is
/// followed.
pub trait Folder: Debug + Send + Sync {
    /// Returns the path at which the folder was opened.
    fn path(&self) -> &Path;

    /// Looks at the path of the folder, for a [`FolderCheck`]. `None` where no folder is there, and
    /// on systems where its times do not tell of all changes.
    fn sight(&self) -> Option<Sighting> {
        None
    }

    /// Looks at a folder in this one, in the same way.
    fn sight_subfolder(&self, _name: &str) -> Option<Sighting> {
        None
    }

    /// Opens an existing folder in this one.
    fn subfolder(&self, name: &str) -> Result<Arc<dyn Folder>>;

    /// Opens a folder in this one, created if it is missing.
    fn create_subfolder(&self, name: &str, mode: u32) -> Result<Arc<dyn Folder>>;

    /// Lists all names in the folder, in no order.
    fn list(&self) -> Result<Vec<String>>;

    /// Lists the names of files, without those of folders, links, devices and the like.
    fn list_files(&self) -> Result<Vec<String>>;

    /// Opens an existing file for reading and for writing in place.
    fn open(&self, name: &str) -> Result<Arc<dyn DiskFile>>;

    /// Opens a file for locking, created empty if it is missing. Whoever may read a file can lock
    /// it, so the new file is readable only for those of `mode` who may write it.
    fn open_or_create(&self, name: &str, mode: u32) -> Result<(Arc<dyn DiskFile>, Made)>;

    /// Opens an existing file for reading only.
    fn open_read_only(&self, name: &str) -> Result<Arc<dyn DiskFile>>;

    /// Begins a file that gets its name only when it is complete. Until then it is a temporary
    /// file.
    fn new_file(&self, mode: u32) -> Result<Box<dyn NewFile>>;

    /// Begins the successor of a file, with the permissions of that file, and its owner as far as
    /// the system allows.
    fn new_file_after(&self, before: &Status) -> Result<Box<dyn NewFile>> {
        let file = self.new_file(before.mode)?;
        file.take_after(before)?;
        Ok(file)
    }

    /// Creates a complete file: temporary file, sync, rename, sync of the folder.
    fn create_complete(&self, name: &str, contents: &[u8], mode: u32) -> Result<()> {
        let mut file = self.new_file(mode)?;
        file.append(contents)?;
        file.sync()?;
        file.persist(name)?;
        self.sync()
    }

    /// Returns true if anything has the name.
    fn exists(&self, name: &str) -> Result<bool>;

    /// Removes a file.
    fn remove(&self, name: &str) -> Result<()>;

    /// Measures the free space where the folder lies, for users other than root. `None` where the
    /// system cannot tell.
    fn free_space(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Makes the names in the folder durable. Does nothing for a folder that may not be read, or on
    /// a file system that cannot sync folders.
    fn sync(&self) -> Result<()>;

    /// Returns true if this process may write a file of this status, as far as its place in this
    /// folder tells. Root could write any file, and the owner of a folder can move another user's
    /// file into it.
    fn may_write(&self, _found: &Status) -> Result<bool> {
        Ok(true)
    }
}

/// The time at which an opened file was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// In this very call.
    Now,
    /// Some time before, by anybody.
    Before,
}

/// Returns the folder of a path. The folder of a bare name is the working folder.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// A file without its final name. Dropping it removes the file; a kill leaves it.
pub trait NewFile: Debug + Send {
    /// Writes all bytes after those written before.
    fn append(&mut self, bytes: &[u8]) -> Result<()>;

    /// Takes the permissions and, as far as the system allows, the owner of the file that this one
    /// will replace.
    fn take_after(&self, _before: &Status) -> Result<()> {
        Ok(())
    }

    /// Makes the bytes durable.
    fn sync(&self) -> Result<()>;

    /// Gives the file its name in its folder. Replaces an existing file of that name. I9: the
    /// caller has synced the file. The name is durable once the folder is synced.
    fn persist(self: Box<Self>, name: &str) -> Result<()>;
}

/// The status of an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Length in bytes.
    pub length: u64,
    /// Permissions, which the successor of the file gets.
    pub mode: u32,
    /// User and group; 0 on systems without them.
    pub owner: (u32, u32),
}

impl Status {
    /// Returns true if everybody who may read a file of this status may also read one of the
    /// `other`.
    pub fn is_no_more_open_than(&self, other: &Status) -> bool {
        const GROUP: u32 = 0o040;
        const ALL: u32 = 0o004;
        let (user, group) = self.owner;
        let is_open = |bit| self.mode & bit != 0;
        let all_may = other.mode & ALL != 0;
        let group_may = all_may || other.mode & GROUP != 0 && group == other.owner.1;
        (user == other.owner.0 || user == 0 || group_may)
            && (group_may || !is_open(GROUP))
            && (all_may || !is_open(ALL))
    }
}

/// An open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Returns the path at which the file was opened.
    fn path(&self) -> &Path;

    /// Asks for length, permissions and owner.
    fn status(&self) -> Result<Status>;

    /// Returns a number that no other file of the machine has while this one is open, however often
    /// it is opened.
    fn identity(&self) -> u128;

    /// Returns true if the path still leads to this file.
    fn is_at_its_path(&self) -> Result<bool>;

    /// Reads up to the length of the buffer. Reads fewer bytes only at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Writes all bytes. After an error any part of them may be written.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()>;

    /// Shortens the file.
    fn truncate(&self, length: u64) -> Result<()>;

    /// Asks the system to begin writing some bytes, of a page or two, before the sync. Only saves
    /// time.
    fn begin_sync(&self, _offset: u64, _length: u64) {}

    /// Makes everything durable that was written through this descriptor.
    fn sync(&self) -> Result<()>;

    /// Returns true if some of these bytes, although synced without error, lie in blocks that the
    /// file system still counts as unwritten: they read back from memory, and as zeros after the
    /// next mount. `false` where the file system cannot tell.
    fn has_unwritten(&self, _range: &Range<u64>) -> Result<bool> {
        Ok(false)
    }

    /// Takes the lock, unless another holder excludes it. The lock ends with the process at the
    /// latest.
    fn try_lock(&self, mode: LockMode) -> Result<bool>;

    /// Waits for the lock on the calling thread, for as long as it takes.
    fn lock(&self, mode: LockMode) -> Result<()>;

    /// Releases the lock.
    fn unlock(&self) -> Result<()>;
}

/// The mode of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// With other shared holders.
    Shared,
    /// With no other holder.
    Exclusive,
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn readers_are_known_by_owner_and_mode() {
        let file = |user, mode| Status {
            length: 0,
            mode,
            owner: (user, 7),
        };
        let root_alone = file(0, 0o600);
        for (new, before, is_fine) in [
            (file(1, 0o600), file(1, 0o600), true),
            (file(1, 0o600), file(2, 0o600), false),
            (file(1, 0o600), file(2, 0o640), true),
            (file(1, 0o600), file(2, 0o604), true),
            (file(1, 0o600), root_alone, false),
            (root_alone, file(1, 0o600), true),
            (file(1, 0o640), file(1, 0o600), false),
            (file(1, 0o644), file(1, 0o640), false),
            (file(1, 0o660), file(2, 0o660), true),
            (file(1, 0o604), file(1, 0o604), true),
        ] {
            assert_eq!(
                new.is_no_more_open_than(&before),
                is_fine,
                "{new:?} {before:?}"
            );
        }
    }
}
