//! Finding the current data file: the one of the highest generation. The rename that gives it its
//! name is the switch of a rewrite. Must not know the contents of the file.

use crate::disk::{Disk, DiskFile, Folder};
use crate::error::{Error, Result};
use crate::lease::{Own, Seen, look};
use crate::names;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Tells the generation of the current data file. `None` if there is no data file.
pub fn generation(folder: &dyn Folder) -> Result<Option<u64>> {
    Ok(names::generations(&folder.list()?).pop())
}

/// Names the successor of a data file.
pub fn successor_of(file: &dyn DiskFile, generation: u64) -> Result<String> {
    names::successor(generation).ok_or_else(|| Error::Foreign {
        path: file.path().to_path_buf(),
        reason: "its name has the highest number, so that nothing can take its place",
    })
}

/// The result of opening a path for reading.
#[derive(Debug)]
pub enum Found {
    /// The current data file of a store's folder.
    InFolder(Current),
    /// A file on its own, such as a backup.
    Alone(Arc<dyn DiskFile>),
}

/// The current data file of a store's folder.
#[derive(Debug)]
pub struct Current {
    pub folder: Arc<dyn Folder>,
    pub file: Arc<dyn DiskFile>,
    pub generation: u64,
}

/// Opens the store's own folder in a user's folder.
pub fn open_folder(disk: &dyn Disk, dir: &Path) -> Result<Arc<dyn Folder>> {
    let opened = disk
        .folder(dir)
        .and_then(|folder| folder.subfolder(names::FOLDER));
    opened.map_err(|error| match error.is_not_found() {
        true => no_store(dir),
        false => error,
    })
}

fn no_store(dir: &Path) -> Error {
    Error::NoStore {
        path: dir.join(names::FOLDER),
    }
}

/// Opens for reading the current data file of a folder's store, or the file that `dir` is.
pub fn open(disk: &dyn Disk, dir: &Path) -> Result<Found> {
    let folder = match open_folder(disk, dir) {
        Ok(folder) => folder,
        Err(error) if error.is(ErrorKind::NotADirectory) => {
            return Ok(Found::Alone(disk.open_read_only(dir)?));
        }
        Err(error) => return Err(error),
    };
    loop {
        let Some(found) = generation(&*folder)? else {
            return Err(no_store(dir));
        };
        match folder.open_read_only(&names::data_file(found)) {
            Ok(file) => {
                return Ok(Found::InFolder(Current {
                    folder,
                    file,
                    generation: found,
                }));
            }
            // A rewrite has replaced it meanwhile, or the store was deleted.
            Err(error) if error.is_not_found() && generation(&*folder)? != Some(found) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Lists the locks of a folder's store. A file on its own has none.
pub fn locks(disk: &dyn Disk, dir: &Path) -> Result<Vec<Seen>> {
    match open_folder(disk, dir) {
        Ok(folder) => look(&*folder, &Own::default()),
        Err(error) if error.is(ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Tells the path of the current data file of a folder's store, or of the file that a new store
/// would begin with.
pub fn current_data_file(disk: &dyn Disk, dir: &Path) -> PathBuf {
    let found = open_folder(disk, dir).and_then(|folder| generation(&*folder));
    let name = names::data_file(found.ok().flatten().unwrap_or(1));
    dir.join(names::FOLDER).join(name)
}
