//! Repair: everything intact in a damaged store goes to a new data file, and the damaged bytes to
//! files of their own.
//!
//! All data files are looked through, so that a file put there empty or half written costs nothing.
//! The new file begins with a commit number above all of theirs, and with a random checksum that no
//! process knows. So every process reopens the store, and none goes on from a commit that was lost.

use super::checkpoint::write_checkpoint;
use super::lock::RewriteLock;
use super::older;
use super::salvaged::{Salvaged, is_lost, merge};
use crate::disk::{Disk, DiskFile, Folder, Status, append_stretch};
use crate::error::{Error, Result};
use crate::lock::{Held, WriterLock};
use crate::log::{self, Check, Damage, End};
use crate::names;
use crate::record::Checksum;
use crate::store::change_counter::count_up;
use crate::store::current::{self, Current, Found};
use crate::store::data::{Contents, DataFile, Files};
use crate::store::{Options, Progress};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The result of a repair.
#[derive(Debug)]
pub struct Repaired {
    /// The file that was checked.
    pub file: PathBuf,
    /// True if the file was damaged. Otherwise nothing was done.
    pub repaired: bool,
    /// The new data file.
    pub wrote: Option<PathBuf>,
    /// The file with the damaged bytes, one stretch after the other.
    pub aside: Option<PathBuf>,
    /// Number of items kept.
    pub items: u64,
    /// Number of intact commits kept, without those that a checkpoint stands for.
    pub commits: u64,
    /// The stretches of the damaged file that belong to nothing intact.
    pub damaged: Vec<Damage>,
    /// The older data files that were there too, the newest first.
    pub older: Vec<Older>,
}

/// An older data file that a repair has looked through and removed.
#[derive(Debug)]
pub struct Older {
    /// The file.
    pub file: PathBuf,
    /// The file with its damaged bytes, or with all of it if the newer files do not follow on it.
    pub aside: Option<PathBuf>,
    /// Number of its intact commits.
    pub commits: u64,
    /// The stretches that belong to nothing intact.
    pub damaged: Vec<Damage>,
}

/// Repairs the store of a folder. Other processes wait meanwhile.
pub fn repair(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    options: Options,
    progress: &Progress,
) -> Result<Repaired> {
    // Without a store, this is the call that says so.
    let Current { folder, .. } = open_current(&**disk, dir)?;
    let rewrites = RewriteLock::take(&*folder, options)?;
    let lock = Arc::new(WriterLock::open(&*folder, options.mode)?);
    let held = lock.acquire(options.lock_timeout)?;
    let Current {
        folder,
        file,
        generation,
    } = open_current(&**disk, dir)?;
    let repair = Repair {
        _rewrites: &rewrites,
        _held: &held,
        folder: &*folder,
        before: file.status()?,
        file,
        generation,
    };
    // Before and after, as a compaction does: this process may be killed after the switch.
    count_up(&held)?;
    let repaired = repair.run(progress)?;
    count_up(&held)?;
    held.release()?;
    Ok(repaired)
}

fn open_current(disk: &dyn Disk, dir: &Path) -> Result<Current> {
    match current::open(disk, dir)? {
        Found::InFolder(current) => Ok(current),
        Found::Alone(_) => Err(Error::ReadOnly {
            path: dir.to_path_buf(),
        }),
    }
}

