//! Opening a store, without waiting for the writer lock on the thread that opens it.
//!
//! Opening needs the lock only to make the first file and to look at damage twice. If another has
//! it, the attempt ends with [`Error::Locked`]; the caller waits for the lock in its own way, and
//! tries again with it.

use super::current::{self, Found};
use super::damage::DOUBTED_FOR;
use super::data::DataFile;
use super::folders;
use super::rewrite::{older, remove_leftovers};
use super::{Access, Options, Store};
use crate::disk::{Disk, DiskFile, Folder};
use crate::error::{Error, Result};
use crate::lease::Leases;
use crate::lock::{Held, WriterLock};
use crate::log::{Check, End, Position};
use crate::names;
use crate::record::HEADER;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The position up to which another instance of the process has read a data file: the file's
/// generation, and the position in it.
pub(super) type KnownPosition = (u64, Position);

/// A store that is being opened.
#[derive(Debug)]
pub struct Opening {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    options: Options,
    known: Option<KnownPosition>,
    /// The lock for which the last attempt failed.
    lock: Option<Arc<WriterLock>>,
    /// That lock, once it has been taken for the next attempt.
    held: Option<Held>,
}

impl Opening {
    /// Prepares to open the store of a folder. Touches nothing yet.
    pub fn new(disk: Arc<dyn Disk>, dir: &Path, options: Options) -> Self {
        Self::beside(disk, dir, options, None)
    }

