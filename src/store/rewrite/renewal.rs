//! Renewal: a store leaves a file whose sync has failed, or of which not all can be put on disk, for a new one.
//!
//! After a failed sync no descriptor of the file can be trusted to put its fresh blocks on disk: ext4 keeps a block whose first
//! write failed as *unwritten*, also when the same bytes are written again and synced without error, and reads it as zeros once
//! the file system has been mounted again. A new file has no such blocks. So a renewal is a compaction that must be done.

use super::compaction::Compaction;
use super::lock::RewriteLock;
use super::space::Space;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::store::{Options, Progress, current};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// How often a renewal begins again because another process has replaced the files meanwhile.
const ATTEMPTS: usize = 3;

/// Moves the store of a folder from the data file of a number to the next one, unless another process has done so already. All
/// that stood in the old file is on disk then. Waits for other rewrites, as long as the options allow.
pub fn renew(disk: &Arc<dyn Disk>, dir: &Path, options: Options, generation: u64) -> Result<()> {
    let folder = current::open_folder(&**disk, dir)?;
    let mut attempt = 1;
    loop {
        let lock = RewriteLock::take(&*folder, options)?;
        if current::generation(&*folder)? != Some(generation) {
            // The new file was synced before it had its name; the name itself may not be on disk yet.
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

/// The error for those who have committed nothing yet: for them no change is in doubt.
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

/// The error for those whose commit is in the file and cannot be put on disk.
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
