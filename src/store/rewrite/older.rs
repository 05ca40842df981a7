//! Older data files beside the newest: mostly a rewrite that was killed left them, and they hold nothing that the newest does not.
//!
//! If one of them holds more, something else has put the newest file there, such as an outdated copy: that is damage, and
//! nothing is removed. Repair puts together what all of them hold.

use crate::disk::{DiskFile, Folder};
use crate::error::{Error, Result};
use crate::log::{self, Position};
use crate::names;
use crate::store::data::{Contents, DataFile};
use std::io::ErrorKind;
use std::sync::Arc;

/// Tells of a file that shadows older ones without holding what they do. Every rewrite begins with a checkpoint: a file that has none,
/// and is not the first, was never made by one.
pub(in crate::store) fn check_beginning(folder: &dyn Folder, data: &DataFile) -> Result<()> {
    match older_generations(folder, data)?.first() {
        Some(older) if data.begins_empty() => Err(shadows(data, *older)),
        _ => Ok(()),
    }
}

/// The same for a file that has been read to its end: reports an older one that shows newer commits. A rewrite has its name only
/// once all commits of the file before it are in it and on disk.
pub(in crate::store) fn check_end(folder: &dyn Folder, data: &DataFile) -> Result<()> {
    for number in older_generations(folder, data)? {
        let file = match folder.open_read_only(&names::data_file(number)) {
            // Whoever made the newest file has removed this one meanwhile.
            Err(error) if error.is_not_found() => continue,
            // Another user's, which tells nothing here.
            Err(error) if error.is(ErrorKind::PermissionDenied) => continue,
            opened => opened?,
        };
        if newest_commit(file, number)? > data.position.commit {
            return Err(shadows(data, number));
        }
    }
    Ok(())
}

/// The newest commit that a file holds, or shows to have been on disk.
fn newest_commit(file: Arc<dyn DiskFile>, number: u64) -> Result<u64> {
    let begun = DataFile::begin(file.clone(), Some(number), Contents::without_index());
    let position = match begun {
        Ok(mut data) => {
            data.read_on()?;
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
