//! Space on the disk for a rewrite, checked before it begins and while it is written, so that it
//! never fills the disk.
//!
//! A rewrite that fails for want of space would have kept others from writing for nothing.

use crate::disk::Folder;
use crate::error::{Error, Result};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a file without items.
const EMPTY: u64 = 1 << 10;
/// The lines that end pieces take less than one in so many bytes.
const PIECE_LINES: u64 = 256;
/// One in so many bytes of a rewrite stays free for others besides.
const RESERVED: u64 = 4;
/// The most bytes that stay free for others.
const LARGEST_RESERVE: u64 = 64 << 20;

/// The space that a rewrite takes.
#[derive(Debug)]
pub(super) struct Space {
    bytes: u64,
    /// Bytes that stay free for others.
    reserve: u64,
}

impl Space {
    /// Computes the space for item lines of so many bytes.
    pub fn of(items: u64) -> Self {
        let space = Self::without_reserve(items);
        let reserve = (space.bytes / RESERVED).min(LARGEST_RESERVE);
        Space { reserve, ..space }
    }

    /// Computes it for a rewrite that must be made before anybody can write.
    pub fn without_reserve(items: u64) -> Self {
        Space {
            bytes: EMPTY + items + items / PIECE_LINES,
            reserve: 0,
        }
    }

    /// Returns true if there is space beside the old file, and the reserve. `true` if the system
    /// cannot tell.
    pub fn is_there(&self, folder: &dyn Folder) -> bool {
        let free = folder.free_space().ok().flatten();
        free.is_none_or(|free| free >= self.bytes + self.reserve)
    }

    /// Returns true if there is space now, but not for so many bytes more: later there may be none.
    pub fn is_scarce(&self, folder: &dyn Folder, besides: u64) -> bool {
        let free = folder.free_space().ok().flatten();
        let least = self.bytes + self.reserve;
        free.is_some_and(|free| (least..least + besides).contains(&free))
    }

    /// Finds the space for a rewrite of the file at `path`. An error if there is not enough.
    pub fn find(&self, folder: &Arc<dyn Folder>, path: &Path) -> Result<FreeSpace> {
        if !self.is_there(&**folder) {
            let (bytes, reserve) = (self.bytes, self.reserve);
            let reason = format!(
                "it takes {bytes} bytes beside the old file, and {reserve} more are to stay free: make room on the disk"
            );
            return Err(refused(path, reason));
        }
        Ok(FreeSpace {
            folder: folder.clone(),
            least: self.reserve / 2,
        })
    }
}

/// The free space during a rewrite.
#[derive(Debug)]
pub(super) struct FreeSpace {
    folder: Arc<dyn Folder>,
    /// Bytes that must stay free for others.
    least: u64,
}

impl FreeSpace {
    /// Checks again before more is written, since others may have taken the space.
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
