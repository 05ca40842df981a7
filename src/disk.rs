//! The few file operations that the store needs, and what it may expect of each.
//!
//! Only what a user has named is reached by its path: everything in a store is reached by its name in a folder that is open.
//! Other users of the machine may be able to change what stands at a path between two calls, and where a symbolic link leads.
//! Knows the system; knows nothing of records, logs or items. Errors name the operation and the path.

mod file;
#[cfg_attr(windows, path = "disk/windows.rs")]
#[cfg_attr(not(windows), path = "disk/unix.rs")]
mod platform;
mod real;

pub use real::RealDisk;

use crate::error::Result;
use std::fmt::Debug;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is reached by a path that a user has given, through any symbolic links.
pub trait Disk: Debug + Send + Sync {
    /// Creates a folder and those above it. Their names are not durable before their parents are synced.
    fn create_folder(&self, path: &Path, mode: u32) -> Result<()>;

    /// Opens a folder that exists.
    fn folder(&self, path: &Path) -> Result<Arc<dyn Folder>>;

    /// Opens a file on its own for reading alone.
    fn open_read_only(&self, path: &Path) -> Result<Arc<dyn DiskFile>>;

    /// The path without symbolic links on its way, as far as that can be told.
    fn real_path(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }

    /// Makes the names in a folder durable, as [`Folder::sync`] does.
    fn sync_folder(&self, path: &Path) -> Result<()>;
}

/// An open folder: it stays the same one, whatever is put at its path. No symbolic link in it is followed.
pub trait Folder: Debug + Send + Sync {
    /// The path it was opened at.
    fn path(&self) -> &Path;

    /// Opens a folder in it that exists.
    fn subfolder(&self, name: &str) -> Result<Arc<dyn Folder>>;

    /// The same, created where it is missing.
    fn create_subfolder(&self, name: &str, mode: u32) -> Result<Arc<dyn Folder>>;

    /// All names in it, in no order.
    fn list(&self) -> Result<Vec<String>>;

    /// The names of files in it: not those of folders, links, devices and the like.
    fn list_files(&self) -> Result<Vec<String>>;

    /// Opens a file that exists for reading and writing in place.
    fn open(&self, name: &str) -> Result<Arc<dyn DiskFile>>;

    /// Opens a file for locking, created empty where it is missing: for those alone who may write it, of those whom `mode`
    /// names. Whoever may read a file can lock it.
    fn open_or_create(&self, name: &str, mode: u32) -> Result<(Arc<dyn DiskFile>, Made)>;

    /// Opens a file that exists for reading alone.
    fn open_read_only(&self, name: &str) -> Result<Arc<dyn DiskFile>>;

    /// Begins a file that is to appear whole or not at all: a temporary one until it is given its name.
    fn new_file(&self, mode: u32) -> Result<Box<dyn NewFile>>;

    /// The same, to take the place of a file that looks so: with its permissions, and its owner as far as one may.
    fn new_file_after(&self, before: &Status) -> Result<Box<dyn NewFile>> {
        let file = self.new_file(before.mode)?;
        file.take_after(before)?;
        Ok(file)
    }

    /// Creates a file that appears whole or not at all: temporary file, sync, rename, folder synced.
    fn create_whole(&self, name: &str, contents: &[u8], mode: u32) -> Result<()> {
        let mut file = self.new_file(mode)?;
        file.append(contents)?;
        file.sync()?;
        file.persist(name)?;
        self.sync()
    }

    /// Whether something has the name.
    fn exists(&self, name: &str) -> Result<bool>;

    /// Removes a file.
    fn remove(&self, name: &str) -> Result<()>;

    /// The bytes that are free where it lies, for those who are not root. `None` where the system cannot tell.
    fn free_space(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Makes the names in it durable. A folder that may not be read, or a file system that knows no syncing of folders, is
    /// passed over.
    fn sync(&self) -> Result<()>;

    /// Whether a file that looks so may be written by this process for all that its place in this folder tells. Root could
    /// write any file, and whoever owns a folder can move one of another's into it.
    fn may_write(&self, _found: &Status) -> Result<bool> {
        Ok(true)
    }
}

/// When a file that was opened or created was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// By this very call.
    Now,
    /// By somebody, at some time.
    Before,
}

/// The folder that a path stands in; a bare name stands in the working folder.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// A file that is being made. It is removed if it is not given its name, but not if the process is killed.
pub trait NewFile: Debug + Send {
    /// Writes all bytes behind those that were written before.
    fn append(&mut self, bytes: &[u8]) -> Result<()>;

    /// Gives the file the permissions and, as far as one may, the owner of the one whose place it is to take.
    fn take_after(&self, _before: &Status) -> Result<()> {
        Ok(())
    }

    /// Makes what was written durable.
    fn sync(&self) -> Result<()>;

    /// Gives the file its name in its folder, in place of what has it. The name is not durable before the folder is synced.
    fn persist(self: Box<Self>, name: &str) -> Result<()>;
}

/// What a look at an open file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Its length in bytes.
    pub length: u64,
    /// Its permissions, to be given to the file that takes its place.
    pub mode: u32,
    /// The user and the group that it belongs to; 0 where the system knows none.
    pub owner: (u32, u32),
}

impl Status {
    /// Tells whether everybody who may read a file that looks so may read one that looks like `other` too.
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
    /// The path it was opened at.
    fn path(&self) -> &Path;

    /// Its length and its permissions.
    fn status(&self) -> Result<Status>;

    /// A number that no other file of the machine has while this one is open, however often it is opened.
    fn identity(&self) -> u128;

    /// Whether its path still leads to it.
    fn is_at_its_path(&self) -> Result<bool>;

    /// Reads up to the buffer's length; fewer bytes only at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Writes all bytes. After an error any part of them may stand there.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()>;

    /// Cuts the file off.
    fn truncate(&self, length: u64) -> Result<()>;

    /// Lets the system begin to write some bytes of a page or two, which it else does when it is told to sync. Only to save time.
    fn begin_sync(&self, _offset: u64, _length: u64) {}

    /// Makes what was written through this descriptor durable.
    fn sync(&self) -> Result<()>;

    /// Tells whether some of these bytes lie where the file system still counts its blocks as unwritten, although they were
    /// synced without error: then they read back from memory, and are zeros when the file system has been mounted again.
    /// `false` where the file system cannot tell.
    fn has_unwritten(&self, _range: &Range<u64>) -> Result<bool> {
        Ok(false)
    }

    /// Takes the lock if nobody else has one that excludes it. It ends with the process at the latest.
    fn try_lock(&self, mode: LockMode) -> Result<bool>;

    /// Waits for the lock, on the calling thread, for as long as it takes.
    fn lock(&self, mode: LockMode) -> Result<()>;

    /// Gives the lock up.
    fn unlock(&self) -> Result<()>;
}

/// How a lock is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// With others that share it.
    Shared,
    /// Alone.
    Exclusive,
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn those_who_may_read_are_told_by_owner_and_mode() {
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
