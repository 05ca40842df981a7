//! Reports on a store's data file: its damage and its contents. Changes nothing and
//! needs no lock.

use super::current::{self, Found};
use super::damage::look_again_until_same;
use super::data::DataFile;
use super::rewrite::older;
use super::{Options, Progress, Store};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::log::{self, Check, Damage, End};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The result of checking a data file.
#[derive(Debug)]
pub struct Report {
    /// The current data file, or the file on its own.
    pub file: PathBuf,
    /// Length of the data in the file, without room.
    pub bytes: u64,
    /// Number of items, with the expired ones; of a damaged file, those before the damage.
    pub items: u64,
    /// Number of intact commits, without those that a checkpoint stands for.
    pub commits: u64,
    /// The stretches that belong to nothing intact, or whose commits follow on none.
    pub damaged: Vec<Damage>,
    /// Length of a torn tail. This is no fault: the next writer cuts it off.
    pub torn: u64,
}

impl Report {
    /// Records that an otherwise intact file lacks commits.
    fn is_not_enough(&mut self, line: u64) {
        if self.damaged.is_empty() {
            self.damaged.push(Damage {
                line,
                offset: 0,
                bytes: 0,
            });
        }
    }
}

/// Checks the complete data file of a folder's store, or a file on its own. Looks again after a
/// while ([`super::DOUBTED_FOR`] is enough) unless all is intact: a write or a cut may have been
/// under way.
pub fn verify(
    disk: &dyn Disk,
    dir: &Path,
    again_after: Duration,
    progress: &Progress,
) -> Result<Report> {
    let is_fine = |report: &Report| report.damaged.is_empty() && report.torn == 0;
    let is_same =
        |one: &Report, other: &Report| (&one.damaged, one.torn) == (&other.damaged, other.torn);
    look_again_until_same(again_after, is_fine, is_same, || check(disk, dir, progress))
}

fn check(disk: &dyn Disk, dir: &Path, progress: &Progress) -> Result<Report> {
    let (folder, file, generation) = match current::open(disk, dir)? {
        Found::InFolder(current) => (Some(current.folder), current.file, Some(current.generation)),
        Found::Alone(file) => (None, file, None),
    };
    let path = file.path().to_path_buf();
    let bytes = log::data_end(&*file, 0)?;
    progress.begin(bytes);
    let found = log::salvage(&*file, &|done| progress.reach(done))?;
    let mut report = Report {
        file: path,
        bytes,
        items: 0,
        commits: found.commits,
        damaged: found.damaged,
        torn: 0,
    };
    let opened = DataFile::new(file, generation).and_then(|data| {
        if let Some(folder) = &folder {
            older::check_beginning(&**folder, &data)?;
        }
        Ok(data)
    });
    let mut data = match opened {
        Ok(data) => data,
        Err(Error::Corrupt { line, .. }) => {
            report.is_not_enough(line);
            return Ok(report);
        }
        Err(error) => return Err(error),
    };
    let end = data.read_on(Check::Full)?;
    match folder.map(|folder| older::check_end(&*folder, &data)) {
        Some(Err(Error::Corrupt { line, .. })) => {
            report.is_not_enough(line);
            return Ok(report);
        }
        Some(Err(error)) => return Err(error),
        Some(Ok(())) | None => {}
    }
    report.items = data.index().len() as u64;
    let position = data.position;
    if matches!(end, End::OfLog(_)) {
        return Ok(report);
    }
    let claimed = log::inspect_tail(&**data.file(), &position)?.claimed;
    if claimed <= position.commit {
        report.damaged.clear();
        report.torn = data.tail().length()?;
    } else if report.damaged.is_empty() {
        // Lines are missing between two intact ones.
        report.damaged.push(Damage {
            line: log::line_number(&**data.file(), position.end)?,
            offset: position.end,
            bytes: 0,
        });
    }
    Ok(report)
}

/// The amount of data in a store.
#[derive(Debug)]
pub struct Stat {
    /// The current data file, or the file on its own.
    pub file: PathBuf,
    /// Length of the log, without room.
    pub bytes: u64,
    /// Length of the items' lines, which compaction would keep.
    pub live: u64,
    /// Number of items that have not expired.
    pub items: u64,
    /// Number of items that have expired and are still kept.
    pub expired: u64,
    /// Number of the newest commit.
    pub commit: u64,
}

/// Measures the store of a folder, or a file on its own, at a time. Looks at every item that may
/// have expired, however many: not for a thread that must not block.
pub fn stat(disk: Arc<dyn Disk>, dir: &Path, now: u64) -> Result<Stat> {
    let options = Options {
        read_only: true,
        ..Options::default()
    };
    let store = Store::open(disk, dir, options)?;
    let items = store.data.index().count_live(now) as u64;
    Ok(Stat {
        file: store.data.file().path().to_path_buf(),
        bytes: store.log_bytes(),
        live: store.live_bytes(),
        items,
        expired: store.kept() - items,
        commit: store.data.position.commit,
    })
}
