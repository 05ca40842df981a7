//! The store: one folder with a data file and a writer lock, opened by one instance.
//!
//! Joins log, index, lock and leases. Meets other instances, of this process or another, only
//! through the files. Must not know Node, queues or promises. Its parts: `opening`; `current`
//! (finding the data file), `folders` (those that lead to it), `data` (the open data file); `reading`, `recent` and `listing`; `turn`
//! (writing); `recovery`, `damage` and `judged_tail` (the bytes after the last valid commit);
//! `durability` (syncs); `change_counter`, `signature` and `lock_text` (the lock file); `rewrite` (successors of
//! the data file); `resting` (closing the files of
//! a store that is not used); `report` (for the command line).

mod change_counter;
mod current;
mod damage;
mod data;
mod durability;
mod folders;
mod judged_tail;
mod listing;
mod lock_text;
mod opening;
mod progress;
mod reading;
mod recent;
mod recovery;
mod report;
mod resting;
mod rewrite;
mod signature;
mod turn;
mod watch;

pub use change_counter::COUNTER_OFFSET;
pub use current::{current_data_file, locks};
pub use damage::DOUBTED_FOR;
pub use data::{DataFile, Room};
pub use durability::PendingSync;
pub use listing::Listing;
pub use opening::Opening;
pub use progress::Progress;
pub use recent::Recent;
pub use recovery::{Cut, Cuts};
pub use report::{Report, Stat, stat, verify};
pub use rewrite::{
    AskSource, Backup, Compaction, Copies, Older, Relocation, Repaired, Source, compact,
    compact_beside, renew, repair,
};
pub use turn::{Paused, Turn};
pub use watch::{Change, Compared, Comparison, Filter, Finding, Found, Passed, Told};

use crate::disk::{Disk, Folder, FolderCheck};
use crate::error::{Error, Result};
use crate::index::Cleared;
use crate::lease::{Leases, Name, Own, Owner};
use crate::lock::WriterLock;
use crate::names;
use change_counter::Counting;
use damage::Doubt;
use lock_text::LockText;
use opening::KnownPosition;
use resting::Rest;
use rewrite::schedule::Schedule;
use signature::Signature;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The options that a store is opened with.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Permissions of files. Folders also get search permission for those who may read files.
    pub mode: u32,
    /// The longest wait of opening for the writer lock, which it needs to make the first file and
    /// to look at damage twice.
    pub lock_timeout: Option<Duration>,
    /// True for a store that is only read: no file is made, changed or locked.
    pub read_only: bool,
    /// The room that commits write ahead.
    pub room: Room,
}

impl Options {
    fn folder_mode(&self) -> u32 {
        self.mode | ((self.mode & 0o444) >> 2)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            mode: 0o600,
            lock_timeout: None,
            read_only: false,
            room: Room::None,
        }
    }
}

/// The rights of an instance, with the locks that they need.
#[derive(Debug)]
enum Access {
    Writing {
        lock: Arc<WriterLock>,
        leases: Box<Leases>,
    },
    /// Reading only, without any lock; so apparent damage is doubted for a while.
    Reading(Option<Doubt>),
    /// None, since all files are closed.
    Resting(Box<Rest>),
}

/// One open store.
#[derive(Debug)]
pub struct Store {
    disk: Arc<dyn Disk>,
    /// The path at which the store was opened.
    dir: PathBuf,
    /// The store's own folder. `None` for a file on its own.
    folder: Option<Arc<dyn Folder>>,
    options: Options,
    access: Access,
    data: DataFile,
    folder_check: FolderCheck,
    /// The text of the lock file, as the last turn has found it.
    lock_text: LockText,
    counting: Counting,
    signature: Signature,
    /// The generation to which entries are being relocated, or have been.
    relocated: Option<u64>,
    /// True if the known state of the data file may be wrong.
    must_reopen: bool,
    /// The number that [`Store::changes`] returned last.
    told: Option<u32>,
    schedule: Schedule,
    cuts: Cuts,
    /// The tail that was found to be torn.
    judged: Option<judged_tail::JudgedTail>,
    watching: watch::Watching,
}

