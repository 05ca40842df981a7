//! Compaction: the data file is rewritten with the items that are left of it, while others go on writing.
//!
//! All but the last of it is done without the writer lock. The new file has a temporary name until it holds everything that
//! stands in the old one; its renaming, under the lock, is the switch. A kill before leaves a temporary file, and one after
//! an old one: `leftovers`.

use super::checkpoint::write_checkpoint;
use super::leftovers::remove_older_files;
use super::lock::RewriteLock;
use super::space::{Room, Space};
use crate::disk::{Disk, NewFile};
use crate::error::{Error, Result};
use crate::index::Which;
use crate::lock::Held;
use crate::log::{End, Position};
use crate::record::{Checksum, Claim};
use crate::store::change_counter::count_up;
use crate::store::{Listing, Options, Progress, Store, current, read_only};
use std::path::Path;
use std::sync::Arc;

/// How much may be left to be copied under the writer lock, in bytes, if writers let it come to that.
const LEFT_FOR_THE_LOCK: u64 = 1 << 20;
/// How often what came meanwhile is copied without the lock.
const MOST_ROUNDS: usize = 8;
/// How much is copied at once, in bytes.
const CHUNK: usize = 1 << 20;
/// How often a compaction begins anew because another rewrite came between.
const ATTEMPTS: usize = 3;

/// A compaction under way.
#[derive(Debug)]
pub struct Compaction {
    /// The store as this compaction alone has it, with descriptors of its own, and without an index.
    store: Store,
    /// The generation that is rewritten.
    generation: u64,
    /// The name of the one that takes its place.
    name: String,
    file: Box<dyn NewFile>,
    /// The commit that the checkpoint goes up to.
    commit: u64,
    /// That commit's checksum.
    prev: Checksum,
    /// What is left of the items then.
    items: Listing,
    /// The old file is copied up to here.
    copied: u64,
    room: Room,
    _lock: RewriteLock,
}

/// What an open instance has of the items, so that a compaction in its process need not load them a second time.
#[derive(Debug)]
pub struct Source {
    generation: Option<u64>,
    position: Position,
    items: Listing,
}

/// Asks the open instance of the process for what it has, as often as a compaction begins. `None` if there is none.
pub type AskSource<'a> = &'a dyn Fn() -> Option<Source>;

/// Compacts the store of a folder. `false` if another does so already, and it is not to be waited for.
pub fn compact(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    options: Options,
    wait: bool,
    progress: &Progress,
) -> Result<bool> {
    compact_beside(disk, dir, options, wait, progress, &|| None)
}

/// The same in a process that has the store open.
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
    /// Takes the lock of rewrites and reads the whole file, whose every commit is checked so. `None` if another has the lock
    /// and it is not to be waited for.
    pub fn begin(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        wait: bool,
    ) -> Result<Option<Self>> {
        Self::begin_beside(disk, dir, options, wait, &|| None)
    }

    /// The same in a process that has the store open. The whole file is read and checked as well, but no second index is kept:
    /// the items are those of the open instance, as far as both have read the same.
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

    /// The same, under a lock that has been taken. `space` tells what room items of so many bytes take.
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
        } = source.unwrap_or_else(|| store.source());
        // What is still needed of it is in the listing, which lets go of it as it is written.
        store.data.stop_indexing();
        let Some(generation) = store.data.generation else {
            return Err(read_only(&store.data));
        };
        let name = current::successor_of(&**store.data.file(), generation)?;
        let before = store.data.file().status()?;
        let room = space(items.bytes()).claim(store.folder()?, store.data.file().path())?;
        Ok(Compaction {
            room,
            generation,
            name,
            commit: position.commit,
            prev: position.checksum,
            copied: position.end,
            items,
            file: store.folder()?.new_file_after(&before)?,
            store,
            _lock: lock,
        })
    }

    /// Does all of it.
    pub(super) fn run(mut self, progress: &Progress) -> Result<()> {
        self.copy(progress)?;
        self.catch_up()?;
        self.switch()
    }

    /// Writes what is left of the items, each of which is checked once more.
    pub fn copy(&mut self, progress: &Progress) -> Result<()> {
        let Compaction {
            file,
            commit,
            prev,
            items,
            room,
            store,
            ..
        } = self;
        let path = store.data.file().path();
        let check = || room.check(path);
        write_checkpoint(&mut **file, *commit, *prev, items, progress, &check)
    }

    /// Copies what has been committed meanwhile, until little is left, and syncs, so that the sync under the lock is short.
    pub fn catch_up(&mut self) -> Result<()> {
        for _ in 0..MOST_ROUNDS {
            if self.store.data.read_on()? == End::Replaced {
                return Err(Error::Untrusted);
            }
            if self.store.data.position.end - self.copied <= LEFT_FOR_THE_LOCK {
                break;
            }
            self.copy_commits()?;
        }
        self.file.sync()
    }

    /// Copies the rest under the writer lock and puts the new file in the old one's place. [`Error::Superseded`] if that has been
    /// done by another.
    pub fn switch(mut self) -> Result<()> {
        let lock_timeout = self.store.options.lock_timeout;
        let held = self.store.lock()?.acquire(lock_timeout)?;
        let prepared = self.prepare_switch(&held);
        let switched = prepared.and_then(|()| self.file.persist(&self.name));
        let counted = count_up(&held);
        held.release()?;
        switched.and(counted.map(drop))?;
        // Once it has its name there is no way back. Others, too, sync the folder before they acknowledge anything.
        remove_older_files(&**self.store.folder()?, self.generation + 1)
    }

    fn prepare_switch(&mut self, held: &Held) -> Result<()> {
        self.store.bring_up_to_date(held)?;
        if self.store.data.generation != Some(self.generation) {
            return Err(Error::Superseded);
        }
        self.copy_commits()?;
        let position = self.store.data.position;
        if position.commit > self.commit {
            // True when it can be read, since the file is synced before it has its name.
            let claim = Claim::line(position.commit, position.checksum);
            self.file.append(&claim)?;
        }
        self.file.sync()
    }

    /// Copies the commits that stand and have not been copied, byte for byte.
    fn copy_commits(&mut self) -> Result<()> {
        let end = self.store.data.position.end;
        let mut chunk = Vec::new();
        while self.copied < end {
            self.room.check(self.store.data.file().path())?;
            let wanted = CHUNK.min((end - self.copied) as usize);
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

impl Store {
    /// Hands out what a compaction in this process needs of the items. `None` if it has to look for itself.
    pub fn compaction_source(&mut self) -> Option<Source> {
        self.look().is_ok().then(|| self.source())
    }

    fn source(&self) -> Source {
        Source {
            generation: self.data.generation,
            position: self.data.position,
            // Expired ones too: a clock that is set back must not part two processes.
            items: self.data.list(Which::All),
        }
    }
}
