//! The open data file, and what this instance knows of it: how far it is read, where the items lie, and which
//! commits are known to be on disk.

mod contents;
mod copied;
mod files;
mod pages;
mod tail;
mod trust;

pub use contents::{Claims, Contents, Staged};
pub use copied::Copied;
pub use files::Files;

use super::Listing;
use crate::disk::DiskFile;
use crate::error::Result;
use crate::index::{Cleared, Index, KeyHash, Which};
use crate::lock::Held;
use crate::log::{self, End, Place, Position, Sink};
use crate::record::{Commit, Item};
use pages::Pages;
use std::ops::Range;
use std::sync::Arc;
use tail::Tail;
use trust::Trust;

/// The open data file.
#[derive(Debug)]
pub struct DataFile {
    files: Files,
    pages: Pages,
    /// `None` for a file on its own, such as a backup: no rewrite takes its place.
    pub(super) generation: Option<u64>,
    pub(super) position: Position,
    contents: Contents,
    trust: Trust,
    changes: u32,
    copied: Option<Copied>,
    /// The file had no checkpoint when it was opened.
    begins_empty: bool,
    /// Whether this instance has synced the folders that lead to it.
    pub(super) folders_synced: bool,
}

impl DataFile {
    /// Reads the beginning of a file that was just opened, up to where its commits begin.
    pub fn new(file: Arc<dyn DiskFile>, generation: Option<u64>) -> Result<Self> {
        Self::begin(file, generation, Contents::default())
    }

    /// Reads a file without keeping an index, up to where another reader of the process has read it. `None` if that one has read
    /// something else.
    pub fn beside(
        file: Arc<dyn DiskFile>,
        generation: Option<u64>,
        known: &Position,
    ) -> Result<Option<Self>> {
        let mut data = Self::begin(file, generation, Contents::without_index())?;
        data.read_up_to(known.end)?;
        Ok((data.position == *known).then_some(data))
    }

    /// Reads the beginning of a file, and keeps of its contents what `contents` is for.
    pub(super) fn begin(
        file: Arc<dyn DiskFile>,
        generation: Option<u64>,
        mut contents: Contents,
    ) -> Result<Self> {
        let position = log::read_head(&*file, &mut contents)?;
        Ok(DataFile {
            files: Files::new(file),
            pages: Pages::default(),
            generation,
            position,
            contents,
            trust: Trust::default(),
            changes: 0,
            copied: None,
            begins_empty: position == Position::START,
            folders_synced: false,
        })
    }

    /// Whether the file had no checkpoint when it was opened.
    pub fn begins_empty(&self) -> bool {
        self.begins_empty
    }

    /// The file that is appended to.
    pub fn file(&self) -> &Arc<dyn DiskFile> {
        self.files.current()
    }