impl Store {
    /// Opens the store of a folder, creates what is missing, and reads the data file. May wait for
    /// the writer lock on the calling thread. With `read_only`, `dir` may also be a file on its
    /// own, such as a backup.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, options: Options) -> Result<Self> {
        Opening::new(disk, dir, options).open()
    }

    /// Opens a store without an index of its own, if it reads the same as another instance of the
    /// process.
    fn open_beside(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        known: Option<KnownPosition>,
    ) -> Result<Self> {
        Opening::beside(disk, dir, options, known).open()
    }

    fn new(
        disk: Arc<dyn Disk>,
        dir: &Path,
        folder: Option<Arc<dyn Folder>>,
        options: Options,
        access: Access,
        data: DataFile,
    ) -> Self {
        Store {
            disk,
            dir: dir.to_path_buf(),
            folder,
            options,
            access,
            data,
            folder_check: FolderCheck::default(),
            lock_text: LockText::default(),
            counting: Counting::default(),
            signature: Signature::default(),
            relocated: None,
            must_reopen: false,
            told: None,
            schedule: Schedule::default(),
            cuts: Cuts::default(),
            judged: None,
            watching: watch::Watching::default(),
        }
    }

    /// Returns the writer lock, to wait for it.
    pub fn lock(&self) -> Result<&Arc<WriterLock>> {
        match &self.access {
            Access::Writing { lock, .. } => Ok(lock),
            Access::Reading(_) => Err(read_only(&self.data)),
            Access::Resting(_) => Err(Error::Untrusted),
        }
    }

    /// Returns the leases, for operations that need no turn. [`Turn::leases`] does the rest.
    pub fn leases(&mut self) -> Result<&mut Leases> {
        match &mut self.access {
            Access::Writing { leases, .. } => Ok(leases),
            Access::Reading(_) => Err(read_only(&self.data)),
            Access::Resting(_) => Err(Error::Untrusted),
        }
    }

    /// Ends an owner's lease outside a turn, also while the store rests. Its file is unlinked at once
    /// if the store is awake and the writer lock is free, and otherwise by a later turn.
    pub fn let_go(&mut self, name: &Name, owner: Owner) -> Result<()> {
        if let Access::Resting(rest) = &mut self.access {
            return rest.let_go(name, owner);
        }
        let held = self.lock()?.try_acquire_aside().unwrap_or_default();
        self.leases()?.let_go(name, owner, held.as_ref())
    }

    /// Prepares a [`look`](crate::lease::look) at the locks: the store's folder, and the files that
    /// this instance knows of. `None` for a file on its own, which has no locks.
    pub fn locks(&self) -> Option<(Arc<dyn Folder>, Own)> {
        let mut own = Own::default();
        if let Access::Writing { lock, leases } = &self.access {
            leases.add_own(&mut own);
            if lock.is_used() {
                own.add(names::WRITER_LOCK.to_string());
            }
        }
        Some((self.folder.clone()?, own))
    }

    /// Inherits from the store that this one replaces in its instance: the leases, the watchers, the
    /// counts, and the fact that no sync of the file can be trusted.
    pub fn inherit(&mut self, before: &mut Store) {
        let number = before.disowned_generation();
        let is_disowned = number.is_some() && number == self.data.generation;
        if is_disowned && before.data.file().is_at_its_path().unwrap_or(true) {
            self.data.disown();
        }
        self.cuts.count += before.cuts.count;
        self.watching = std::mem::take(&mut before.watching);
        self.watching.reopened(&mut before.data, &self.data);
        if before.is_resting() {
            let rest = std::mem::replace(&mut before.access, Access::Reading(None));
            if let (Access::Resting(rest), Ok(leases)) = (rest, self.leases())
                && let Some(kept) = rest.into_leases()
            {
                leases.inherit(kept);
            }
        }
        if let Ok(leases) = self.leases()
            && let Ok(others) = before.leases()
        {
            leases.inherit(others.keep());
        }
    }

    /// Demands that the store be reopened, since the known state of the data file may be wrong.
    pub fn distrust(&mut self) {
        self.must_reopen = true;
    }

    /// Hands over the index, for a store that is no longer used. Dropping it may take a while.
    pub fn take_index(&mut self) -> Cleared {
        self.data.take_index()
    }

    /// Hands over the indexes that `clear` has emptied. Dropping them may take a while, so do it on
    /// another thread.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        self.data.take_cleared()
    }

    /// Returns the store's own folder, which a file on its own lacks.
    fn folder(&self) -> Result<&Arc<dyn Folder>> {
        self.folder.as_ref().ok_or_else(|| read_only(&self.data))
    }

    /// Returns the generation of the data file if a sync of it has failed.
    pub fn disowned_generation(&self) -> Option<u64> {
        self.data.generation.filter(|_| self.data.is_disowned())
    }

    fn has_lock(&self) -> bool {
        matches!(&self.access, Access::Writing { lock, .. } if lock.is_held())
    }

    /// Returns the real path of the store's own folder: the same for all instances, whatever
    /// symbolic links lead there.
    pub fn real_folder(&self) -> PathBuf {
        self.disk.real_path(&self.dir.join(names::FOLDER))
    }

    /// Returns the path of the open data file.
    pub fn data_file(&self) -> &Path {
        self.data.file().path()
    }

    /// Returns true for a file on its own, such as a backup.
    pub fn is_alone(&self) -> bool {
        self.data.generation.is_none()
    }

    /// Returns the number of the newest commit read.
    pub fn newest_commit(&self) -> u64 {
        self.data.position.commit
    }

    /// Returns true if anything was ever committed, as of the last look or turn.
    pub fn has_commits(&self) -> bool {
        self.data.position.commit > 0
    }
}

fn read_only(data: &DataFile) -> Error {
    Error::ReadOnly {
        path: data.file().path().to_path_buf(),
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Access::Writing { lock, .. } = &self.access {
            // Nobody is left to hear of an error, or to take up the lock.
            let _ = lock.abandon_wait();
        }
    }
}