    /// Prepares to open a store without an index of its own, if it reads the same as another
    /// instance of the process.
    pub(super) fn beside(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: Options,
        known: Option<KnownPosition>,
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

    /// Opens the store. Waits for the writer lock on the calling thread if it is needed.
    pub(super) fn open(mut self) -> Result<Store> {
        loop {
            match self.attempt() {
                Err(Error::Locked) => self.acquire_lock()?,
                opened => return opened,
            }
        }
    }

    /// Tries to open the store. [`Error::Locked`] if the writer lock is needed and another has it.
    pub fn attempt(&mut self) -> Result<Store> {
        if self.options.read_only {
            return self.open_for_reading();
        }
        let folder_mode = self.options.folder_mode();
        folders::create(&*self.disk, &self.dir, folder_mode)?;
        let folder = self
            .disk
            .folder(&self.dir)?
            .create_subfolder(names::FOLDER, folder_mode)?;
        let lock = self.take_lock(&*folder)?;
        let opened = self.open_for_writing(folder, lock.clone());
        match opened {
            Err(Error::Locked) => self.lock = Some(lock),
            _ => self.held = None,
        }
        opened
    }

    /// Returns the lock that was waited for, if its path still leads to it, or a new one.
    fn take_lock(&mut self, folder: &dyn Folder) -> Result<Arc<WriterLock>> {
        if let Some(lock) = self.lock.take()
            && lock.file().is_at_its_path()?
        {
            return Ok(lock);
        }
        self.held = None;
        WriterLock::open(folder, self.options.mode).map(Arc::new)
    }

    /// Takes the lock for which the last attempt failed, if it is free. `true` if the next attempt
    /// may be made.
    pub fn try_lock(&mut self) -> Result<bool> {
        if let (Some(lock), None) = (&self.lock, &self.held) {
            self.held = lock.try_acquire()?;
            return Ok(self.held.is_some());
        }
        Ok(true)
    }

    /// Waits for that lock on the calling thread, up to the limit of the options.
    fn acquire_lock(&mut self) -> Result<()> {
        if let (Some(lock), None) = (&self.lock, &self.held) {
            self.held = Some(lock.acquire(self.options.lock_timeout)?);
        }
        Ok(())
    }

    /// Returns true if a wait for the lock has lasted as long as the options allow.
    pub fn is_over(&self, waited: Duration) -> bool {
        self.options
            .lock_timeout
            .is_some_and(|limit| waited >= limit)
    }

    /// Makes the error of a wait for the lock that has lasted as long as the options allow.
    pub fn timeout(&self) -> Error {
        match (&self.lock, self.options.lock_timeout) {
            (Some(lock), Some(limit)) => lock.timeout(limit),
            _ => Error::Locked,
        }
    }

    fn open_for_writing(
        &mut self,
        folder: Arc<dyn Folder>,
        lock: Arc<WriterLock>,
    ) -> Result<Store> {
        let options = self.options;
        let data = loop {
            match current::generation(&*folder)? {
                None => create_first(&*folder, &self.hold(&lock)?, options)?,
                Some(generation) => match folder.open(&names::data_file(generation)) {
                    Ok(file) => break self.begin(file, generation)?,
                    // A rewrite has replaced it meanwhile.
                    Err(error) if error.is_not_found() => {}
                    Err(error) => return Err(error),
                },
            }
        };
        let leases = Leases::new(folder.clone(), options.mode, options.folder_mode());
        let access = Access::Writing {
            lock: lock.clone(),
            leases: Box::new(leases),
        };
        older::check_beginning(&*folder, &data)?;
        let mut store = self.store(Some(folder.clone()), access, data);
        if load(&mut store)? == Loaded::Doubtful {
            store.look_again(&self.hold(&lock)?)?;
        }
        older::check_end(&*folder, &store.data)?;
        // The lock may have been waited for, and then not be needed.
        self.held = None;
        if let Some(generation) = store.data.generation {
            let _ = remove_leftovers(&*folder, &lock, generation, options);
        }
        Ok(store)
    }

    fn open_for_reading(&self) -> Result<Store> {
        let (folder, file, generation) = match current::open(&*self.disk, &self.dir)? {
            Found::InFolder(current) => {
                (Some(current.folder), current.file, Some(current.generation))
            }
            Found::Alone(file) => (None, file, None),
        };
        let data = DataFile::new(file, generation)?;
        if let Some(folder) = &folder {
            older::check_beginning(&**folder, &data)?;
        }
        let mut store = self.store(folder.clone(), Access::Reading(None), data);
        if load(&mut store)? == Loaded::Doubtful {
            store.doubt()?;
            std::thread::sleep(DOUBTED_FOR);
            store.doubt()?;
        }
        if let Some(folder) = &folder {
            older::check_end(&**folder, &store.data)?;
        }
        Ok(store)
    }

    fn store(&self, folder: Option<Arc<dyn Folder>>, access: Access, data: DataFile) -> Store {
        Store::new(
            self.disk.clone(),
            &self.dir,
            folder,
            self.options,
            access,
            data,
        )
    }

    /// Takes the writer lock, which was waited for or is free.
    fn hold(&mut self, lock: &Arc<WriterLock>) -> Result<Held> {
        match self.held.take() {
            Some(held) => Ok(held),
            None => lock.try_acquire()?.ok_or(Error::Locked),
        }
    }

    /// Begins to read a data file: without an index, if another instance of the process has read
    /// the same.
    fn begin(&self, file: Arc<dyn DiskFile>, generation: u64) -> Result<DataFile> {
        if let Some((known_generation, position)) = self.known
            && known_generation == generation
            && let Some(data) = DataFile::beside(file.clone(), Some(generation), &position)?
        {
            return Ok(data);
        }
        DataFile::new(file, Some(generation))
    }
}

/// The outcome of reading a data file for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loaded {
    /// The file is fine, but for a torn tail perhaps, which the next turn cuts off.
    Fine,
    /// The file looks damaged. A write or a cut under way looks so too.
    Doubtful,
}

/// Reads a store's data file to its end.
fn load(store: &mut Store) -> Result<Loaded> {
    match store.data.read_on(Check::Full)? {
        End::OfLog(_) => Ok(Loaded::Fine),
        End::Replaced => Err(Error::Untrusted),
        End::Tail if store.shows_damage()? => Ok(Loaded::Doubtful),
        End::Tail => Ok(Loaded::Fine),
    }
}

/// Makes the first data file, unless another process has done so. Nothing relies on its name
/// before a sync of the folder, which comes before the first acknowledgement.
fn create_first(folder: &dyn Folder, _held: &Held, options: Options) -> Result<()> {
    if current::generation(folder)?.is_some() {
        return Ok(());
    }
    let mut file = folder.new_file(options.mode)?;
    file.append(HEADER)?;
    // I9: an empty file of this name is damage, and must not be the trace of a power cut.
    file.sync()?;
    file.persist(&names::data_file(1))
}
