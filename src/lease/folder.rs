//! The folder of the leases' files: what a turn has found there, opened, made and removed.
//!
//! Knows names of files; not what they are for.

use crate::disk::{Disk, DiskFile};
use crate::error::Result;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// The folder, which need not be there before the first file is made.
#[derive(Debug)]
pub struct LeaseFolder {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    mode: u32,
    folder_mode: u32,
    /// The files in it, as this turn has found and changed them.
    found: HashSet<String>,
}

impl LeaseFolder {
    pub fn new(disk: Arc<dyn Disk>, path: PathBuf, mode: u32, folder_mode: u32) -> Self {
        LeaseFolder {
            disk,
            path,
            mode,
            folder_mode,
            found: HashSet::new(),
        }
    }

    /// Looks what is there: once a turn.
    pub fn look(&mut self) -> Result<()> {
        self.found = match self.disk.list(&self.path) {
            Ok(names) => names.into_iter().collect(),
            Err(error) if error.is_not_found() => HashSet::new(),
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// The files that are there, in no order.
    pub fn found(&self) -> &HashSet<String> {
        &self.found
    }

    /// Opens a file that the turn has found.
    pub fn open(&self, name: &str) -> Result<Option<Arc<dyn DiskFile>>> {
        if !self.found.contains(name) {
            return Ok(None);
        }
        match self.disk.open(&self.path.join(name)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a file, made if it is missing.
    pub fn create(&mut self, name: &str) -> Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        let file = match self.disk.open_or_create(&path, self.mode) {
            Err(error) if error.is_not_found() => {
                self.disk.create_folder(&self.path, self.folder_mode)?;
                self.disk.open_or_create(&path, self.mode)?
            }
            opened => opened?,
        };
        self.found.insert(name.to_string());
        Ok(file)
    }

    /// Removes a file, if it is there.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.found.remove(name);
        match self.disk.remove(&self.path.join(name)) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// What a file begins with, whether a turn has found it or not.
    pub fn text(&self, name: &str) -> Option<String> {
        let file = self.disk.open(&self.path.join(name)).ok()?;
        let mut text = vec![0; 128];
        let read = file.read_at(0, &mut text).ok()?;
        text.truncate(read);
        String::from_utf8(text).ok()
    }
}
