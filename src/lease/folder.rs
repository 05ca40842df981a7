//! The folder of the leases' files: found, opened, made and removed.
//!
//! Knows names of files, not their meaning.

use crate::disk::{DiskFile, Folder, FolderCheck, Freshness, LockMode};
use crate::error::Result;
use crate::lock::holder::Holder;
use crate::lock::{self, Held};
use crate::names::LEASES;
use std::collections::HashSet;
use std::sync::Arc;

/// The place of the folder, which need not be there before the first file is made.
#[derive(Debug)]
pub struct LeaseFolder {
    store: Arc<dyn Folder>,
    mode: u32,
    folder_mode: u32,
    /// True if the folder was missing at the last look.
    is_missing: bool,
    /// The check of the folder, which passes if the folder has no file of its own.
    emptiness: FolderCheck,
}

/// The changes since the last turn of an instance, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// No name has changed in the store's folder.
    Unchanged,
    /// No other instance has counted.
    Quiet,
    /// Others may have done anything.
    Unknown,
}

impl LeaseFolder {
    pub fn new(store: Arc<dyn Folder>, mode: u32, folder_mode: u32) -> Self {
        LeaseFolder {
            store,
            mode,
            folder_mode,
            is_missing: false,
            emptiness: FolderCheck::default(),
        }
    }

    /// Returns the store's folder, which the folder of the leases is in.
    pub fn store(&self) -> Arc<dyn Folder> {
        self.store.clone()
    }

    /// Lists the files that `is_own` knows by their names. All other files are somebody else's:
    /// they are neither counted nor touched. Opens no folder that is missing or has had no such
    /// file since the last look.
    pub fn look(
        &mut self,
        held: &Held,
        since: Since,
        is_own: impl Fn(&str) -> bool,
    ) -> Result<Found> {
        if self.is_missing && since == Since::Unchanged {
            return Ok(Found::default());
        }
        self.is_missing = false;
        let seen = match since {
            Since::Unchanged | Since::Quiet => self.store.sight_subfolder(LEASES),
            Since::Unknown => None,
        };
        let check = match self.emptiness.begin(seen) {
            Freshness::Fresh => return Ok(Found::default()),
            Freshness::Stale(check) => check,
        };
        let mut found = self.open(held)?;
        self.is_missing = found.opened.is_none();
        if let Some(folder) = &found.opened {
            let names = unless_missing(folder.list_files())?.unwrap_or_default();
            found
                .names
                .extend(names.into_iter().filter(|name| is_own(name)));
        }
        if found.names.is_empty() {
            self.emptiness.passed(check);
        }
        Ok(found)
    }

    /// Opens the folder without a look at its files. I7: under the writer lock, since [`Found`]
    /// makes and removes files.
    pub fn open(&self, _held: &Held) -> Result<Found> {
        Ok(Found {
            opened: unless_missing(self.store.subfolder(LEASES))?,
            ..Found::default()
        })
    }

    /// Reads the holder that a file names, found by a turn or not.
    pub fn holder(&self, name: &str) -> Option<Holder> {
        let folder = self.store.subfolder(LEASES).ok()?;
        lock::file::holder(&*folder.open_read_only(name).ok()?)
    }
}

/// The folder as one turn has found and changed it.
#[derive(Debug, Default)]
pub struct Found {
    /// The folder, opened by each turn, since others may have deleted it and made it again.
    opened: Option<Arc<dyn Folder>>,
    /// The files in it. The set's hasher is new in each turn, and with it the order: otherwise
    /// every turn would sweep the same files first, which others may hold for ever.
    names: HashSet<String>,
    /// True if the turn has made a file.
    has_made_files: bool,
}

impl Found {
    /// Returns the names of the files, in no order.
    pub fn names(&self) -> &HashSet<String> {
        &self.names
    }

    /// Returns true if the turn has made a file.
    pub fn has_made_files(&self) -> bool {
        self.has_made_files
    }

    /// Opens a file that the turn has found.
    pub fn open(&self, name: &str) -> Result<Option<Arc<dyn DiskFile>>> {
        match &self.opened {
            Some(folder) if self.names.contains(name) => {
                unless_missing(lock::file::open(&**folder, name))
            }
            _ => Ok(None),
        }
    }

    /// Opens a file, made if it is missing.
    pub fn create(&mut self, place: &mut LeaseFolder, name: &str) -> Result<Arc<dyn DiskFile>> {
        // Stamps and counter need not tell this instance of its own changes.
        place.is_missing = false;
        place.emptiness = FolderCheck::default();
        let opened = self.opened.as_ref();
        let created = opened.map(|folder| lock::file::open_or_create(&**folder, name, place.mode));
        let file = match created {
            Some(Err(error)) if !error.is_not_found() => return Err(error),
            Some(Ok(created)) => created,
            _ => {
                let folder = place.store.create_subfolder(LEASES, place.folder_mode)?;
                let folder = self.opened.insert(folder);
                lock::file::open_or_create(&**folder, name, place.mode)?
            }
        };
        self.names.insert(name.to_string());
        self.has_made_files = true;
        Ok(file)
    }

    /// Writes the holder into a file that was opened here, unless the file may be another user's.
    pub fn sign(&self, file: &dyn DiskFile, signature: &str) -> Result<()> {
        match self.may_sign(file)? {
            true => file.write_at(0, signature.as_bytes()),
            false => Ok(()),
        }
    }

    /// Returns true if the holder may be written into a file that was opened here.
    pub fn may_sign(&self, file: &dyn DiskFile) -> Result<bool> {
        match &self.opened {
            Some(folder) => lock::file::may_write(&**folder, file),
            None => Ok(false),
        }
    }

    /// Removes a file, if it is there.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.names.remove(name);
        match &self.opened {
            Some(folder) => unless_missing(folder.remove(name)).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Returns true if anybody has a lease in a store's folder. For questions outside a turn.
pub fn is_any_leased(store: &dyn Folder, is_lease: impl Fn(&str) -> bool) -> Result<bool> {
    let Some(folder) = unless_missing(store.subfolder(LEASES))? else {
        return Ok(false);
    };
    for name in folder.list_files()?.iter().filter(|name| is_lease(name)) {
        let Some(file) = unless_missing(lock::file::open(&*folder, name))? else {
            continue;
        };
        if !file.try_lock(LockMode::Exclusive)? {
            return Ok(true);
        }
        file.unlock()?;
    }
    Ok(false)
}

pub(super) fn unless_missing<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.is_not_found() => Ok(None),
        other => other.map(Some),
    }
}
