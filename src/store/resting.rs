//! Resting: a store that is not in use closes its files, and keeps what it knows of them. So a
//! process can have many more stores than descriptors.
//!
//! A closed file is the same one when it is opened again if its identity is the same, and the log in
//! it goes on from the last known commit, as every turn and look checks. Otherwise the store must be
//! reopened. The new descriptor is a newcomer: it vouches for nothing older than itself (I4). Closing
//! releases the locks of a descriptor, so a store rests only while it uses no lock. Leases have
//! descriptors of their own, and stay.

use super::current;
use super::data::DataFile;
use super::{Access, Store};
use crate::disk::{DiskFile, Folder, FolderCheck, LockMode, Stamp, Status};
use crate::error::{Error, Result};
use crate::lease::{KeptLeases, Leases, Name, Owner};
use crate::lock::{self, WriterLock};
use crate::names;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The facts that a resting store needs to know its files again.
#[derive(Debug)]
pub(super) struct Rest {
    /// The folder when the store went to rest. While it stays the same, no file in it was replaced.
    stamp: Option<Stamp>,
    /// `None` for a store that is only read.
    writing: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    lock: u128,
    leases: KeptLeases,
}

impl Rest {
    /// Hands over the leases that the store still has.
    pub(super) fn into_leases(self) -> Option<KeptLeases> {
        self.writing.map(|writing| writing.leases)
    }
}

impl Rest {
    /// Ends a lease while the store rests: waking may fail, and the lock must not stay.
    pub(super) fn let_go(&mut self, name: &Name, owner: Owner) -> Result<()> {
        match &mut self.writing {
            Some(writing) => writing.leases.let_go(name, owner),
            None => Ok(()),
        }
    }
}

/// A file that is closed. Its operations fail.
#[derive(Debug)]
struct ClosedFile {
    path: PathBuf,
    identity: u128,
}

impl DiskFile for ClosedFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn status(&self) -> Result<Status> {
        Err(Error::Untrusted)
    }

    fn identity(&self) -> u128 {
        self.identity
    }

    fn is_at_its_path(&self) -> Result<bool> {
        Err(Error::Untrusted)
    }

    fn read_at(&self, _offset: u64, _buffer: &mut [u8]) -> Result<usize> {
        Err(Error::Untrusted)
    }

    fn write_at(&self, _offset: u64, _bytes: &[u8]) -> Result<()> {
        Err(Error::Untrusted)
    }

    fn truncate(&self, _length: u64) -> Result<()> {
        Err(Error::Untrusted)
    }

    fn sync(&self) -> Result<()> {
        Err(Error::Untrusted)
    }

    fn try_lock(&self, _mode: LockMode) -> Result<bool> {
        Err(Error::Untrusted)
    }

    fn lock(&self, _mode: LockMode) -> Result<()> {
        Err(Error::Untrusted)
    }

    fn unlock(&self) -> Result<()> {
        Err(Error::Untrusted)
    }
}

impl DataFile {
    /// Returns true if nobody else uses the file, such as a sync or a listing.
    fn may_close(&self) -> bool {
        let is_unused = Arc::strong_count(self.file()) == 1;
        self.generation.is_some() && self.files().is_one() && is_unused && !self.is_disowned()
    }

    fn close(&mut self) {
        let file = self.file();
        let closed = ClosedFile {
            path: file.path().to_path_buf(),
            identity: file.identity(),
        };
        self.replace_descriptor(Arc::new(closed));
    }
}

impl Store {
    /// Closes the files, and returns true, unless the store is in use. Then it must be woken before
    /// its next use.
    pub fn rest(&mut self) -> bool {
        let Some(folder) = self.folder.clone().filter(|_| self.may_rest()) else {
            return false;
        };
        let stamp = folder.sight().map(|seen| seen.stamp);
        let access = std::mem::replace(&mut self.access, Access::Reading(None));
        let writing = match access {
            Access::Writing { lock, mut leases } => Some(Writing {
                lock: lock.file().identity(),
                leases: leases.keep(),
            }),
            Access::Reading(_) | Access::Resting(_) => None,
        };
        self.access = Access::Resting(Box::new(Rest { stamp, writing }));
        self.folder = None;
        self.data.close();
        true
    }

    fn may_rest(&self) -> bool {
        let is_unlocked = match &self.access {
            Access::Writing { lock, leases } => {
                Arc::strong_count(lock) == 1 && !lock.is_used() && !leases.waits()
            }
            Access::Reading(_) => true,
            Access::Resting(_) => false,
        };
        is_unlocked && !self.must_reopen && self.watchers() == 0 && self.data.may_close()
    }

    /// Returns true if the files are closed.
    pub fn is_resting(&self) -> bool {
        matches!(self.access, Access::Resting(_))
    }

    /// Opens the files again. [`Error::Superseded`] if others are in their place: then the store must
    /// be reopened. After any error it rests on.
    pub fn wake(&mut self) -> Result<()> {
        let Access::Resting(rest) = &mut self.access else {
            return Ok(());
        };
        let folder = current::open_folder(&*self.disk, &self.dir).map_err(gone)?;
        let name = names::data_file(self.data.generation.unwrap_or_default());
        let file = match &rest.writing {
            Some(_) => folder.open(&name),
            None => folder.open_read_only(&name),
        };
        let file = file.map_err(gone)?;
        let mut lock = None;
        if let Some(writing) = &rest.writing {
            let opened = lock::file::open(&*folder, names::WRITER_LOCK).map_err(gone)?;
            if opened.identity() != writing.lock {
                return Err(Error::Superseded);
            }
            lock = Some(opened);
        }
        if file.identity() != self.data.file().identity() {
            return Err(Error::Superseded);
        }
        let stamp = folder.sight().map(|seen| seen.stamp);
        if stamp.is_none() || stamp != rest.stamp {
            // The system may have given the numbers of deleted files to new ones.
            self.data.forget_syncs();
        }
        self.access = match (lock, rest.writing.take()) {
            (Some(lock), Some(Writing { leases, .. })) => Access::Writing {
                lock: Arc::new(WriterLock::new(lock)),
                leases: Box::new(self.leases_of(&folder, leases)),
            },
            _ => Access::Reading(None),
        };
        self.folder = Some(folder);
        self.folder_check = FolderCheck::default();
        self.judged = None;
        self.data.replace_descriptor(file);
        Ok(())
    }

    fn leases_of(&self, folder: &Arc<dyn Folder>, kept: KeptLeases) -> Leases {
        let options = self.options;
        Leases::new(folder.clone(), options.mode, options.folder_mode()).with(kept)
    }
}

/// Makes the error of a file that is gone.
fn gone(error: Error) -> Error {
    match error {
        Error::NoStore { .. } => Error::Superseded,
        error if error.is_not_found() => Error::Superseded,
        other => other,
    }
}
