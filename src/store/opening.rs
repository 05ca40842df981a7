//! Opening a store, without waiting for the writer lock on the thread that opens it.
//!
//! Opening needs the lock only to make the first file and to look at damage twice. If another has it, the attempt ends with
//! [`Error::Locked`]; whoever opens waits for the lock as it can, and tries again with it.

use super::{Options, Store};
use crate::disk::{Disk, Folder};
use crate::error::{Error, Result};
use crate::lock::{Held, WriterLock};
use crate::log::Position;
use crate::names::FOLDER;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A store that is being opened.
#[derive(Debug)]
pub struct Opening {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    options: Options,
    known: Option<(u64, Position)>,
    /// The lock of an attempt that has failed for it, and whether it has been had since.
    lock: Option<Arc<WriterLock>>,
    held: Option<Held>,
}

impl Opening {
    /// Touches nothing yet.
    pub fn new(disk: Arc<dyn Disk>, dir: &Path, options: Options) -> Self {
        Self::beside(disk, dir, options, None)
    }

    /// The same beside another instance of the process, which has read the data file of that number up to that position.
    pub(super) fn beside(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        known: Option<(u64, Position)>,
    ) -> Self {
        Opening {
            disk,
            dir: dir.to_path_buf(),
            options,
            known,
            lock: None,
            held: None,
        }
    }

    /// Opens the store. Waits for the writer lock on the calling thread, if it is needed.
    pub(super) fn open(mut self) -> Result<Store> {
        loop {
            match self.attempt() {
                Err(Error::Locked) => self.acquire_lock()?,
                opened => return opened,
            }
        }
    }

    /// Opens the store, unless another has the writer lock and it is needed: [`Error::Locked`].
    pub fn attempt(&mut self) -> Result<Store> {
        if self.options.read_only {
            return Store::open_for_reading(self.disk.clone(), &self.dir, self.options);
        }
        let (disk, options) = (self.disk.clone(), self.options);
        disk.create_folder(&self.dir, options.folder_mode())?;
        let folder = disk
            .folder(&self.dir)?
            .create_subfolder(FOLDER, options.folder_mode())?;
        let (lock, held) = self.take_lock(&*folder)?;
        let opened = Store::open_with(
            disk,
            &self.dir,
            folder,
            options,
            self.known,
            lock.clone(),
            held,
        );
        if matches!(opened, Err(Error::Locked)) {
            self.lock = Some(lock);
        }
        opened
    }

    /// The lock that was waited for, if its path still leads to it, or a new one.
    fn take_lock(&mut self, folder: &dyn Folder) -> Result<(Arc<WriterLock>, Option<Held>)> {
        let held = self.held.take();
        if let Some(lock) = self.lock.take()
            && lock.file().is_at_its_path()?
        {
            return Ok((lock, held));
        }
        let lock = WriterLock::open(folder, self.options.mode)?;
        Ok((Arc::new(lock), None))
    }

    /// Takes the lock that an attempt has failed for, if it is free. `true` if the next attempt may be made.
    pub fn try_lock(&mut self) -> Result<bool> {
        if let (Some(lock), None) = (&self.lock, &self.held) {
            self.held = lock.try_acquire()?;
            return Ok(self.held.is_some());
        }
        Ok(true)
    }

    /// Waits for that lock on the calling thread, up to the limit that the options give.
    fn acquire_lock(&mut self) -> Result<()> {
        if let (Some(lock), None) = (&self.lock, &self.held) {
            self.held = Some(lock.acquire(self.options.lock_timeout)?);
        }
        Ok(())
    }

    /// The error of a wait for the lock that has lasted as long as the options allow.
    pub fn timeout(&self) -> Error {
        match (&self.lock, self.options.lock_timeout) {
            (Some(lock), Some(limit)) => lock.timeout(limit),
            _ => Error::Locked,
        }
    }
}
