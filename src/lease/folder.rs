//! The folder of the leases' files: what a turn has found there, opened, made and removed.
//!
//! Knows names of files; not what they are for.

use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::Result;
use crate::lock;
use crate::names::LEASES;
use std::collections::HashSet;
use std::sync::Arc;

/// The folder, which need not be there before the first file is made.
#[derive(Debug)]
pub struct LeaseFolder {
    store: Arc<dyn Folder>,
    /// Opened anew by each turn: it may have been deleted and made again by others.
    opened: Option<Arc<dyn Folder>>,
    mode: u32,
    folder_mode: u32,
    /// The files in it, as this turn has found and changed them.
    found: HashSet<String>,
}

impl LeaseFolder {
    pub fn new(store: Arc<dyn Folder>, mode: u32, folder_mode: u32) -> Self {
        LeaseFolder {
            store,
            opened: None,
            mode,
            folder_mode,
            found: HashSet::new(),
        }
    }

    /// The store's folder, which the folder of the leases is in.
    pub fn store(&self) -> Arc<dyn Folder> {
        self.store.clone()
    }

    /// Looks which files are there that `is_own` knows by their names: once a turn. What else is there is somebody's else:
    /// it is neither counted nor touched.
    pub fn look(&mut self, is_own: impl Fn(&str) -> bool) -> Result<()> {
        self.opened = unless_missing(self.store.subfolder(LEASES))?;
        // With a hasher of its own each turn has another order: what is swept first must not be the same files for ever, some of
        // which others may hold.
        self.found = HashSet::new();
        if let Some(folder) = &self.opened {
            let names = unless_missing(folder.list_files())?.unwrap_or_default();
            self.found
                .extend(names.into_iter().filter(|name| is_own(name)));
        }
        Ok(())
    }

    /// Lets the folder go until it is looked at again.
    pub fn close(&mut self) {
        self.opened = None;
    }

    /// The files that are there, in no order.
    pub fn found(&self) -> &HashSet<String> {
        &self.found
    }

    /// Opens a file that the turn has found.
    pub fn open(&self, name: &str) -> Result<Option<Arc<dyn DiskFile>>> {
        match &self.opened {
            Some(folder) if self.found.contains(name) => {
                unless_missing(lock::file::open(&**folder, name))
            }
            _ => Ok(None),
        }
    }

    /// Opens a file, made if it is missing.
    pub fn create(&mut self, name: &str) -> Result<Arc<dyn DiskFile>> {
        let opened = self.opened.as_ref();
        let created = opened.map(|folder| lock::file::open_or_create(&**folder, name, self.mode));
        let file = match created {
            Some(Err(error)) if !error.is_not_found() => return Err(error),
            Some(Ok(created)) => created,
            _ => {
                let folder = self.store.create_subfolder(LEASES, self.folder_mode)?;
                let folder = self.opened.insert(folder);
                lock::file::open_or_create(&**folder, name, self.mode)?
            }
        };
        self.found.insert(name.to_string());
        Ok(file)
    }

    /// Writes into a file that was opened here who has it, unless it may be another's.
    pub fn sign(&self, file: &dyn DiskFile, holder: &str) -> Result<()> {
        match &self.opened {
            Some(folder) if lock::file::may_write(&**folder, file)? => {
                file.write_at(0, holder.as_bytes())
            }
            _ => Ok(()),
        }
    }

    /// Removes a file, if it is there.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.found.remove(name);
        match &self.opened {
            Some(folder) => unless_missing(folder.remove(name)).map(|_| ()),
            None => Ok(()),
        }
    }

    /// What a file begins with, whether a turn has found it or not.
    pub fn text(&self, name: &str) -> Option<String> {
        let folder = self.store.subfolder(LEASES).ok()?;
        let file = folder.open_read_only(name).ok()?;
        let mut text = vec![0; 128];
        let read = file.read_at(0, &mut text).ok()?;
        text.truncate(read);
        String::from_utf8(text).ok()
    }
}

/// Whether anybody has a lease in a store's folder, asked outside a turn.
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

fn unless_missing<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.is_not_found() => Ok(None),
        other => other.map(Some),
    }
}
