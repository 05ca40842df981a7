//! Compaction: the data file is rewritten with its live items, while others go on writing.
//!
//! Only the end of it needs the writer lock. The new file has a temporary name until it contains
//! every valid commit of the old one; its rename, under the lock, is the switch. A kill before the
//! switch leaves a temporary file, and one after it an old data file: `leftovers` removes both.
//! Must not decide when to compact (`schedule`).

use super::checkpoint::write_checkpoint;
use super::leftovers::remove_older_files;
use super::lock::RewriteLock;
use super::space::{FreeSpace, Space};
use crate::disk::{Disk, NewFile, next_part};
use crate::error::{Error, Result};
use crate::lock::Held;
use crate::log::{Check, End, Position};
use crate::record::{Checksum, Claim};
use crate::store::change_counter::count_up;
use crate::store::{Listing, Options, Progress, Store, current, read_only};
use std::path::Path;
use std::sync::Arc;

/// The most bytes left to be copied under the writer lock, if the writers allow it.
const LEFT_FOR_THE_LOCK: u64 = 1 << 20;
/// The most times that new commits are copied without the lock.
const MOST_ROUNDS: usize = 8;
/// Bytes copied at once.
const CHUNK: usize = 1 << 20;
/// The most attempts of a compaction, if other rewrites replace the file.
const ATTEMPTS: usize = 3;

/// A compaction under way.
#[derive(Debug)]
pub struct Compaction {
    /// A store of the compaction's own, with its own descriptors and without an index.
    store: Store,
    /// The generation that is rewritten.
    generation: u64,
    /// The name of its successor.
    name: String,
    file: Box<dyn NewFile>,
    /// The newest commit in the checkpoint.
    commit: u64,
    /// Checksum of that commit.
    prev: Checksum,
    /// The live items as of that commit.
    items: Listing,
    /// Offset up to which the old file has been copied.
    copied: u64,
    free_space: FreeSpace,
    lock: RewriteLock,
}

/// The items of an open instance, so that a compaction in its process need not load them again.
#[derive(Debug)]
pub struct Source {
    generation: Option<u64>,
    position: Position,
    items: Listing,
}

impl Source {
    /// Takes the items of a store, as of its last look.
    pub(in crate::store) fn of(store: &mut Store) -> Self {
        Source {
            generation: store.data.generation,
            position: store.data.position,
            // With the expired ones: if a clock is set back, two processes must not differ.
            items: store.data.list_for_copy(),
        }
    }
}

/// Asks the open instance of the process for its items, each time a compaction starts. `None` if
/// there is none.
pub type AskSource<'a> = &'a dyn Fn() -> Option<Source>;

/// Compacts the store of a folder. `false` if another process does so already, and `wait` is false.
pub fn compact(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    options: Options,
    wait: bool,
    progress: &Progress,
) -> Result<bool> {
    compact_beside(disk, dir, options, wait, progress, &|| None)
}

/// Compacts the store of a folder, in a process that may have it open.
pub fn compact_beside(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    options: Options,
    wait: bool,
    progress: &Progress,
    source: AskSource,
) -> Result<bool> {
    let mut attempt = 1;
    loop {
        let begun = Compaction::begin_beside(disk.clone(), dir, options, wait, source)?;
        let Some(compaction) = begun else {
            return Ok(false);
        };
        match compaction.run(progress) {
            Err(error) if error.needs_reopening() && attempt < ATTEMPTS => attempt += 1,
            other => return other.map(|()| true),
        }
    }
}

impl Compaction {
    /// Takes the lock of rewrites, and reads the complete file, which checks every commit. `None`
    /// if another has the lock, and `wait` is false.
    pub fn begin(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        wait: bool,
    ) -> Result<Option<Self>> {
        Self::begin_beside(disk, dir, options, wait, &|| None)
    }

    /// Begins in a process that has the store open: the file is read and checked too, but no second
    /// index is kept. The items are those of the open instance, as of a position up to which both
    /// have read the same.
    pub fn begin_beside(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        wait: bool,
        source: AskSource,
    ) -> Result<Option<Self>> {
        let folder = current::open_folder(&*disk, dir)?;
        let lock = match wait {
            true => RewriteLock::take(&*folder, options)?,
            false => match RewriteLock::try_take(&*folder, options)? {
                Some(lock) => lock,
                None => return Ok(None),
            },
        };
        Self::under(lock, disk, dir, options, source(), Space::of).map(Some)
    }

