//! Renewal: moving the store to a new file after a failed sync, or when the file system cannot put
//! all of the old file on disk.
//!
//! After a failed sync no descriptor can be trusted to put the file's fresh blocks on disk. ext4
//! keeps a block whose first write failed as *unwritten*, even when the same bytes are written
//! again and synced without error, and reads it as zeros after the next mount. A new file has no
//! such blocks. So a renewal is a compaction that must be made.

use super::compaction::Compaction;
use super::lock::RewriteLock;
use super::space::Space;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::store::{Options, Progress, current};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The most attempts of a renewal, if other rewrites replace the file.
const ATTEMPTS: usize = 3;

/// Moves the store of a folder from the data file of a generation to a successor, unless another
/// process has done so. Then all valid commits of the old file are on disk. Waits for other
/// rewrites, up to the limit of the options.
pub fn renew(disk: &Arc<dyn Disk>, dir: &Path, options: Options, generation: u64) -> Result<()> {
    let folder = current::open_folder(&**disk, dir)?;
    let mut attempt = 1;
    loop {
        let lock = RewriteLock::take(&*folder, options)?;
        if current::generation(&*folder)? != Some(generation) {
            // The successor was synced before it got its name (I9), but the name may not be on disk
            // yet.
            return folder.sync().map_err(as_refusal);
        }
        let renewed = Compaction::under(
            lock,
            disk.clone(),
            dir,
            options,
            None,
            Space::without_reserve,
        )
        .and_then(|compaction| compaction.run(&Progress::default()));
        match renewed {
            Err(error) if error.needs_reopening() && attempt < ATTEMPTS => attempt += 1,
            other => return other.map_err(as_refusal),
        }
    }
}

/// Makes the error for callers that have committed nothing yet, so that none of their changes is in
/// doubt.
fn as_refusal(error: Error) -> Error {
    match error {
        Error::SyncFailed { path, source } => Error::Io {
            operation: "move the store to a new file, as it must be after a failed sync: could not sync",
            path,
            source,
        },
        other => other,
    }
}

/// Makes the error for callers whose commit is in the file, and cannot be put on disk.
pub fn as_failed_sync(error: Error, path: &Path) -> Error {
    let source = match &error {
        Error::SyncFailed { .. } => return error,
        Error::Io { source, .. } => source.clone(),
        other => Arc::new(io::Error::other(other.to_string())),
    };
    Error::SyncFailed {
        path: path.to_path_buf(),
        source,
    }
}
