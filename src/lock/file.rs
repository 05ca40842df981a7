//! Lock files: making them, their content, and telling a store's from a stranger's.
//!
//! The owner of a folder can move any file of the machine to a lock's name, and root would lock and
//! write it like any other. So nothing is changed in a file that was not made by this very call,
//! unless it holds text that a store writes into a lock.

use crate::disk::{DiskFile, Folder, Made};
use crate::error::{Error, Result};
use serde::Deserialize;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The length of the text that names the holder, in bytes.
pub const HOLDER_LENGTH: usize = 64;
/// The length of the change counter, which follows in the writer lock.
const COUNTER_LENGTH: usize = 4;
const LONGEST: usize = HOLDER_LENGTH + COUNTER_LENGTH;

/// Makes the text by which this process names itself to those who wait for it. All are of one
/// length, so that one can be written over another.
pub fn holder() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let pid = std::process::id();
    let since = since.map_or(0, |since| since.as_millis());
    let text = format!("{{\"pid\":{pid},\"since\":{since}}}");
    format!("{text:<width$}\n", width = HOLDER_LENGTH - 1)
}

/// The latest time that a `Date` of JavaScript can be, in milliseconds since 1970.
const LATEST: u64 = 8_640_000_000_000_000;

#[derive(Deserialize)]
struct Holder {
    pid: u32,
    since: u64,
}

/// Reads a text of [`holder`]: the number of the process, and the time since which it has had the
/// lock. `None` for any other text: a stranger may have written anything there.
pub fn parse_holder(text: &str) -> Option<(u32, u64)> {
    let Holder { pid, since } = serde_json::from_str(text).ok()?;
    (since <= LATEST).then_some((pid, since))
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
    let mut bytes = [0; LONGEST + 1];
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
/// was cut off leaves them.
fn is_of_a_lock(bytes: &[u8]) -> bool {
    let (holder, rest) = bytes.split_at(bytes.len().min(HOLDER_LENGTH));
    let zeros = holder.iter().rev().take_while(|byte| **byte == 0).count();
    let written = holder.get(..holder.len() - zeros).unwrap_or_default();
    rest.len() <= COUNTER_LENGTH && is_holder(written)
}

/// Tells if a text is one of [`holder`], or the beginning of one.
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
    use super::{HOLDER_LENGTH, holder, is_of_a_lock, parse_holder};

    #[test]
    fn text_of_a_store_is_known_as_a_locks() {
        let holder = holder().into_bytes();
        assert_eq!(holder.len(), HOLDER_LENGTH);
        let counted = |holder: &[u8]| [holder, &[0, 10, 255, 1]].concat();
        for whole in [counted(&holder), counted(&[0; HOLDER_LENGTH])] {
            for length in 0..=whole.len() {
                let own = &whole[..length];
                assert!(is_of_a_lock(own), "{own:?}");
            }
        }
    }

    #[test]
    fn the_holder_is_read_and_no_other_text() {
        let (pid, since) = parse_holder(&holder()).unwrap();
        assert_eq!(pid, std::process::id());
        assert!(since > 0);
        for other in ["", "{}", "null", r#"{"pid":-1,"since":1}"#] {
            assert_eq!(parse_holder(other), None, "{other}");
        }
        let too_late = r#"{"pid":1,"since":8640000000000001}"#;
        assert_eq!(parse_holder(too_late), None);
    }

    #[test]
    fn text_that_was_cut_off_and_counted_in_is_known_too() {
        let holder = holder().into_bytes();
        for length in 0..=HOLDER_LENGTH {
            let mut bytes = holder[..length].to_vec();
            bytes.resize(HOLDER_LENGTH, 0);
            bytes.extend([1, 2, 3, 4]);
            assert!(is_of_a_lock(&bytes), "cut off at {length}");
        }
    }

    #[test]
    fn other_text_is_not_known() {
        let holder = holder().into_bytes();
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
