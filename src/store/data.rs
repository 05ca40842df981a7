//! The open data file with the state that this instance has read: its position, the index of the
//! items, and the commits that are on disk. Must not know locks, or when the file is read or
//! written.

mod checks;
mod contents;
mod copied;
mod files;
mod follow;
mod own_anchor;
mod pages;
mod room;
mod staged;
mod tail;
mod trust;
mod writes;

pub use contents::{Claims, Contents};
pub use copied::Copied;
pub use files::Files;
pub use room::Room;
pub use staged::{Change, Staged};
pub use tail::Tail;
pub use trust::SyncFailure;

use super::Listing;
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::index::{Choice, Cleared, Index, Which};
use crate::lock::Held;
use crate::log::{self, Check, End, Place, Position};
use crate::record::Item;
use checks::Checks;
use own_anchor::OwnAnchor;
use pages::Pages;
use room::Ahead;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;
use trust::Trust;

/// The open data file.
#[derive(Debug)]
pub struct DataFile {
    files: Files,
    pages: Pages,
    /// `None` for a file on its own, such as a backup, which no rewrite replaces.
    pub(super) generation: Option<u64>,
    pub(super) position: Position,
    /// The position before the first commit.
    start: Position,
    own_anchor: OwnAnchor,
    ahead: Ahead,
    checks: Checks,
    contents: Contents,
    trust: Trust,
    changes: u32,
    copied: Option<Copied>,
    /// Number of the parts that may still be read one by one, while much is new.
    parts_left: Option<u64>,
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
        data.scan(known.end, Check::Quick)?;
        Ok((data.position == *known).then_some(data))
    }

    /// Reads a file with the items of an earlier position of this process.
    pub fn as_of(
        file: Arc<dyn DiskFile>,
        generation: Option<u64>,
        position: &Position,
    ) -> Result<Self> {
        let mut data = Self::new(file, generation)?;
        data.scan(position.end, Check::Quick)?;
        match data.position.checksum == position.checksum {
            true => Ok(data),
            false => Err(Error::Untrusted),
        }
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
            start: position,
            own_anchor: OwnAnchor::default(),
            ahead: Ahead::default(),
            checks: Checks::default(),
            contents,
            trust: Trust::default(),
            changes: 0,
            copied: None,
            parts_left: None,
            begins_empty: position == Position::START,
            folders_synced: false,
        })
    }

    /// Returns the position before the first commit: after the checkpoint, if there is one.
    pub fn start(&self) -> &Position {
        &self.start
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

    /// Goes on with another descriptor of the same file, which is a newcomer.
    pub(super) fn replace_descriptor(&mut self, file: Arc<dyn DiskFile>) {
        self.files.replace_current(file);
        self.trust = Trust::default();
        self.checks = Checks::default();
        self.ahead.forget();
    }

    /// Forgets what syncs of this instance have put on disk.
    pub(super) fn forget_syncs(&mut self) {
        let claims = &mut self.contents.claims;
        claims.synced = claims.claimed;
        self.folders_synced = false;
    }

    /// Returns true if the descriptor has not vouched since it was opened.
    pub fn is_newcomer(&self) -> bool {
        self.trust.is_newcomer()
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
    pub fn read_on(&mut self, check: Check) -> Result<End> {
        if check == Check::Quick
            && let Some(rest) = self
                .own_anchor
                .rest(&**self.files.current(), &self.position)?
        {
            self.ahead.learn(rest);
            return Ok(End::OfLog(rest));
        }
        self.scan(u64::MAX, check)
    }

    /// Reads some of very much that may be new. Returns true if commits were read, and more may
    /// follow; otherwise `read_on` must read on. It must also after twice as many parts as were new at
    /// first: others may write faster than the parts are read.
    pub fn read_some(&mut self, check: Check) -> Result<bool> {
        const MOST: u64 = 1 << 20;
        let end = self.position.end + MOST;
        let file = self.files.current();
        let length = file.status()?.length;
        let new = length.saturating_sub(self.position.end);
        let left = self.parts_left.unwrap_or(new.div_ceil(MOST) * 2);
        if length <= end || left == 0 {
            return Ok(false);
        }
        self.parts_left = Some(left - 1);
        let before = self.position.commit;
        // The part ends anywhere in a line, so nothing is known of the rest.
        let found = log::scan(&**file, &mut self.position, end, check, &mut self.contents);
        self.contents.end_stretch();
        let has_read = self.position.commit != before;
        if has_read {
            self.changes = self.changes.wrapping_add(1);
        }
        Ok(found? != End::Replaced && !self.contents.is_lost() && has_read)
    }

    /// Looks for news, mostly with one small read. `true` if there may be some: then read on.
    pub fn may_have_news(&mut self) -> Result<bool> {
        if self.check_of_look() == Check::Full {
            return Ok(true);
        }
        let rest = self.tail().look()?;
        if let Some(rest) = rest {
            self.ahead.learn(rest);
        }
        Ok(rest.is_none())
    }

    /// Chooses the check of a look.
    pub fn check_of_look(&self) -> Check {
        self.checks.of_look(Instant::now())
    }

    /// Reads on at the beginning of a turn.
    pub fn read_in_turn(&mut self, _held: &Held) -> Result<End> {
        self.read_on(self.checks.of_turn(Instant::now(), &self.trust))
    }

    /// Reads on, but not past the offset `end`, which must be the end of a valid line.
    fn scan(&mut self, end: u64, check: Check) -> Result<End> {
        self.parts_left = None;
        let before = self.position.commit;
        let file = self.files.current();
        let found = log::scan(&**file, &mut self.position, end, check, &mut self.contents);
        self.contents.end_stretch();
        if self.position.commit != before {
            self.changes = self.changes.wrapping_add(1);
        }
        let found = found?;
        if self.contents.is_lost() {
            return Ok(End::Replaced);
        }
        if let End::OfLog(rest) = found {
            self.ahead.learn(rest);
            if check == Check::Full {
                self.checks.passed(Instant::now());
            }
        }
        Ok(found)
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

    /// Returns true if there is an index.
    pub fn has_index(&self) -> bool {
        self.contents.has_index()
    }

    /// Drops the index, and keeps none from now on.
    pub fn stop_indexing(&mut self) {
        self.contents.stop_indexing();
    }

    /// Hands over the index, for a store that is no longer used. Dropping it may take a while.
    pub fn take_index(&mut self) -> Cleared {
        self.contents.index.clear()
    }

    /// Takes the index, for a store that is no longer used.
    pub fn take_items(&mut self) -> Index {
        std::mem::take(&mut self.contents.index)
    }

    /// Hands over the indexes that were cleared. Dropping them may take a while.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        self.contents.take_cleared()
    }

    /// Makes the change of an item line, which counts once its commit is valid.
    pub fn change(&self, item: &Item, place: Place) -> Change {
        self.contents.change(item, place)
    }

    /// Lists present items in the order of their keys.
    pub fn list(&mut self, choice: &Choice, which: Which) -> Listing {
        self.contents.list(self.files.clone(), choice, which)
    }

    /// Makes a listing of no items, which can visit those of given entries.
    pub fn list_none(&self) -> Listing {
        self.contents.list_none(self.files.clone())
    }

    /// Lists all items for a copy of them.
    pub fn list_for_copy(&mut self) -> Listing {
        self.contents.list_for_copy(self.files.clone())
    }

    /// Lists present items in the order of the index.
    pub fn list_by_slot(&self, which: Which) -> Listing {
        self.contents.list_by_slot(self.files.clone(), which)
    }
}
