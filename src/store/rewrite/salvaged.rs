//! The intact parts of the data files of a store, and their order, for a repair.
//!
//! Changes nothing. Must not know the rest of a repair.

use super::merge::Merge;
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::log::{self, Check, Damage, Place, Plain, Salvage, Sink};
use crate::record::{Checksum, Commit, Item};
use crate::store::data::{Contents, DataFile, Files};
use std::sync::Arc;

/// A data file with its intact parts.
pub(super) struct Salvaged {
    pub generation: u64,
    pub text: Arc<Plain>,
    pub found: Salvage,
    /// Its valid commits. `None` if its beginning is damaged.
    valid: Option<Valid>,
}

/// The valid commits of a file, by number and checksum.
#[derive(Debug, Clone, Copy)]
struct Valid {
    /// The newest commit in its checkpoint; 0 without one.
    checkpoint: (u64, Checksum),
    /// The last commit.
    last: (u64, Checksum),
}

impl Salvaged {
    /// Looks through a file.
    pub fn new(file: Arc<dyn DiskFile>, generation: u64) -> Result<Self> {
        let text = Arc::new(Plain::new(file)?);
        Ok(Salvaged {
            generation,
            found: log::salvage(&*text, &|_| {})?,
            valid: valid_commits(text.clone(), generation)?,
            text,
        })
    }

    /// Returns true if the file follows on an older one: its checkpoint is of a commit in that
    /// file, or it has that file's last commit.
    fn follows_on(&self, older: &Salvaged) -> Result<bool> {
        let Some(own) = self.valid.filter(|own| own.checkpoint.0 > 0) else {
            return Ok(false);
        };
        if older.contains(own.checkpoint)? {
            return Ok(true);
        }
        match older.valid {
            Some(other) => self.contains(other.last),
            None => Ok(false),
        }
    }

    /// Returns true if a commit is in the file, or is the newest in its checkpoint.
    fn contains(&self, wanted: (u64, Checksum)) -> Result<bool> {
        let mut search = Search {
            wanted,
            is_found: self.valid.is_some_and(|it| it.checkpoint == wanted),
        };
        for stretch in &self.found.intact {
            log::take_intact(&*self.text, stretch, &mut search)?;
        }
        Ok(search.is_found)
    }

    /// Lists the damaged stretches, by their offsets in the file itself.
    pub fn damaged(&self) -> Vec<Damage> {
        let in_file = |damage: &Damage| {
            let stretch = self
                .text
                .in_file(&(damage.offset..damage.offset + damage.bytes));
            Damage {
                line: damage.line,
                offset: stretch.start,
                bytes: stretch.end - stretch.start,
            }
        };
        self.found.damaged.iter().map(in_file).collect()
    }
}

/// Reads the valid commits of a file. `None` if its beginning is damaged.
fn valid_commits(text: Arc<Plain>, generation: u64) -> Result<Option<Valid>> {
    let known = |data: &DataFile| (data.position.commit, data.position.checksum);
    match DataFile::begin(text, Some(generation), Contents::without_index()) {
        Ok(mut data) => {
            let checkpoint = known(&data);
            data.read_on(Check::Full)?;
            let last = known(&data);
            Ok(Some(Valid { checkpoint, last }))
        }
        Err(Error::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds the newest commit that the checkpoints of newer files stand for.
fn floor(newer: &[Salvaged]) -> u64 {
    let checkpoints = newer.iter().filter_map(|newer| newer.valid);
    checkpoints
        .map(|valid| valid.checkpoint.0)
        .max()
        .unwrap_or(0)
}

/// Returns true if a newer file's checkpoint replaces commits of this file without following on
/// them, as another store's does.
pub(super) fn is_lost(salvaged: &[Salvaged], at: usize) -> Result<bool> {
    let newer = salvaged.get(at + 1..).unwrap_or_default();
    let Some(file) = salvaged.get(at).filter(|_| floor(newer) > 0) else {
        return Ok(false);
    };
    for newer in newer {
        if newer.follows_on(file)? {
            return Ok(false);
        }
    }
    let is_empty = |valid: Valid| valid.last.0 == 0;
    Ok(!file.valid.is_some_and(is_empty) && !file.found.intact.is_empty())
}

/// A search for a commit by its number and checksum.
struct Search {
    wanted: (u64, Checksum),
    is_found: bool,
}

impl Sink for Search {
    fn item(&mut self, _item: &Item, _place: Place) {}
    fn cleared(&mut self) {}
    fn piece(&mut self) {}
    fn checkpoint(&mut self, _commit: u64, _end: u64) {}
    fn commit(&mut self, commit: &Commit, _end: u64) {
        self.is_found |= (commit.number, commit.checksum) == self.wanted;
    }
    fn claim(&mut self, _synced: u64) {}
}

/// Merges the intact parts of the files, the oldest first.
pub(super) fn merge(salvaged: &[Salvaged]) -> Result<(Files, Contents)> {
    let mut merge = Merge::of(salvaged.len());
    let mut files: Option<Files> = None;
    let mut length_before = 0;
    for (at, file) in salvaged.iter().enumerate() {
        let text: Arc<dyn DiskFile> = file.text.clone();
        let files = match &mut files {
            None => files.insert(Files::new(text)),
            Some(files) => {
                files.push(text, length_before);
                files
            }
        };
        length_before = file.text.length();
        let newer = salvaged.get(at + 1..).unwrap_or_default();
        merge.begin_file(files.base(), file.found.checkpoint, floor(newer));
        for stretch in &file.found.intact {
            log::take_intact(&*file.text, stretch, &mut merge)?;
        }
    }
    let mut contents = Contents::default();
    contents.index = merge.index;
    let files = files.ok_or(Error::Superseded)?;
    Ok((files, contents))
}
