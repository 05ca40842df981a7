//! Lock files: making them, their content, and telling a store's from a stranger's.
//!
//! The owner of a folder can move any file of the machine to a lock's name, and root would lock and
//! write it like any other. So nothing is changed in a file that was not made by this very call,
//! unless it holds text that a store writes into a lock.

use super::holder::{DETAILS, HOLDER_LENGTH, Holder, LONGEST, parse};
use crate::disk::{DiskFile, Folder, Made};
use crate::error::{Error, Result};
use std::sync::Arc;

/// The length of the change counter, which follows in the writer lock.
const COUNTER_LENGTH: usize = 4;
/// The bytes by which a lock file is told from a stranger's.
const TELLING: usize = HOLDER_LENGTH + DETAILS.len();

/// Reads the holder that a lock file names, if it names one.
pub fn holder(file: &dyn DiskFile) -> Option<Holder> {
    let mut text = vec![0; LONGEST];
    let read = file.read_at(0, &mut text).ok()?;
    parse(text.get(..read)?)
}

/// Opens a lock file, made if it is missing.
pub fn open_or_create(folder: &dyn Folder, name: &str, mode: u32) -> Result<Arc<dyn DiskFile>> {
    match folder.open_or_create(name, mode)? {
        (file, Made::Now) => Ok(file),
        (file, Made::Before) => checked(file),
    }
}

/// Opens a lock file that exists.
pub fn open(folder: &dyn Folder, name: &str) -> Result<Arc<dyn DiskFile>> {
    checked(folder.open(name)?)
}

/// Opens a lock file as [`open_or_create`] does, to write it.
pub fn open_to_write(folder: &dyn Folder, name: &str, mode: u32) -> Result<Arc<dyn DiskFile>> {
    let (file, made) = folder.open_or_create(name, mode)?;
    if made == Made::Now {
        // Marks it as a store's from now on, also for users who do not own the folder. On a full
        // disk the first turn does so.
        let _ = file.write_at(0, &[0; HOLDER_LENGTH]);
        return Ok(file);
    }
    let file = checked(file)?;
    match may_write(folder, &*file)? {
        true => Ok(file),
        false => Err(foreign(
            &*file,
            "it is empty, and belongs to another user than its folder does",
        )),
    }
}

/// Tells if the holder may be written into a lock file that was opened here. An empty file could be
/// anybody's.
pub fn may_write(folder: &dyn Folder, file: &dyn DiskFile) -> Result<bool> {
    let status = file.status()?;
    Ok(status.length > 0 || folder.may_write(&status)?)
}

/// Lets a file pass that is empty, or holds text that a store writes there.
fn checked(file: Arc<dyn DiskFile>) -> Result<Arc<dyn DiskFile>> {
    let mut bytes = [0; TELLING];
    let length = file.read_at(0, &mut bytes)?;
    match is_of_a_lock(bytes.get(..length).unwrap_or_default()) {
        true => Ok(file),
        false => Err(foreign(&*file, "it holds what no store writes into a lock")),
    }
}

fn foreign(file: &dyn DiskFile, reason: &'static str) -> Error {
    Error::Foreign {
        path: file.path().to_path_buf(),
        reason,
    }
}

/// Tells if a store writes these bytes into a lock. A part of the holder is enough: a process may
/// have been killed while it wrote it. So are zeros in place of the rest: counting in a file that
/// was cut off leaves them. After the holder come the counter, or the holder's second line.
fn is_of_a_lock(bytes: &[u8]) -> bool {
    let (holder, rest) = bytes.split_at(bytes.len().min(HOLDER_LENGTH));
    let zeros = holder.iter().rev().take_while(|byte| **byte == 0).count();
    let written = holder.get(..holder.len() - zeros).unwrap_or_default();
    let is_rest = rest.len() <= COUNTER_LENGTH || DETAILS.starts_with(rest);
    is_rest && is_holder(written)
}

/// Tells if a text is one of [`holder::line`](super::holder::line), or the beginning of one.
fn is_holder(text: &[u8]) -> bool {
    let (line, end) = text.split_at(text.len().min(HOLDER_LENGTH - 1));
    let mut rest = line;
    for literal in [&b"{\"pid\":"[..], b",\"since\":", b"}"] {
        match rest.strip_prefix(literal) {
            Some(after) => rest = after_digits(after),
            None => return end.is_empty() && literal.starts_with(rest),
        }
    }
    rest.iter().all(|byte| *byte == b' ') && matches!(end, b"" | b"\n")
}

fn after_digits(text: &[u8]) -> &[u8] {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.get(digits..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{HOLDER_LENGTH, is_of_a_lock};
    use crate::disk::LockMode;
    use crate::lock::holder::{line, text};

    #[test]
    fn text_of_a_store_is_known_as_a_locks() {
        let holder = line().into_bytes();
        assert_eq!(holder.len(), HOLDER_LENGTH);
        let counted = |holder: &[u8]| [holder, &[0, 10, 255, 1]].concat();
        let mut of_lease = text(Some("\"a\""), LockMode::Exclusive).into_bytes();
        of_lease.truncate(super::TELLING);
        for whole in [counted(&holder), counted(&[0; HOLDER_LENGTH]), of_lease] {
            for length in 0..=whole.len() {
                let own = &whole[..length];
                assert!(is_of_a_lock(own), "{own:?}");
            }
        }
    }

    #[test]
    fn text_that_was_cut_off_and_counted_in_is_known_too() {
        let holder = line().into_bytes();
        for length in 0..=HOLDER_LENGTH {
            let mut bytes = holder[..length].to_vec();
            bytes.resize(HOLDER_LENGTH, 0);
            bytes.extend([1, 2, 3, 4]);
            assert!(is_of_a_lock(&bytes), "cut off at {length}");
        }
    }

    #[test]
    fn other_text_is_not_known() {
        let holder = line().into_bytes();
        let mut without_end = holder.clone();
        without_end[HOLDER_LENGTH - 1] = b' ';
        let mut with_more = holder.clone();
        with_more[HOLDER_LENGTH - 2] = b'x';
        for other in [
            b"\n".to_vec(),
            b"x".repeat(HOLDER_LENGTH),
            b"{".repeat(2),
            b"{\"pid\":1}".to_vec(),
            [&holder[..], b"12345"].concat(),
            without_end,
            with_more,
            [&holder[..], b"\n\n\n\n\n"].concat(),
            [&[0; 10][..], &holder].concat(),
        ] {
            assert!(!is_of_a_lock(&other), "{other:?}");
        }
    }
}
