//! What a person may want to know of a store's file: whether it is whole, and what is in it. Changes nothing, needs no lock.

use super::current::{self, Found};
use super::damage::look_twice;
use super::data::DataFile;
use super::rewrite::older;
use super::{Options, Progress, Store};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::log::{self, Damage, End};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Whether a file is whole.
#[derive(Debug)]
pub struct Report {
    /// The file that holds.
    pub file: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How many items it holds, expired ones included; of a damaged file, those in front of the damage.
    pub items: u64,
    /// How many whole commits it has, those not counted that a snapshot stands for.
    pub commits: u64,
    /// The stretches that belong to nothing whole, or whose commits follow on none.
    pub damaged: Vec<Damage>,
    /// The length of an end that a crash tore: no fault, the next writer cuts it off.
    pub torn: u64,
}

impl Report {
    /// Takes note of damage in a file that holds nothing damaged, and does not hold enough.
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

/// Looks through the whole file of a store's folder, or a file on its own. What is not whole is looked at again after a
/// while ([`super::DOUBTED_FOR`] is enough): it may have been a write or a cut under way.
pub fn verify(
    disk: &dyn Disk,
    dir: &Path,
    again_after: Duration,
    progress: &Progress,
) -> Result<Report> {
    let is_fine = |report: &Report| report.damaged.is_empty() && report.torn == 0;
    look_twice(again_after, is_fine, || check(disk, dir, progress))
}

fn check(disk: &dyn Disk, dir: &Path, progress: &Progress) -> Result<Report> {
    let (folder, file, generation) = match current::open(disk, dir)? {
        Found::InFolder(current) => (Some(current.folder), current.file, Some(current.generation)),
        Found::Alone(file) => (None, file, None),
    };
    let path = file.path().to_path_buf();
    let bytes = file.status()?.length;
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
    let end = data.read_on()?;
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
    if end == End::OfFile {
        return Ok(report);
    }
    let claimed = log::inspect_tail(&**data.file(), &position)?.claimed;
    if claimed <= position.commit {
        report.damaged.clear();
        report.torn = data.tail().length()?;
    } else if report.damaged.is_empty() {
        // Whole lines are missing between two that are there.
        report.damaged.push(Damage {
            line: log::line_number(&**data.file(), position.end)?,
            offset: position.end,
            bytes: 0,
        });
    }
    Ok(report)
}

/// How much is in a store.
#[derive(Debug)]
pub struct Stat {
    /// The file that holds.
    pub file: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How many of them the items' lines take that compaction would leave.
    pub live: u64,
    /// How many items there are.
    pub items: u64,
    /// How many have expired and are still kept.
    pub expired: u64,
    /// The number of the newest commit.
    pub commit: u64,
}

/// Counts what is in the store of a folder, or in a file on its own, at a time. Looks at every item that may have expired, however
/// many there are: not for a thread that must not block.
pub fn stat(disk: Arc<dyn Disk>, dir: &Path, now: u64) -> Result<Stat> {
    let options = Options {
        read_only: true,
        ..Options::default()
    };
    let store = Store::open(disk, dir, options)?;
    let items = store.data.index().count_live(now) as u64;
    Ok(Stat {
        file: store.data.file().path().to_path_buf(),
        bytes: store.file_bytes()?,
        live: store.live_bytes(),
        items,
        expired: store.kept() - items,
        commit: store.data.position.commit,
    })
}

impl Store {
    /// Counts the items, expired ones included, as of the last look.
    pub fn kept(&self) -> u64 {
        self.data.index().len() as u64
    }

    /// Adds up the lengths of the items' lines, in bytes, as of the last look.
    pub fn live_bytes(&self) -> u64 {
        self.data.index().bytes()
    }

    /// Asks for the length of the data file, in bytes.
    pub fn file_bytes(&self) -> Result<u64> {
        Ok(self.data.file().status()?.length)
    }
}