    /// The part after the last valid line.
    pub fn tail(&self) -> Tail<'_> {
        Tail::new(&**self.files.current(), self.position.end)
    }

    /// All files that the index leads into.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Where the items lie.
    pub fn index(&self) -> &Index {
        &self.contents.index
    }

    /// What is known to be on disk.
    pub fn claims(&self) -> &Claims {
        &self.contents.claims
    }

    /// The stretch that others wrote first, and may have failed to put on disk: only the file system knows whether a sync does.
    pub fn rewritten(&self) -> Option<&Range<u64>> {
        self.trust.rewritten()
    }

    /// Takes note that the descriptor's sync was sound, and that of all that was written again through it.
    pub fn settle_rewritten(&mut self) {
        self.trust.settle_rewritten();
    }

    /// Takes note that all commits up to this one are on disk, by a sync of one's own.
    pub fn learn_synced(&mut self, commit: u64) {
        let claims = &mut self.contents.claims;
        claims.synced = claims.synced.max(commit);
    }

    /// Counts the times that commits were read.
    pub fn changes(&self) -> u32 {
        self.changes
    }

    /// Takes note that a sync failed.
    pub fn disown(&mut self) {
        self.trust.disown();
    }

    /// Whether a sync failed.
    pub fn is_disowned(&self) -> bool {
        self.trust.is_disowned()
    }

    /// Tells whether a place lies behind all that is claimed to be on disk.
    pub fn is_unclaimed(&self, place: &Place) -> bool {
        let start = self.files.base() + self.claims().claimed_end;
        place.offset >= start
    }

    /// Reads on from the last commit that is known.
    pub fn read_on(&mut self) -> Result<End> {
        self.read_up_to(u64::MAX)
    }

    /// The same, but no further than up to an offset, behind a line that stands.
    pub fn read_up_to(&mut self, end: u64) -> Result<End> {
        let before = self.position.commit;
        let file = self.files.current();
        let found = log::scan(&**file, &mut self.position, end, &mut self.contents);
        self.contents.forget_staged();
        if self.position.commit != before {
            self.changes = self.changes.wrapping_add(1);
        }
        match found? {
            _ if self.contents.is_lost() => Ok(End::Replaced),
            end => Ok(end),
        }
    }

    /// Reads an item's line; `None` unless it is still what was put there.
    pub fn read_line(&mut self, place: &Place) -> Result<Option<&[u8]>> {
        let (file, place) = self.files.locate(place);
        let line = match Arc::ptr_eq(file, self.files.current()) {
            true => self.pages.line(&**file, &place, self.position.end)?,
            false => self.pages.read(&**file, &place)?,
        };
        Ok(place.is_of(line).then_some(line))
    }

    /// Goes over to the file that a rewrite has put in this one's place, and keeps what is known. The old file must have
    /// been read to its end. `false` if the new one is none that follows on it: then it is to be loaded anew.
    pub fn follow(&mut self, file: Arc<dyn DiskFile>, generation: u64) -> Result<bool> {
        let known = self.position;
        let Some(checkpoint) = log::find_checkpoint(&*file)? else {
            return Ok(false);
        };
        let other = checkpoint.commit == known.commit && checkpoint.checksum != known.checksum;
        if checkpoint.commit > known.commit || other {
            return Ok(false);
        }
        let before = self.files.current().clone();
        let base_before = self.files.base();
        self.files.push(file, known.end);
        self.pages = Pages::default();
        self.contents.follow(self.files.base(), &checkpoint, &known);
        self.generation = Some(generation);
        self.position = checkpoint;
        self.trust = Trust::default();
        self.folders_synced = false;
        self.copied = None;
        if self.read_on()? == End::Replaced {
            return Ok(false);
        }
        if let Some(end) = self.contents.known_end() {
            let known_before = match end == checkpoint.end {
                true => known.end,
                false => log::line_end(&*before, known.anchor)?,
            };
            let length = end - checkpoint.end;
            let begin_before = known_before.checked_sub(length).map(|at| base_before + at);
            self.copied = begin_before.map(|begin_before| Copied {
                begin_before,
                begin: checkpoint.end,
                end,
            });
        }
        Ok(true)
    }

    /// How the entries that lead into older files can be relocated into the newest one, if they can.
    pub fn copied(&self) -> Option<&Copied> {
        self.copied.as_ref()
    }

    /// Relocates entries that lead into older files and whose lines have copies at these places of the newest one.
    pub fn relocate(&mut self, copies: &[(KeyHash, Place)]) {
        let base = self.files.base();
        let Some(copied) = self.copied else { return };
        for (hash, place) in copies {
            let offset = base + place.offset;
            let is_copy = |from| copied.is_copy(from, place.offset);
            let to = Place { offset, ..*place };
            self.contents.index.relocate(*hash, to, is_copy);
        }
    }

    /// Lets the older files go if no entry leads into them any more.
    pub fn take_older_files(&mut self) -> Option<Vec<Arc<dyn DiskFile>>> {
        (self.index().old() == 0).then(|| self.files.take_older())
    }

    /// Whether an index is kept.
    pub fn has_index(&self) -> bool {
        self.contents.has_index()
    }

    /// Keeps no index any more.
    pub fn stop_indexing(&mut self) {
        self.contents.stop_indexing();
    }

    /// Makes the descriptor one whose sync vouches for all that is valid.
    pub fn vouch(&mut self, _held: &Held) -> Result<()> {
        let start = self.claims().claimed_end.max(Position::START.end);
        let file = self.files.current();
        self.trust.vouch(&**file, start..self.position.end)
    }

    /// Takes in a commit that this instance has appended at the end.
    pub fn take_commit(&mut self, commit: &Commit, items: Vec<Staged>, end: u64) {
        self.position = self.position.after(commit, end);
        self.contents.take(items, commit, end);
    }

    /// Takes in a bare claim that this instance has appended at the end.
    pub fn take_claim(&mut self, synced: u64, end: u64) {
        self.position = self.position.after_claim(end);
        self.contents.claim(synced);
    }

    /// Hands over the whole index, to be dropped where that holds up nobody. For a store that is not used any more.
    pub fn take_index(&mut self) -> Cleared {
        self.contents.index.clear()
    }

    /// Hands over what was cleared, to be dropped where that holds up nobody.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        self.contents.take_cleared()
    }

    /// What an item line changes, once its commit stands.
    pub fn stage(&self, item: &Item, place: Place) -> Staged {
        self.contents.stage(item, place)
    }

    /// Lists items as they are now.
    pub fn list(&self, which: Which) -> Listing {
        self.contents.list(self.files.clone(), which)
    }
}
