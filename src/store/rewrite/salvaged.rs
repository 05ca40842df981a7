//! What a repair finds in the data files of a store, and how it puts that together.
//!
//! Changes nothing. Knows what is whole, and which file goes on from which; not what is done with the files.

use super::merge::Merge;
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::log::{self, Damage, Place, Plain, Salvage, Sink};
use crate::record::{Checksum, Commit, Item};
use crate::store::data::{Contents, DataFile, Files};
use std::sync::Arc;

/// A data file, and what is whole in it.
pub(super) struct Looked {
    pub generation: u64,
    pub text: Arc<Plain>,
    pub found: Salvage,
    /// What stands in it, if its beginning is whole.
    standing: Option<Standing>,
}

/// What stands in a file, by the numbers and checksums of commits.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// The commit that its checkpoint goes up to; 0 without one.
    checkpoint: (u64, Checksum),
    /// The last commit.
    last: (u64, Checksum),
}

impl Looked {
    /// Looks through a file.
    pub fn new(file: Arc<dyn DiskFile>, generation: u64) -> Result<Self> {
        let text = Arc::new(Plain::new(file)?);
        Ok(Looked {
            generation,
            found: log::salvage(&*text, &|_| {})?,
            standing: standing(text.clone(), generation)?,
            text,
        })
    }

    /// Tells whether its checkpoint is of a commit that another file has, or it has that file's last one.
    fn goes_on_from(&self, older: &Looked) -> Result<bool> {
        let Some(own) = self.standing.filter(|own| own.checkpoint.0 > 0) else {
            return Ok(false);
        };
        if older.holds(own.checkpoint)? {
            return Ok(true);
        }
        match older.standing {
            Some(other) => self.holds(other.last),
            None => Ok(false),
        }
    }

    /// Tells whether a commit is in it, or is the one that its checkpoint goes up to.
    fn holds(&self, wanted: (u64, Checksum)) -> Result<bool> {
        let mut search = Search {
            wanted,
            is_found: self.standing.is_some_and(|it| it.checkpoint == wanted),
        };
        for stretch in &self.found.intact {
            log::take_intact(&*self.text, stretch, &mut search)?;
        }
        Ok(search.is_found)
    }

    /// The damaged stretches, as they lie in the file itself.
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

/// Reads what stands in a file. `None` if its beginning is damaged.
fn standing(text: Arc<Plain>, generation: u64) -> Result<Option<Standing>> {
    let known = |data: &DataFile| (data.position.commit, data.position.checksum);
    match DataFile::begin(text, Some(generation), Contents::without_index()) {
        Ok(mut data) => {
            let checkpoint = known(&data);
            data.read_on()?;
            let last = known(&data);
            Ok(Some(Standing { checkpoint, last }))
        }
        Err(Error::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The commit up to which the checkpoints of newer files stand for all.
fn floor(newer: &[Looked]) -> u64 {
    let checkpoints = newer.iter().filter_map(|newer| newer.standing);
    checkpoints
        .map(|standing| standing.checkpoint.0)
        .max()
        .unwrap_or(0)
}

/// Tells whether a newer file's checkpoint takes the place of commits of a file without going on from them, as another store's does.
pub(super) fn is_lost(looked: &[Looked], at: usize) -> Result<bool> {
    let newer = looked.get(at + 1..).unwrap_or_default();
    let Some(file) = looked.get(at).filter(|_| floor(newer) > 0) else {
        return Ok(false);
    };
    for newer in newer {
        if newer.goes_on_from(file)? {
            return Ok(false);
        }
    }
    let is_empty = |standing: Standing| standing.last.0 == 0;
    Ok(!file.standing.is_some_and(is_empty) && !file.found.intact.is_empty())
}

/// Looks for a commit by its number and checksum.
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

/// Puts together what is whole in the files, the oldest first.
pub(super) fn merge(looked: &[Looked]) -> Result<(Files, Contents)> {
    let mut merge = Merge::of(looked.len());
    let mut files: Option<Files> = None;
    let mut length_before = 0;
    for (at, file) in looked.iter().enumerate() {
        let text: Arc<dyn DiskFile> = file.text.clone();
        let files = match &mut files {
            None => files.insert(Files::new(text)),
            Some(files) => {
                files.push(text, length_before);
                files
            }
        };
        length_before = file.text.length();
        let newer = looked.get(at + 1..).unwrap_or_default();
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
