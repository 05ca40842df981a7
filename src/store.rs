//! The store: one folder with a data file and a writer lock, opened by one instance.
//!
//! Puts log, index and lock together. Another instance, be it in this process or not, is met only through the files.
//! Knows nothing of Node, queues or promises. Its parts: `data` (the file and what is known of it), `turn` (writing),
//! `recovery` (an end that does not stand), `sync` (durability), `snapshot` (listings).

mod data;
mod recovery;
mod snapshot;
mod sync;
mod turn;

pub use snapshot::Snapshot;
pub use sync::PendingSync;

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::index::Entry;
use crate::lease::Leases;
use crate::lock::WriterLock;
use crate::log::{self, End, Place};
use crate::record::{HEADER, Item};
use data::DataFile;
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
        }
    }
}

/// One open store.
#[derive(Debug)]
pub struct Store {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    options: Options,
    lock: Arc<WriterLock>,
    leases: Leases,
    data: DataFile,
}

impl Store {
    /// Opens the store of a folder, creates what is missing, and reads what it holds. May wait for the writer lock:
    /// not for a thread that must not block.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, options: Options) -> Result<Self> {
        let folder = dir.join(".persist-lock");
        disk.create_folder(&folder, options.folder_mode())?;
        let lock_path = folder.join("writer.lock");
        let lock = Arc::new(WriterLock::new(
            disk.open_or_create(&lock_path, options.mode)?,
        ));
        let data = loop {
            match data::newest(&*disk, &folder)? {
                None => create_first(&*disk, &folder, &lock, options)?,
                Some(number) => match DataFile::open(&*disk, &folder, number) {
                    // A rewrite has put a newer one in its place meanwhile.
                    Err(Error::Io { source, .. })
                        if source.kind() == std::io::ErrorKind::NotFound => {}
                    opened => break opened?,
                },
            }
        };
        let leases = Leases::new(
            disk.clone(),
            folder.join("leases"),
            options.mode,
            options.folder_mode(),
        );
        let mut store = Store {
            disk,
            folder,
            options,
            lock,
            leases,
            data,
        };
        store.load()?;
        Ok(store)
    }

    /// Reads the whole file. What looks like damage may be a write or a cut under way: it is looked at again under the
    /// lock. A torn end is left to the next writer.
    fn load(&mut self) -> Result<()> {
        match self.data.read_on()? {
            End::Whole => return Ok(()),
            End::Broken if !self.shows_damage()? => return Ok(()),
            End::Broken => {}
            End::Replaced => return Err(Error::Moved),
        }
        self.lock.acquire(self.options.lock_timeout)?;
        let looked = self.look_for_damage();
        self.lock.release()?;
        looked
    }

    /// The lock, for the thread that is to wait for it.
    pub fn lock(&self) -> &Arc<WriterLock> {
        &self.lock
    }

    /// The leases on keys. Most of what they do needs a turn.
    pub fn leases(&mut self) -> &mut Leases {
        &mut self.leases
    }

    /// The folder that the store is in, the same for all who have it open.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads what others have committed since the last look. Waits for nothing.
    fn look(&mut self) -> Result<()> {
        if self.lock.is_held() {
            return Ok(());
        }
        let status = self.data.file.status()?;
        if self.data.is_disowned() || !status.linked {
            return Err(Error::Moved);
        }
        // Compared with the end of what stands, not with the last length seen: a cut and a commit of the same length
        // would hide each other.
        if status.length == self.data.position.end {
            return Ok(());
        }
        match self.data.read_on()? {
            End::Whole => Ok(()),
            End::Replaced => Err(Error::Moved),
            End::Broken if !self.shows_damage()? => Ok(()),
            // Whoever has the lock now will find the damage, if it is one.
            End::Broken if !self.lock.try_acquire()? => Ok(()),
            End::Broken => {
                let looked = self.look_for_damage();
                self.lock.release()?;
                looked
            }
        }
    }

    /// The item line of a key, if it is there at a time (in milliseconds since 1970). `key` is its JSON text.
    pub fn read(&mut self, key: &[u8], now: u64) -> Result<Option<Vec<u8>>> {
        let Some(place) = self.find(key, now)?.map(|entry| *entry.place()) else {
            return Ok(None);
        };
        let line = log::read_line(&*self.data.file, &place)?;
        match line {
            Some(line) if Item::parse(&line).is_some_and(|item| item.key == key) => Ok(Some(line)),
            _ => Err(self.damaged_item(&place)),
        }
    }

    /// The error of an item that is no longer what was stored, unless the file's last commit has been replaced.
    fn damaged_item(&mut self, place: &Place) -> Error {
        match self.data.read_on() {
            Ok(End::Replaced) => Error::Moved,
            Ok(_) => snapshot::damaged_item(&*self.data.file, place),
            Err(error) => error,
        }
    }

    /// Whether a key is there at a time.
    pub fn has(&mut self, key: &[u8], now: u64) -> Result<bool> {
        Ok(self.find(key, now)?.is_some())
    }

    fn find(&mut self, key: &[u8], now: u64) -> Result<Option<&Entry>> {
        self.look()?;
        let index = self.data.index();
        let entry = index.get(index.hash(key));
        Ok(entry.filter(|entry| entry.is_live(now)))
    }

    /// How many items are there at a time.
    pub fn count(&mut self, now: u64) -> Result<usize> {
        self.look()?;
        Ok(self.data.index().count_live(now))
    }

    /// The items that are there at a time, as they are now, whatever is committed later.
    pub fn snapshot(&mut self, now: u64) -> Result<Snapshot> {
        self.look()?;
        Ok(self.data.snapshot(|entry| entry.is_live(now)))
    }

    /// The items that have expired and are still kept.
    pub fn expired(&mut self, now: u64) -> Result<Snapshot> {
        self.look()?;
        let any = self.data.index().any_expiring();
        Ok(self.data.snapshot(|entry| any && !entry.is_live(now)))
    }
}

/// Makes the first data file, unless another process does so first.
fn create_first(disk: &dyn Disk, folder: &Path, lock: &WriterLock, options: Options) -> Result<()> {
    lock.acquire(options.lock_timeout)?;
    let created = match data::newest(disk, folder) {
        Ok(None) => disk.create_whole(&data::path(folder, 1), HEADER, options.mode),
        Ok(Some(_)) => Ok(()),
        Err(error) => Err(error),
    };
    lock.release()?;
    created
}
