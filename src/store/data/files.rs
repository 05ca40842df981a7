//! The files that an index leads into: the one that holds, and those that rewrites have taken its place from while this
//! instance had it open.
//!
//! What was read from an older file stays where it lies: its name is gone, its bytes are not while it is open. All files
//! together are one space of offsets, each beginning where the one before ended.

use crate::disk::DiskFile;
use crate::log::Place;
use std::sync::Arc;

#[derive(Debug, Clone)]
struct Part {
    file: Arc<dyn DiskFile>,
    /// The offset in the common space at which it begins.
    base: u64,
}

/// The files, oldest first.
#[derive(Debug, Clone)]
pub struct Files {
    older: Vec<Part>,
    current: Part,
}

impl Files {
    /// One file.
    pub fn new(file: Arc<dyn DiskFile>) -> Self {
        Files {
            older: Vec::new(),
            current: Part { file, base: 0 },
        }
    }

    /// The file that holds.
    pub fn current(&self) -> &Arc<dyn DiskFile> {
        &self.current.file
    }

    /// Where that one begins in the common space.
    pub fn base(&self) -> u64 {
        self.current.base
    }

    /// Whether there is none but that one.
    pub fn is_one(&self) -> bool {
        self.older.is_empty()
    }

    /// Lets the older files go, into which nothing leads any more. To drop them may take a while, since the system may have to
    /// free what they held.
    pub fn take_older(&mut self) -> Vec<Arc<dyn DiskFile>> {
        self.older.drain(..).map(|part| part.file).collect()
    }

    /// Goes over to another file. `end` is where the present one ends.
    pub fn push(&mut self, file: Arc<dyn DiskFile>, end: u64) {
        let base = self.current.base + end;
        let older = std::mem::replace(&mut self.current, Part { file, base });
        self.older.push(older);
    }

    /// The file that a place lies in, and the place in that file.
    pub fn locate(&self, place: &Place) -> (&Arc<dyn DiskFile>, Place) {
        let holds = |part: &&Part| part.base <= place.offset;
        let part = [&self.current]
            .into_iter()
            .chain(self.older.iter().rev())
            .find(holds)
            .unwrap_or(&self.current);
        let offset = place.offset - part.base;
        (&part.file, Place { offset, ..*place })
    }
}
