//! Taking names and giving them, while others have the files open.
//!
//! NTFS and ReFS can take the name of an open file at once, or give it to another, as POSIX has it.
//! Elsewhere, as on FAT and network shares, a deleted file keeps its name until everybody has closed
//! it, and the name of an open file cannot be given away; but an open file can be renamed. So there
//! a file is first renamed to a temporary name in its folder.

use super::system::{self, is_one_of};
use crate::names::{TEMPORARY_LENGTH, TEMPORARY_PREFIX, TEMPORARY_SUFFIX};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION};
use windows_sys::Win32::Storage::FileSystem::{DELETE, FILE_FLAG_OPEN_REPARSE_POINT};

/// The refusals of a file that another program has opened for a moment, or that another process is
/// deleting: its name is free once that one has closed it. Windows gives the first one for many other
/// reasons too.
pub const SCANNED: [u32; 2] = [ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION];
/// The last pause before an operation is refused. Each is twice as long as the one before, so all
/// together last about 130 ms.
const LONGEST_PAUSE: Duration = Duration::from_millis(64);
/// The most attempts to replace a file while others replace it too.
const MOST_ATTEMPTS: u32 = 8;
/// The most characters of a name.
const LONGEST_NAME: usize = 255;

/// Acts, again and again for a while, until no other program is in the way.
pub fn while_scanned<T>(refusals: &[u32], mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut pause = Duration::from_millis(1);
    loop {
        match act() {
            Err(error) if is_one_of(&error, refusals) && pause <= LONGEST_PAUSE => {
                std::thread::sleep(pause);
                pause *= 2;
            }
            acted => return acted,
        }
    }
}

/// Removes a file, whose name is free at once.
pub fn remove(path: &Path) -> io::Result<()> {
    while_scanned(&SCANNED, || {
        let mut options = OpenOptions::new();
        options
            .access_mode(DELETE)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        let is_deleted = system::delete(&options.open(path)?).is_ok();
        match is_deleted {
            true => Ok(()),
            false => move_aside(path).map(delete_aside),
        }
    })
}

/// Renames a file in its folder, and replaces a file that has the name.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        match while_scanned(&SCANNED, || rename_over(from, to)) {
            Err(error) if is_one_of(&error, &SCANNED) && attempt < MOST_ATTEMPTS => attempt += 1,
            renamed => return renamed,
        }
        if replace(from, to)? {
            return Ok(());
        }
    }
}

/// Replaces a file that others have open. Returns `false` if another rename to the same name was in
/// the way. A kill in between leaves the file that was replaced under a temporary name.
fn replace(from: &Path, to: &Path) -> io::Result<bool> {
    let aside = match move_aside(to) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        aside => aside?,
    };
    let renamed = rename_over(from, to);
    // Gives the name back, unless yet another rename has taken it: that file is newer.
    let is_back = renamed.is_err() && system::rename_if_free(&aside, to).is_ok();
    if !is_back && (renamed.is_ok() || to.exists()) {
        delete_aside(aside);
    }
    match renamed {
        Err(error) if is_one_of(&error, &SCANNED) => Ok(false),
        renamed => renamed.map(|()| true),
    }
}

fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    match to.is_dir() {
        true => Err(ErrorKind::IsADirectory.into()),
        false => fs::rename(from, to),
    }
}

/// Renames a file to a temporary name in its folder.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let moved = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .suffix(TEMPORARY_SUFFIX)
        .rand_bytes(TEMPORARY_LENGTH)
        .disable_cleanup(true)
        .make_in(path.parent().unwrap_or(path), |aside| {
            match aside.exists() {
                true => Err(ErrorKind::AlreadyExists.into()),
                false => fs::rename(path, aside),
            }
        })?;
    Ok(moved.path().to_path_buf())
}

/// Deletes a file that was moved aside. If that fails, it goes as the files do that a killed process
/// has left.
fn delete_aside(aside: PathBuf) {
    let _ = fs::remove_file(aside);
}

/// Makes the error of a name that is too long one: Windows says that there is no such path.
pub fn clear_error(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    let is_too_long = path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name.encode_utf16().count() > LONGEST_NAME
    });
    move |error| match error.kind() {
        ErrorKind::NotFound if is_too_long => ErrorKind::InvalidFilename.into(),
        _ => error,
    }
}
