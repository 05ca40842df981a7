//! Older data files beside the current one. Mostly a killed rewrite left them, and they contain
//! nothing more.
//!
//! If one of them has more, a program has put the current file there, such as an outdated copy.
//! That is damage, and nothing is removed: repair merges all of them.

use crate::disk::{DiskFile, Folder};
use crate::error::{Error, Result};
use crate::log::{self, Check, Position};
use crate::names;
use crate::store::data::{Contents, DataFile};
use std::io::ErrorKind;
use std::sync::Arc;

/// Reports a file that hides older ones without having their items: it is not the first, and begins
/// without a checkpoint, so no rewrite made it.
pub(in crate::store) fn check_beginning(folder: &dyn Folder, data: &DataFile) -> Result<()> {
    match older_generations(folder, data)?.first() {
        Some(older) if data.begins_empty() => Err(shadows(data, *older)),
        _ => Ok(()),
    }
}

/// Reports a file, read to its end, beside an older one with newer commits. A rewrite gets its name
/// only when all commits of the file before are in it and on disk (I9).
pub(in crate::store) fn check_end(folder: &dyn Folder, data: &DataFile) -> Result<()> {
    for number in older_generations(folder, data)? {
        let file = match folder.open_read_only(&names::data_file(number)) {
            // Whoever made the current file has removed this one meanwhile.
            Err(error) if error.is_not_found() => continue,
            // It belongs to another user, and tells nothing here.
            Err(error) if error.is(ErrorKind::PermissionDenied) => continue,
            opened => opened?,
        };
        if newest_commit(file, number)? > data.position.commit {
            return Err(shadows(data, number));
        }
    }
    Ok(())
}

/// Finds the newest commit that a file contains, or claims to be on disk.
fn newest_commit(file: Arc<dyn DiskFile>, number: u64) -> Result<u64> {
    let begun = DataFile::begin(file.clone(), Some(number), Contents::without_index());
    let position = match begun {
        Ok(mut data) => {
            data.read_on(Check::Full)?;
            data.position
        }
        Err(Error::Corrupt { .. }) => Position {
            end: 0,
            ..Position::START
        },
        Err(error) => return Err(error),
    };
    let tail = log::inspect_tail(&*file, &position)?;
    Ok(position.commit.max(tail.claimed))
}

fn older_generations(folder: &dyn Folder, data: &DataFile) -> Result<Vec<u64>> {
    let Some(generation) = data.generation else {
        return Ok(Vec::new());
    };
    let mut older = names::generations(&folder.list_files()?);
    older.retain(|other| *other < generation);
    Ok(older)
}

fn shadows(data: &DataFile, older: u64) -> Error {
    Error::Corrupt {
        path: data.file().path().to_path_buf(),
        line: 1,
        reason: format!(
            "the file does not go on from {}, which is still there",
            names::data_file(older)
        ),
    }
}
