//! The files that killed processes left: temporary files, and data files that have a successor.

use super::lock::RewriteLock;
use crate::disk::Folder;
use crate::error::Result;
use crate::lock::WriterLock;
use crate::names;
use crate::store::Options;
use std::sync::Arc;

/// Removes the files that killed processes left beside the data file of a generation, if nobody can
/// be using them. A store that has been loaded needs none of them, so an error may be ignored.
pub fn remove_leftovers(
    folder: &dyn Folder,
    writer_lock: &Arc<WriterLock>,
    generation: u64,
    options: Options,
) -> Result<()> {
    if leftovers(folder, generation)?.is_empty() {
        return Ok(());
    }
    // I10: temporary files are made under one of the two locks. Under both they are nobody's.
    let Some(rewrites) = RewriteLock::try_take(folder, options)? else {
        return Ok(());
    };
    let Some(_held) = writer_lock.try_acquire()? else {
        return Ok(());
    };
    remove_older_files(folder, &rewrites, generation)?;
    leftovers(folder, generation)?
        .iter()
        .try_for_each(|name| folder.remove(name))
}

fn leftovers(folder: &dyn Folder, generation: u64) -> Result<Vec<String>> {
    let is_leftover = |name: &String| match names::generation(name) {
        Some(other) => other < generation,
        None => names::is_temporary(name),
    };
    let names = folder.list_files()?;
    Ok(names.into_iter().filter(is_leftover).collect())
}

/// Removes the data files before a generation, the lowest first, once the name of that generation
/// is on disk (I9). So a process that has one of them open finds its successor, or misses its own;
/// never its own without a successor.
pub(super) fn remove_older_files(
    folder: &dyn Folder,
    _rewrites: &RewriteLock,
    generation: u64,
) -> Result<()> {
    let mut older = names::generations(&folder.list_files()?);
    older.retain(|other| *other < generation);
    if older.is_empty() {
        return Ok(());
    }
    folder.sync()?;
    older
        .iter()
        .try_for_each(|older| folder.remove(&names::data_file(*older)))
}
