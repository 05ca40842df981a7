//! The folders that lead to a store's data file: making them, and putting their names on disk.
//!
//! Whatever process made a folder, a power cut may take it back until its parent was synced. How far
//! up must a store sync before it acknowledges anything? Two rules make the answer short:
//!
//! - Before a store makes a folder in another, it syncs the parent of that other. So a folder with
//!   folders in it, if a store put them there, has its own name on disk. An empty one may have been
//!   made by a process that was killed before it synced the parent.
//! - The last three names, of the data file, of the store's own folder and of the user's, are synced
//!   by the first sync of each process that opens the store. So the store's own folder is the one
//!   exception: it says nothing about the folder that it is in.
//!
//! Must not know files.

use crate::disk::{Disk, parent};
use crate::error::Result;
use crate::names;
use std::path::Path;

/// Creates the user's folder, and those above it that are missing.
pub fn create(disk: &dyn Disk, dir: &Path, mode: u32) -> Result<()> {
    if disk.has_folder(dir)? {
        return Ok(());
    }
    prepare(disk, parent(dir), mode)?;
    disk.create_folder(dir, mode)
}

/// Makes a folder ready for a folder in it: creates it if it is missing, and puts its own name on
/// disk unless that was done before it got a folder.
fn prepare(disk: &dyn Disk, folder: &Path, mode: u32) -> Result<()> {
    let above = parent(folder);
    if !disk.has_folder(folder)? {
        prepare(disk, above, mode)?;
        disk.create_folder(folder, mode)?;
    } else if !disk.is_empty_except(folder, names::FOLDER) {
        return Ok(());
    }
    disk.sync_folder(above)
}

/// Puts the names of the user's folder and of the store's own folder on disk.
pub fn sync(disk: &dyn Disk, dir: &Path) -> Result<()> {
    let dir = &*disk.real_path(dir);
    disk.sync_folder(dir)?;
    match parent(dir) {
        above if above == dir => Ok(()),
        above => disk.sync_folder(above),
    }
}
