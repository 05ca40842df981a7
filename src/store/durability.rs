//! Making commits durable: what is to be synced, run on a thread, and what is learnt from it.

use super::rewrite::{as_failed_sync, renew};
use super::{Options, Store};
use crate::disk::{Disk, DiskFile, Folder};
use crate::error::Result;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A sync to be run, on any thread, without the store.
#[derive(Debug)]
pub struct PendingSync {
    disk: Arc<dyn Disk>,
    file: Arc<dyn DiskFile>,
    /// Whether the file itself has anything that is not known to be on disk.
    file_is_behind: bool,
    /// The folder that the file is in, if its names are not known to be on disk.
    folder: Option<Arc<dyn Folder>>,
    /// And those above it.
    above: Vec<PathBuf>,
    /// The newest commit that had been read or written when the sync was asked for.
    covers: u64,
    /// The line that ends it.
    last_line: Range<u64>,
    /// What was written again, after others may have failed to write it, and what is done if it is still not on disk.
    doubt: Option<Doubt>,
}

/// A stretch that a sync without error need not have put on disk.
#[derive(Debug)]
struct Doubt {
    stretch: Range<u64>,
    dir: PathBuf,
    options: Options,
    /// The generation of the data file.
    generation: u64,
}

impl PendingSync {
    /// Lets the system begin with the last of it, while the thread that is to run it wakes.
    pub fn begin(&self) {
        if self.file_is_behind {
            let Range { start, end } = self.last_line;
            self.file.begin_sync(start, end.saturating_sub(start));
        }
    }

    /// Does it. An error means that what it was to make durable may or may not be so, and is never cured by a repetition.
    pub fn run(&self) -> Result<()> {
        if self.file_is_behind {
            self.file.sync()?;
            self.resolve_doubt()
                .map_err(|error| as_failed_sync(error, self.file.path()))?;
        }
        if let Some(folder) = &self.folder {
            folder.sync()?;
        }
        self.above
            .iter()
            .try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Moves the store to a new file if the file system says that the sync has not put on disk what was written again.
    fn resolve_doubt(&self) -> Result<()> {
        match &self.doubt {
            Some(doubt) if self.file.has_unwritten(&doubt.stretch)? => {
                renew(&self.disk, &doubt.dir, doubt.options, doubt.generation)
            }
            _ => Ok(()),
        }
    }
}

impl Store {
    /// The sync that makes every commit durable that was read or written so far; `None` if all are known to be.
    ///
    /// Only a turn makes the descriptor one that vouches: call it when one has ended well.
    pub fn pending_sync(&self) -> Option<PendingSync> {
        let data = &self.data;
        let file_is_behind = data.claims().synced < data.position.commit;
        // A claim spares the file's sync, never the folders': any of their names may be another's that died before it
        // synced them.
        let folder = match data.folders_synced {
            true => None,
            false => self.folder.clone(),
        };
        let above = match &folder {
            None => Vec::new(),
            Some(_) => self.dir.ancestors().map(Path::to_path_buf).collect(),
        };
        let doubt = data.rewritten().zip(data.generation);
        let doubt = doubt.map(|(stretch, generation)| Doubt {
            stretch: stretch.clone(),
            dir: self.dir.clone(),
            options: self.options,
            generation,
        });
        (file_is_behind || folder.is_some()).then(|| PendingSync {
            doubt,
            disk: self.disk.clone(),
            file: data.file().clone(),
            file_is_behind,
            folder,
            above,
            covers: data.position.commit,
            last_line: data.position.anchor..data.position.end,
        })
    }

    /// Takes note of how a sync ended. After a failed one this store goes on reading, but commits nothing more.
    pub fn synced(&mut self, sync: &PendingSync, result: &Result<()>) {
        if !Arc::ptr_eq(self.data.file(), &sync.file) {
            return;
        }
        match result {
            Ok(()) => {
                self.data.learn_synced(sync.covers);
                self.data.folders_synced = true;
                if sync.file_is_behind {
                    self.data.settle_rewritten();
                }
            }
            Err(_) => self.data.disown(),
        }
    }
}
