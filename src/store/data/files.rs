//! The files that an index refers to: the current one, and those that rewrites have replaced while
//! this instance had them open.
//!
//! Items read from an older file stay in it: its name is gone, but its bytes last while it is open.
//! All files together form one space of offsets, in which each begins where the one before ended.

use crate::disk::DiskFile;
use crate::log::Place;
use std::sync::Arc;

#[derive(Debug, Clone)]
struct Part {
    file: Arc<dyn DiskFile>,
    /// Beginning of the file in the common space.
    base: u64,
}

/// The files, from the oldest to the current one.
#[derive(Debug, Clone)]
pub struct Files {
    older: Vec<Part>,
    current: Part,
}

impl Files {
    /// Begins with one file.
    pub fn new(file: Arc<dyn DiskFile>) -> Self {
        Files {
            older: Vec::new(),
            current: Part { file, base: 0 },
        }
    }

    /// Returns the current file.
    pub fn current(&self) -> &Arc<dyn DiskFile> {
        &self.current.file
    }

    /// Replaces the current file by another descriptor of it.
    pub fn replace_current(&mut self, file: Arc<dyn DiskFile>) {
        self.current.file = file;
    }

    /// Returns the beginning of the current file in the common space.
    pub fn base(&self) -> u64 {
        self.current.base
    }

    /// Returns true if the current file is the only one.
    pub fn is_one(&self) -> bool {
        self.older.is_empty()
    }

    /// Hands over the older files, to which no entry refers any more. Dropping them may take a
    /// while, since the system may free their blocks.
    pub fn take_older(&mut self) -> Vec<Arc<dyn DiskFile>> {
        self.older.drain(..).map(|part| part.file).collect()
    }

    /// Adds a new current file. `end` is the end of the one before.
    pub fn push(&mut self, file: Arc<dyn DiskFile>, end: u64) {
        let base = self.current.base + end;
        let older = std::mem::replace(&mut self.current, Part { file, base });
        self.older.push(older);
    }

    /// Finds the file of a place in the common space, and the place in that file.
    pub fn locate(&self, place: &Place) -> (&Arc<dyn DiskFile>, Place) {
        let contains = |part: &&Part| part.base <= place.offset;
        let part = [&self.current]
            .into_iter()
            .chain(self.older.iter().rev())
            .find(contains)
            .unwrap_or(&self.current);
        let offset = place.offset - part.base;
        (&part.file, Place { offset, ..*place })
    }
}
