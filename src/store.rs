//! The store: one folder with a data file and a writer lock, opened by one instance.
//!
//! Puts log, index and lock together. Another instance, be it in this process or not, is met only through the files.
//! Knows nothing of Node, queues or promises. Its parts: `opening`; `current` (which data file), `data` (the open data file);
//! `reading` and `listing`; `turn` (writing); `recovery` and `judged_tail` (what follows the last valid commit); `durability`
//! (syncs); `change_counter`; `rewrite` (successors of the data file); `report` (for the command line).

mod change_counter;
mod current;
mod damage;
mod data;
mod durability;
mod judged_tail;
mod listing;
mod opening;
mod progress;
mod reading;
mod recovery;
mod report;
mod rewrite;
mod turn;

pub use change_counter::COUNTER_OFFSET;
pub use current::current_data_file;
pub use damage::DOUBTED_FOR;
pub use data::DataFile;
pub use durability::PendingSync;
pub use listing::Listing;
pub use opening::Opening;
pub use progress::Progress;
pub use recovery::{Cut, Cuts};
pub use report::{Report, Stat, stat, verify};
pub use rewrite::{
    AskSource, Backup, Compaction, Copies, Older, Relocation, Repaired, Source, compact,
    compact_beside, renew, repair,
};
pub use turn::{Paused, Turn};

use crate::disk::{Disk, Folder};
use crate::error::{Error, Result};
use crate::index::Cleared;
use crate::lease::{Leases, Name, Owner};
use crate::lock::WriterLock;
use crate::names;
use damage::Doubt;
use opening::Known;
use rewrite::schedule;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How a store is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The permissions of files; folders get search permission where files can be read.
    pub mode: u32,
    /// How long opening may wait for the writer lock, which it needs to make the first file and to look at damage twice.
    pub lock_timeout: Option<Duration>,
    /// Only to be read: no file is made, changed or locked.
    pub read_only: bool,
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
        }
    }
}

/// What an instance may do, and what that takes.
#[derive(Debug)]
enum Access {
    Writing {
        lock: Arc<WriterLock>,
        leases: Box<Leases>,
    },
    /// Without any lock; so what looks like damage is doubted for a while.
    Reading(Option<Doubt>),
}

/// One open store.
#[derive(Debug)]
pub struct Store {
    disk: Arc<dyn Disk>,
    /// The path that it was opened at.
    dir: PathBuf,
    /// `None` for a file on its own.
    folder: Option<Arc<dyn Folder>>,
    options: Options,
    access: Access,
    data: DataFile,
    /// What its last turn has left the data file at, for the counter of `freshness`.
    left_at: Option<change_counter::LeftAt>,
    /// The data file to which entries are being relocated, or have been.
    relocated: Option<u64>,
    /// An entry has no copy in the file that was followed.
    must_reopen: bool,
    /// When a compaction of this data file was last worth it.
    occasion: Option<schedule::Occasion>,
    /// How many bytes were dead when the free space was last looked at.
    dead_at_look: u64,
    cuts: Cuts,
    /// The tail of the data file that was found to be torn.
    judged: Option<judged_tail::JudgedTail>,
}

impl Store {
    /// Opens the store of a folder, creates what is missing, and reads what it holds. May wait for the writer lock on the
    /// calling thread. For reading alone, `dir` may also be a file on its own, such as a backup.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, options: Options) -> Result<Self> {
        Opening::new(disk, dir, options).open()
    }

    /// The same, without an index of its own if it reads what another instance of the process has: the data file of that number,
    /// up to that position.
    fn open_beside(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        known: Option<Known>,
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
            left_at: None,
            relocated: None,
            must_reopen: false,
            occasion: None,
            dead_at_look: 0,
            cuts: Cuts::default(),
            judged: None,
        }
    }

    /// The lock, for the thread that is to wait for it.
    pub fn lock(&self) -> Result<&Arc<WriterLock>> {
        match &self.access {
            Access::Writing { lock, .. } => Ok(lock),
            Access::Reading(_) => Err(read_only(&self.data)),
        }
    }

    /// The leases on keys, for what may be done outside a turn. [`Turn::leases`] does the rest.
    pub fn leases(&mut self) -> Result<&mut Leases> {
        match &mut self.access {
            Access::Writing { leases, .. } => Ok(leases),
            Access::Reading(_) => Err(read_only(&self.data)),
        }
    }

    /// Ends an owner's lease outside a turn. Its file is unlinked at once if the writer lock is free, and otherwise by the next turn.
    pub fn let_go(&mut self, name: &Name, owner: Owner) -> Result<()> {
        let held = self.lock()?.try_acquire()?;
        self.leases()?.let_go(name, owner, held.as_ref())
    }

    /// Takes over what outlasts the store that this one takes the place of, in the same instance: its leases and counts, and that
    /// the file must not be committed to any more.
    pub fn inherit(&mut self, before: &mut Store) {
        let number = before.disowned_generation();
        let is_disowned = number.is_some() && number == self.data.generation;
        if is_disowned && before.data.file().is_at_its_path().unwrap_or(true) {
            self.data.disown();
        }
        self.cuts.count += before.cuts.count;
        if let Ok(leases) = self.leases()
            && let Ok(others) = before.leases()
        {
            leases.inherit(others);
        }
    }

    /// Takes note that what is known of the file may be wrong: the store is to be opened again.
    pub fn distrust(&mut self) {
        self.must_reopen = true;
    }

    /// Hands over the index of a store that is not used any more. To drop it may take a while.
    pub fn take_index(&mut self) -> Cleared {
        self.data.take_index()
    }

    /// Hands over what a `clear` has left of the index. To drop it may take a while: not for a thread that must not block.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        self.data.take_cleared()
    }

    /// The folder that its files are in, which a file on its own has not.
    fn folder(&self) -> Result<&Arc<dyn Folder>> {
        self.folder.as_ref().ok_or_else(|| read_only(&self.data))
    }

    /// The number of the data file, if a sync of it has failed.
    pub fn disowned_generation(&self) -> Option<u64> {
        self.data.generation.filter(|_| self.data.is_disowned())
    }

    fn has_lock(&self) -> bool {
        matches!(&self.access, Access::Writing { lock, .. } if lock.is_held())
    }

    /// The folder that the store is in: the same for all who have it open, whatever symbolic links lead there.
    pub fn real_folder(&self) -> PathBuf {
        self.disk.real_path(&self.dir.join(names::FOLDER))
    }

    /// The path of the data file that is open.
    pub fn data_file(&self) -> &Path {
        self.data.file().path()
    }

    /// Counts what was taken in that others had committed. What this store has answered before may be out of date when it has
    /// changed.
    pub fn changes(&self) -> u32 {
        self.data.changes()
    }

    /// The number of the newest commit that was read.
    pub fn newest_commit(&self) -> u64 {
        self.data.position.commit
    }

    /// Whether anything has ever been committed.
    pub fn has_commits(&mut self) -> Result<bool> {
        self.look()?;
        Ok(self.data.position.commit > 0)
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
            // Nobody is left to hear of an error, nor to take the lock up.
            let _ = lock.abandon_wait();
        }
    }
}
