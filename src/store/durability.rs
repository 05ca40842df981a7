//! Durability: the syncs that put commits on disk, and their results. Must not know
//! threads or promises.

use super::data::{Room, SyncFailure};
use super::rewrite::{as_failed_sync, renew};
use super::{Options, Store, folders};
use crate::disk::{Disk, DiskFile, Folder};
use crate::error::{Error, Result};
use crate::log::Position;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// A sync that any thread can run, without the store.
#[derive(Debug)]
pub struct PendingSync {
    disk: Arc<dyn Disk>,
    file: Arc<dyn DiskFile>,
    /// True if the file has bytes that are not known to be on disk.
    file_is_behind: bool,
    failure: SyncFailure,
    /// The folder of the file, if its names are not known to be on disk.
    folder: Option<Arc<dyn Folder>>,
    /// The user's folder, in which that one is.
    dir: PathBuf,
    /// The newest commit read or written when the sync was requested.
    covers: u64,
    /// The stretch that was written again, if others may have failed to write it.
    doubt: Option<Doubt>,
}

/// A stretch that a sync may not have put on disk although it succeeded.
#[derive(Debug)]
struct Doubt {
    stretch: Range<u64>,
    options: Options,
    /// The generation of the data file.
    generation: u64,
}

impl PendingSync {
    /// Runs the sync. After an error the commits may be on disk or not, and repeating the sync
    /// would not tell.
    pub fn run(&self) -> Result<()> {
        if self.file_is_behind {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(error) = &*failure {
                return Err(error.clone());
            }
            let synced = self.sync_file();
            *failure = synced.as_ref().err().cloned();
            synced?;
        }
        if let Some(folder) = &self.folder {
            folder.sync()?;
            folders::sync(&*self.disk, &self.dir)?;
        }
        Ok(())
    }

    fn sync_file(&self) -> Result<()> {
        self.file.sync()?;
        self.resolve_doubt()
            .map_err(|error| as_failed_sync(error, self.file.path()))
    }

    /// Moves the store to a new file if the file system says that the sync has not put the stretch
    /// on disk.
    fn resolve_doubt(&self) -> Result<()> {
        match &self.doubt {
            Some(doubt) if self.file.has_unwritten(&doubt.stretch)? => {
                renew(&self.disk, &self.dir, doubt.options, doubt.generation)
            }
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Asks the system to begin writing the last commit line, if each commit is synced: then the
    /// disk works while the sync is prepared.
    pub fn begin_sync(&self) {
        let data = &self.data;
        if self.options.room != Room::None && data.claims().synced < data.position.commit {
            let Position { anchor, end, .. } = data.position;
            data.file().begin_sync(anchor, end - anchor);
        }
    }

    /// Makes the sync that puts on disk every commit read or written so far. `None` if all are
    /// known to be there.
    ///
    /// I4: only a turn makes the descriptor vouch. So call this after a turn that has ended well.
    /// A store that has rested since has another descriptor: its sync reaches the disk, and nothing is
    /// known by it.
    pub fn pending_sync(&self) -> Option<PendingSync> {
        let data = &self.data;
        let file_is_behind = data.claims().synced < data.position.commit;
        // A claim spares the sync of the file, never of the folders: a process may have made one of
        // their names, and died before it synced them.
        let folder = match data.folders_synced {
            true => None,
            false => self.folder.clone(),
        };
        let doubt = data.written_again().zip(data.generation);
        let doubt = doubt.map(|(stretch, generation)| Doubt {
            stretch: stretch.clone(),
            options: self.options,
            generation,
        });
        (file_is_behind || folder.is_some()).then(|| PendingSync {
            doubt,
            disk: self.disk.clone(),
            file: data.file().clone(),
            file_is_behind,
            failure: data.sync_failure().clone(),
            folder,
            dir: self.dir.clone(),
            covers: match data.is_newcomer() {
                true => data.claims().synced,
                false => data.position.commit,
            },
        })
    }

    /// Makes the same sync for calls that are answered by it. If the store has rested since their turn,
    /// a turn makes its new descriptor vouch first. [`Error::Locked`] if another has the writer lock:
    /// then try again. If the turn finds that the store must be reopened, the sync must be made after
    /// that. After any other error it counts as failed.
    pub fn pending_sync_of_calls(&mut self) -> Result<Option<PendingSync>> {
        if self.data.is_newcomer() {
            self.vouch_in_turn().map_err(|error| match error {
                Error::Locked | Error::Superseded | Error::Untrusted => error,
                error => as_failed_sync(error, self.data.file().path()),
            })?;
        }
        Ok(self.pending_sync())
    }

    fn vouch_in_turn(&mut self) -> Result<()> {
        match self.begin_turn()? {
            Some(turn) => turn.end().map(drop),
            None => Err(Error::Locked),
        }
    }

    /// Records the result of a sync. After a failed one this store goes on reading, and commits
    /// nothing more.
    pub fn synced(&mut self, sync: &PendingSync, result: &Result<()>) {
        if !Arc::ptr_eq(self.data.file(), &sync.file) {
            return;
        }
        match result {
            Ok(()) => {
                self.data.learn_synced(sync.covers);
                self.data.folders_synced = true;
                if sync.file_is_behind {
                    self.data.settle_written_again();
                }
            }
            Err(_) => self.data.disown(),
        }
    }
}
