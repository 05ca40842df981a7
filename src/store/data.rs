//! The open data file with the state that this instance has read: its position, the index of the
//! items, and the commits that are on disk. Must not know locks, or when the file is read or
//! written.

mod contents;
mod copied;
mod files;
mod pages;
mod room;
mod tail;
mod trust;

pub use contents::{Claims, Contents, Staged};
pub use copied::Copied;
pub use files::Files;
pub use room::Room;
pub use trust::SyncFailure;

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
    /// `None` for a file on its own, such as a backup, which no rewrite replaces.
    pub(super) generation: Option<u64>,
    pub(super) position: Position,
    contents: Contents,
    trust: Trust,
    changes: u32,
    copied: Option<Copied>,
    /// True if the file had no checkpoint when it was opened.
    begins_empty: bool,
    /// True once this instance has synced the folders that lead to the file.
    pub(super) folders_synced: bool,
}

impl DataFile {
    /// Reads the beginning of a file that was just opened, up to the first commit.
    pub fn new(file: Arc<dyn DiskFile>, generation: Option<u64>) -> Result<Self> {
        Self::begin(file, generation, Contents::default())
    }

    /// Reads a file without an index, up to the position of another reader in this process. `None`
    /// if that one has read something different.
    pub fn beside(
        file: Arc<dyn DiskFile>,
        generation: Option<u64>,
        known: &Position,
    ) -> Result<Option<Self>> {
        let mut data = Self::begin(file, generation, Contents::without_index())?;
        data.read_up_to(known.end)?;
        Ok((data.position == *known).then_some(data))
    }

    /// Reads the beginning of a file. `contents` tells if there is an index.
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

    /// Returns true if the file had no checkpoint when it was opened.
    pub fn begins_empty(&self) -> bool {
        self.begins_empty
    }

    /// Returns the file that is appended to.
    pub fn file(&self) -> &Arc<dyn DiskFile> {
        self.files.current()
    }

    /// Returns the part after the last valid line.
    pub fn tail(&self) -> Tail<'_> {
        Tail::new(&**self.files.current(), self.position.end)
    }

    /// Returns all files that the index refers to.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Returns the index.
    pub fn index(&self) -> &Index {
        &self.contents.index
    }

    /// Returns the commits that are known to be on disk.
    pub fn claims(&self) -> &Claims {
        &self.contents.claims
    }

    /// Returns the stretch that others wrote first, and may have failed to put on disk. Only the
    /// file system knows if a sync did.
    pub fn written_again(&self) -> Option<&Range<u64>> {
        self.trust.written_again()
    }

    /// Records that a sync has put on disk all that was written again.
    pub fn settle_written_again(&mut self) {
        self.trust.settle_written_again();
    }

    /// Records that a sync of this instance has put on disk all commits up to this one.
    pub fn learn_synced(&mut self, commit: u64) {
        let claims = &mut self.contents.claims;
        claims.synced = claims.synced.max(commit);
    }

    /// Counts the reads that found new commits.
    pub fn changes(&self) -> u32 {
        self.changes
    }

    /// Returns the error of a failed sync, shared by all syncs of the file's descriptor.
    pub fn sync_failure(&self) -> &SyncFailure {
        self.trust.sync_failure()
    }

    /// Records that a sync failed.
    pub fn disown(&mut self) {
        self.trust.disown();
    }

    /// Returns true if a sync failed.
    pub fn is_disowned(&self) -> bool {
        self.trust.is_disowned()
    }

    /// Returns true if a place lies after everything that is claimed to be on disk.
    pub fn is_unclaimed(&self, place: &Place) -> bool {
        let start = self.files.base() + self.claims().claimed_end;
        place.offset >= start
    }

    /// Reads on from the last known commit.
    pub fn read_on(&mut self) -> Result<End> {
        self.read_up_to(u64::MAX)
    }

    /// Reads on, but not past an offset, which must be the end of a valid line.
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

    /// Reads an item's line. `None` if its bytes have changed.
    pub fn read_line(&mut self, place: &Place) -> Result<Option<&[u8]>> {
        let (file, place) = self.files.locate(place);
        let line = match Arc::ptr_eq(file, self.files.current()) {
            true => self.pages.line(&**file, &place, self.position.end)?,
            false => self.pages.read(&**file, &place)?,
        };
        Ok(place.is_of(line).then_some(line))
    }

    /// Follows to the successor of the file, and keeps the index. The old file must have been
    /// read to its end. `false` if the new file does not follow on it: then the store must be
    /// reopened.
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

    /// Tells how to relocate the entries that refer to older files, if they can be.
    pub fn copied(&self) -> Option<&Copied> {
        self.copied.as_ref()
    }

    /// Relocates entries that refer to older files, and whose lines may have copies at these places
    /// of the current file.
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

    /// Hands over the older files if no entry refers to them.
    pub fn take_older_files(&mut self) -> Option<Vec<Arc<dyn DiskFile>>> {
        (self.index().old() == 0).then(|| self.files.take_older())
    }

    /// Returns true if there is an index.
    pub fn has_index(&self) -> bool {
        self.contents.has_index()
    }

    /// Drops the index, and keeps none from now on.
    pub fn stop_indexing(&mut self) {
        self.contents.stop_indexing();
    }

    /// Writes the unclaimed bytes again, so that a sync of this descriptor vouches for all that is
    /// valid.
    pub fn vouch(&mut self, held: &Held) -> Result<()> {
        let start = self.claims().claimed_end.max(Position::START.end);
        let file = self.files.current();
        self.trust.vouch(held, &**file, start..self.position.end)
    }

    /// Takes in a commit that this instance has appended.
    pub fn take_commit(&mut self, commit: &Commit, items: Vec<Staged>, end: u64) {
        self.position = self.position.after(commit, end);
        self.contents.take(items, commit, end);
    }

    /// Takes in a claim that this instance has appended.
    pub fn take_claim(&mut self, synced: u64, end: u64) {
        self.position = self.position.after_claim(end);
        self.contents.claim(synced);
    }

    /// Hands over the index, for a store that is no longer used. Dropping it may take a while.
    pub fn take_index(&mut self) -> Cleared {
        self.contents.index.clear()
    }

    /// Hands over the indexes that were cleared. Dropping them may take a while.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        self.contents.take_cleared()
    }

    /// Makes the change of an item line, which counts once its commit is valid.
    pub fn stage(&self, item: &Item, place: Place) -> Staged {
        self.contents.stage(item, place)
    }

    /// Lists the present items.
    pub fn list(&self, which: Which) -> Listing {
        self.contents.list(self.files.clone(), which)
    }
}