    /// Begins under a lock that has been taken. `space` tells the space that items of so many bytes
    /// need.
    pub(super) fn under(
        lock: RewriteLock,
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        source: Option<Source>,
        space: fn(u64) -> Space,
    ) -> Result<Self> {
        let known = source
            .as_ref()
            .and_then(|source| Some((source.generation?, source.position)));
        let mut store = Store::open_beside(disk, dir, options, known)?;
        let source = source.filter(|_| !store.data.has_index());
        let Source {
            position, items, ..
        } = source.unwrap_or_else(|| Source::of(&mut store));
        // The listing shares the part of the index that is needed.
        store.data.stop_indexing();
        let Some(generation) = store.data.generation else {
            return Err(read_only(&store.data));
        };
        let name = current::successor_of(&**store.data.file(), generation)?;
        let before = store.data.file().status()?;
        let free_space = space(items.bytes()).find(store.folder()?, store.data.file().path())?;
        Ok(Compaction {
            free_space,
            generation,
            name,
            commit: position.commit,
            prev: position.checksum,
            copied: position.end,
            items,
            file: store.folder()?.new_file_after(&before)?,
            store,
            lock,
        })
    }

    /// Runs the complete compaction.
    pub(super) fn run(mut self, progress: &Progress) -> Result<()> {
        self.copy(progress)?;
        self.catch_up()?;
        self.switch()
    }

    /// Writes the live items, and checks each of them once more.
    pub fn copy(&mut self, progress: &Progress) -> Result<()> {
        let Compaction {
            file,
            commit,
            prev,
            items,
            free_space,
            store,
            ..
        } = self;
        let path = store.data.file().path();
        let check = || free_space.check(path);
        write_checkpoint(&mut **file, *commit, *prev, items, progress, &check)
    }

    /// Copies new commits until little is left, and syncs, so that the sync under the lock is
    /// short.
    pub fn catch_up(&mut self) -> Result<()> {
        for _ in 0..MOST_ROUNDS {
            if self.store.data.read_on(Check::Quick)? == End::Replaced {
                return Err(Error::Untrusted);
            }
            if self.store.data.position.end - self.copied <= LEFT_FOR_THE_LOCK {
                break;
            }
            self.copy_commits()?;
        }
        self.file.sync()
    }

    /// Copies the rest under the writer lock, and renames the new file. [`Error::Superseded`] if
    /// another rewrite was faster.
    pub fn switch(mut self) -> Result<()> {
        let lock_timeout = self.store.options.lock_timeout;
        let held = self.store.lock()?.acquire(lock_timeout)?;
        let prepared = self.prepare_switch(&held);
        let switched = prepared.and_then(|()| self.file.persist(&self.name));
        let counted = count_up(&held);
        held.release()?;
        switched.and(counted.map(drop))?;
        // The rename cannot be taken back. Others too sync the folder before they acknowledge
        // anything.
        remove_older_files(&**self.store.folder()?, &self.lock, self.generation + 1)
    }

    fn prepare_switch(&mut self, held: &Held) -> Result<()> {
        self.store.bring_up_to_date(held)?;
        if self.store.data.generation != Some(self.generation) {
            return Err(Error::Superseded);
        }
        self.copy_commits()?;
        let position = self.store.data.position;
        if position.commit > self.commit {
            // The claim is true when somebody can read it: the file is synced before it has its
            // name (I9).
            let claim = Claim::line(position.commit, position.checksum);
            self.file.append(&claim)?;
        }
        self.file.sync()?;
        // The switch is counted before it is made: if this process is killed in between, the
        // counter must tell the next turn of every instance to look for the new file.
        count_up(held).map(drop)
    }

    /// Copies the valid commits that have not been copied, byte for byte.
    fn copy_commits(&mut self) -> Result<()> {
        let end = self.store.data.position.end;
        let mut chunk = Vec::new();
        while self.copied < end {
            self.free_space.check(self.store.data.file().path())?;
            let wanted = next_part(end - self.copied, CHUNK);
            chunk.resize(wanted, 0);
            let read = self.store.data.file().read_at(self.copied, &mut chunk)?;
            if read < wanted {
                return Err(Error::Untrusted);
            }
            self.file.append(&chunk)?;
            self.copied += wanted as u64;
        }
        Ok(())
    }
}