/// A repair under way, under both locks (I10).
struct Repair<'a> {
    _rewrites: &'a RewriteLock,
    _held: &'a Held,
    folder: &'a dyn Folder,
    before: Status,
    file: Arc<dyn DiskFile>,
    generation: u64,
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
            older: Vec::new(),
        };
        if let Some((items, commits)) = self.count_if_intact()? {
            (report.items, report.commits) = (items, commits);
            return Ok(report);
        }
        let salvaged = self.look_through_all()?;
        let (files, mut contents) = merge(&salvaged)?;
        report.items = contents.index.len() as u64;
        // Copies everything before any file is removed.
        for (at, file) in salvaged.iter().enumerate() {
            let older = Older {
                file: file.text.path().to_path_buf(),
                aside: match is_lost(&salvaged, at)? {
                    true => self.set_all_aside(file)?,
                    false => self.set_aside(file)?,
                },
                commits: file.found.commits,
                damaged: file.damaged(),
            };
            match file.generation == self.generation {
                true => {
                    report.aside = older.aside;
                    report.commits = older.commits;
                    report.damaged = older.damaged;
                }
                false => report.older.insert(0, older),
            }
        }
        let newest = salvaged.iter().map(|file| file.found.newest).max();
        let commit = newest.unwrap_or(0) + 1;
        report.wrote = Some(self.write(&mut contents, files, commit, progress)?);
        report.repaired = true;
        // Removes only the files that were read, the lowest first, and once the new name is on disk
        // (I9).
        self.folder.sync()?;
        for file in &salvaged {
            self.folder.remove(&names::data_file(file.generation))?;
        }
        Ok(report)
    }

    /// Looks through all data files, the oldest first.
    fn look_through_all(&self) -> Result<Vec<Salvaged>> {
        let generations = names::generations(&self.folder.list()?);
        let look = |generation| {
            let file = self.folder.open_read_only(&names::data_file(generation))?;
            // The owner of a folder can move another user's file into it.
            if !self.before.is_no_more_open_than(&file.status()?) {
                return Err(Error::Foreign {
                    path: file.path().to_path_buf(),
                    reason: "users who may not read it may read the file that a repair would put its items into",
                });
            }
            Salvaged::new(file, generation)
        };
        generations.into_iter().map(look).collect()
    }

    /// Counts items and commits. `None` if the file is damaged. A torn tail is left to the next
    /// writer.
    fn count_if_intact(&self) -> Result<Option<(u64, u64)>> {
        let mut data = match DataFile::new(self.file.clone(), Some(self.generation)) {
            Ok(data) => data,
            Err(Error::Corrupt { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let of_checkpoint = data.position.commit;
        let is_intact = matches!(data.read_on(Check::Full)?, End::OfLog(_))
            || log::inspect_tail(&*self.file, &data.position)?.claimed <= data.position.commit;
        let checked = older::check_beginning(self.folder, &data)
            .and_then(|()| older::check_end(self.folder, &data));
        match checked {
            Err(Error::Corrupt { .. }) => return Ok(None),
            checked => checked?,
        }
        let commits = data.position.commit - of_checkpoint;
        Ok(is_intact.then_some((data.index().len() as u64, commits)))
    }

    /// Copies the damaged bytes of a file to a file of their own.
    fn set_aside(&self, salvaged: &Salvaged) -> Result<Option<PathBuf>> {
        let damaged = salvaged.damaged();
        let stretches: Vec<Range<u64>> = damaged
            .iter()
            .map(|damage| damage.offset..damage.offset + damage.bytes)
            .collect();
        self.copy_aside(salvaged, &stretches)
    }

    /// Copies a complete file to another.
    fn set_all_aside(&self, salvaged: &Salvaged) -> Result<Option<PathBuf>> {
        let all = 0..salvaged.text.file_length();
        self.copy_aside(salvaged, std::slice::from_ref(&all))
    }

    fn copy_aside(&self, salvaged: &Salvaged, stretches: &[Range<u64>]) -> Result<Option<PathBuf>> {
        if stretches.iter().all(Range::is_empty) {
            return Ok(None);
        }
        let file = salvaged.text.file();
        let mut aside = self.folder.new_file_after(&self.before)?;
        for stretch in stretches {
            append_stretch(&**file, stretch, &mut *aside)?;
        }
        aside.sync()?;
        // The files of earlier repairs stay.
        let name = names::damaged(salvaged.generation, &self.folder.list()?);
        aside.persist(&name)?;
        self.folder.sync()?;
        Ok(Some(self.folder.path().join(name)))
    }

    fn write(
        &self,
        contents: &mut Contents,
        files: Files,
        commit: u64,
        progress: &Progress,
    ) -> Result<PathBuf> {
        let mut items = contents.list_for_copy(files);
        let unknown = Checksum(RandomState::new().hash_one(commit) as u32);
        let mut new = self.folder.new_file_after(&self.before)?;
        write_checkpoint(&mut *new, commit, unknown, &mut items, progress, &|| Ok(()))?;
        new.sync()?;
        let name = current::successor_of(&*self.file, self.generation)?;
        new.persist(&name)?;
        Ok(self.folder.path().join(name))
    }
}
