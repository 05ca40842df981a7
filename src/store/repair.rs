//! Repair: all that is whole in a damaged file goes into a new one, and the damaged bytes into a file of their own.
//!
//! The new file begins with a commit number that the damaged one did not reach, and a checksum that no process knows: so
//! whoever has the store open reads it anew, and nobody goes on from what was lost.

use super::Options;
use super::contents::Contents;
use super::data::{self, DataFile, Found, Newest};
use super::files::Files;
use super::freshness::count_up;
use super::leftovers::{CompactLock, remove_older_files};
use super::rewrite::{Progress, write_snapshot};
use crate::disk::{Disk, DiskFile, Folder, Status};
use crate::error::{Error, Result};
use crate::index::Which;
use crate::lock::WriterLock;
use crate::log::{self, Damage, End, Salvage};
use crate::record::Checksum;
use serde::Serialize;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is copied at once, in bytes.
const CHUNK: u64 = 1 << 20;

/// What a repair has done.
#[derive(Debug, Serialize)]
pub struct Repaired {
    /// The file that was looked at.
    pub file: PathBuf,
    /// Whether it was damaged; else nothing was done.
    pub repaired: bool,
    /// The file that has taken its place.
    pub wrote: Option<PathBuf>,
    /// The file with the damaged bytes, one stretch after the other.
    pub aside: Option<PathBuf>,
    /// How many items were kept.
    pub items: u64,
    /// How many whole commits were kept, those not counted that a snapshot stands for.
    pub commits: u64,
    /// The stretches of the damaged file that belong to nothing whole.
    pub damaged: Vec<Damage>,
}

/// Repairs the store of a folder. Others wait meanwhile.
pub fn repair(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    options: Options,
    progress: &Progress,
) -> Result<Repaired> {
    // Also says what is wrong where there is no store.
    let Newest { folder, .. } = open_newest(&**disk, dir)?;
    let _rewrites = CompactLock::take(&*folder, options)?;
    let (lock_file, _) = folder.open_or_create("writer.lock", options.mode)?;
    let lock = WriterLock::new(lock_file);
    lock.acquire(options.lock_timeout)?;
    let Newest {
        folder,
        file,
        number,
    } = open_newest(&**disk, dir)?;
    let repair = Repair {
        folder: &*folder,
        before: file.status()?,
        file,
        number,
    };
    let repaired = repair.run(progress)?;
    count_up(lock.file())?;
    lock.release()?;
    if repaired.repaired {
        remove_older_files(&*folder, number + 1)?;
    }
    Ok(repaired)
}

fn open_newest(disk: &dyn Disk, dir: &Path) -> Result<Newest> {
    match data::open_newest(disk, dir)? {
        Found::InFolder(newest) => Ok(newest),
        Found::Alone(_) => Err(Error::ReadOnly {
            path: dir.to_path_buf(),
        }),
    }
}

/// Under both locks.
struct Repair<'a> {
    folder: &'a dyn Folder,
    before: Status,
    file: Arc<dyn DiskFile>,
    number: u64,
}

impl Repair<'_> {
    fn run(&self, progress: &Progress) -> Result<Repaired> {
        let mut report = Repaired {
            file: self.file.path().to_path_buf(),
            repaired: false,
            wrote: None,
            aside: None,
            items: 0,
            commits: 0,
            damaged: Vec::new(),
        };
        if let Some((items, commits)) = self.count_if_whole()? {
            (report.items, report.commits) = (items, commits);
            return Ok(report);
        }
        let found = log::salvage(&*self.file, &|_| {})?;
        let mut contents = Contents::default();
        for stretch in &found.whole {
            log::take_items(&*self.file, stretch, &mut contents)?;
        }
        report.aside = self.set_aside(&found)?;
        report.items = contents.index.len() as u64;
        report.commits = found.commits;
        report.wrote = Some(self.write(&contents, found.newest + 1, progress)?);
        report.damaged = found.damaged;
        report.repaired = true;
        Ok(report)
    }

    /// How many items and commits there are, unless the file is damaged. An end that a crash tore is left to the next writer.
    fn count_if_whole(&self) -> Result<Option<(u64, u64)>> {
        let mut data = match DataFile::new(self.file.clone(), Some(self.number)) {
            Ok(data) => data,
            Err(Error::Corrupt { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let of_snapshot = data.position.commit;
        let is_whole = data.read_on()? == End::Whole
            || log::behind(&*self.file, &data.position)?.claimed <= data.position.commit;
        let commits = data.position.commit - of_snapshot;
        Ok(is_whole.then_some((data.index().len() as u64, commits)))
    }

    /// Copies the damaged bytes into a file of their own, before anything else is done.
    fn set_aside(&self, found: &Salvage) -> Result<Option<PathBuf>> {
        if found.damaged.is_empty() {
            return Ok(None);
        }
        let mut aside = self.folder.new_file_after(&self.before)?;
        for damage in &found.damaged {
            let end = damage.offset + damage.bytes;
            let mut offset = damage.offset;
            while offset < end {
                let mut chunk = vec![0; CHUNK.min(end - offset) as usize];
                let read = self.file.read_at(offset, &mut chunk)?;
                if read == 0 {
                    break;
                }
                aside.append(chunk.get(..read).unwrap_or_default())?;
                offset += read as u64;
            }
        }
        aside.sync()?;
        let name = format!("damaged.{}.jsonl", self.number);
        aside.persist(&name)?;
        self.folder.sync()?;
        Ok(Some(self.folder.path().join(name)))
    }

    fn write(&self, contents: &Contents, commit: u64, progress: &Progress) -> Result<PathBuf> {
        let mut items = contents.list(Files::new(self.file.clone()), Which::All);
        let unknown = Checksum(RandomState::new().hash_one(commit) as u32);
        let mut new = self.folder.new_file_after(&self.before)?;
        write_snapshot(&mut *new, commit, unknown, &mut items, progress)?;
        new.sync()?;
        let name = data::name(self.number + 1);
        new.persist(&name)?;
        Ok(self.folder.path().join(name))
    }
}
