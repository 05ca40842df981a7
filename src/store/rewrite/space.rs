//! Room on the disk for a rewrite: looked at before it begins and while it is written, so that it never fills the disk.
//!
//! A rewrite that fails for want of room has kept others from writing meanwhile, for nothing.

use crate::disk::Folder;
use crate::error::{Error, Result};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// What a file of no items takes.
const EMPTY: u64 = 1 << 10;
/// The lines that end pieces take less than this part of what they end.
const PIECE_LINES: u64 = 256;
/// The part of what a rewrite takes that stays free for others.
const RESERVED: u64 = 4;
/// The most that stays free for others.
const LARGEST_RESERVE: u64 = 64 << 20;

/// The room that a rewrite takes.
#[derive(Debug)]
pub(super) struct Space {
    bytes: u64,
    /// The bytes that stay free for others.
    reserve: u64,
}

impl Space {
    /// Of a file with item lines of so many bytes.
    pub fn of(items: u64) -> Self {
        let space = Self::without_reserve(items);
        let reserve = (space.bytes / RESERVED).min(LARGEST_RESERVE);
        Space { reserve, ..space }
    }

    /// The same for a rewrite that must be made before others can write at all.
    pub fn without_reserve(items: u64) -> Self {
        Space {
            bytes: EMPTY + items + items / PIECE_LINES,
            reserve: 0,
        }
    }

    /// Tells whether there is so much room beside the old file, and some for others. What cannot be told is tried.
    pub fn is_there(&self, folder: &dyn Folder) -> bool {
        let free = folder.free_space().ok().flatten();
        free.is_none_or(|free| free >= self.bytes + self.reserve)
    }

    /// Tells whether there is room now, but less than so many bytes besides: later there may be none.
    pub fn is_scarce(&self, folder: &dyn Folder, besides: u64) -> bool {
        let free = folder.free_space().ok().flatten();
        let least = self.bytes + self.reserve;
        free.is_some_and(|free| (least..least + besides).contains(&free))
    }

    /// Begins a rewrite: an error if there is no room for it. `path` is the file that it takes the place of.
    pub fn claim(&self, folder: &Arc<dyn Folder>, path: &Path) -> Result<Room> {
        if !self.is_there(&**folder) {
            let (bytes, reserve) = (self.bytes, self.reserve);
            let reason = format!(
                "it takes {bytes} bytes beside the old file, and {reserve} more are to stay free: make room on the disk"
            );
            return Err(refused(path, reason));
        }
        Ok(Room {
            folder: folder.clone(),
            least: self.reserve / 2,
        })
    }
}

/// The room of a rewrite under way.
#[derive(Debug)]
pub(super) struct Room {
    folder: Arc<dyn Folder>,
    /// What must stay free for others.
    least: u64,
}

impl Room {
    /// Looks again, before more is written: others may have taken what was there.
    pub fn check(&self, path: &Path) -> Result<()> {
        match self.folder.free_space() {
            Ok(Some(free)) if free < self.least => {
                let reason = format!("only {free} bytes are free now: make room on the disk");
                Err(refused(path, reason))
            }
            _ => Ok(()),
        }
    }
}

fn refused(path: &Path, reason: String) -> Error {
    Error::Io {
        operation: "write a new file for",
        path: path.to_path_buf(),
        source: Arc::new(io::Error::new(ErrorKind::StorageFull, reason)),
    }
}
