//! Following to the successor of the data file with the index, and relocating its entries there.

use super::DataFile;
use super::copied::Copied;
use super::pages::Pages;
use super::trust::Trust;
use crate::disk::DiskFile;
use crate::error::Result;
use crate::index::KeyHash;
use crate::log::{self, Check, End, Place};
use std::sync::Arc;

impl DataFile {
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
        self.start = checkpoint;
        self.trust = Trust::default();
        self.folders_synced = false;
        self.copied = None;
        if self.read_on(Check::Full)? == End::Replaced {
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
}
