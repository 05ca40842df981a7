//! The rest of a data file, after its last valid line.
//!
//! While a store is open it is *room*: spaces, which the next commits overwrite. A crash leaves
//! parts of a commit there, and NULs where it lengthened the file and wrote nothing. Must not judge
//! those parts (`tail` does).

use crate::disk::DiskFile;
use crate::error::Result;

/// Bytes of the rest that a quick check reads, if there are as many: a sector, the least of a write
/// that a disk loses.
pub const LOOKED_AT: usize = 512;
/// Bytes searched first at the end of a file, and then at once.
const SEARCHED_FIRST: u64 = 4 << 10;
const SEARCHED_AT_ONCE: u64 = 64 << 10;

/// The thoroughness with which the rest of a file is checked.
///
/// I11: spaces can hide commits. A power cut keeps any of the sectors that were being written, and
/// damage may turn the first byte of a commit into a space. So whoever meets a file after a crash
/// must check all of the rest. While the machine runs, a commit shows by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The rest counts as room if its beginning is.
    Quick,
    /// Every byte of the rest is read.
    Full,
}

/// The rest of a file without a tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// The file ends with the log.
    Nothing,
    /// Room, of which only the beginning was read.
    Room,
    /// Room up to an offset, the end of the file.
    RoomUpTo(u64),
}

impl Rest {
    /// Recognizes the rest by its beginning, of at least [`LOOKED_AT`] bytes if there are as many.
    /// `None` if there are other bytes than spaces.
    pub fn of_beginning(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [] => Some(Rest::Nothing),
            _ => is_room(bytes).then_some(Rest::Room),
        }
    }
}

/// Returns true if all of the bytes are spaces.
pub fn is_room(bytes: &[u8]) -> bool {
    // Without a branch for each byte, several are compared at once.
    let differs = |part: &[u8]| part.iter().fold(0, |bits, byte| bits | (byte ^ b' '));
    bytes.chunks(256).all(|part| differs(part) == 0)
}

/// Cuts the spaces and NULs from the end of the bytes.
fn without_blanks(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rposition(|byte| !matches!(byte, b' ' | 0));
    bytes.get(..last.map_or(0, |at| at + 1)).unwrap_or_default()
}

/// Cuts blanks from a line without an LF, the last one of a file: room, and NULs that a crash left,
/// belong to no line.
pub fn without_rest(line: &[u8]) -> &[u8] {
    match line.ends_with(b"\n") {
        true => line,
        false => without_blanks(line),
    }
}

/// Finds the end of the data after an offset: of the last byte that is neither a space nor NUL. It
/// lies before the offset if the file is shorter.
pub fn data_end(file: &dyn DiskFile, start: u64) -> Result<u64> {
    let mut end = file.status()?.length;
    let mut searched = SEARCHED_FIRST;
    while end > start {
        let from = end.saturating_sub(searched).max(start);
        let mut bytes = vec![0; (end - from) as usize];
        let read = file.read_at(from, &mut bytes)?;
        let found = without_blanks(bytes.get(..read).unwrap_or_default());
        if !found.is_empty() {
            return Ok(from + found.len() as u64);
        }
        end = from;
        searched = SEARCHED_AT_ONCE;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::{Rest, is_room, without_blanks};

    #[test]
    fn room_is_spaces_alone() {
        let mut bytes = vec![b' '; 700];
        assert!(is_room(&bytes));
        for at in 0..bytes.len() {
            for other in [0, b'\n', b'{', b' ' | 0x80] {
                bytes[at] = other;
                assert!(!is_room(&bytes), "{other} at {at}");
            }
            bytes[at] = b' ';
        }
    }

    #[test]
    fn a_rest_is_recognized_by_its_beginning() {
        for (bytes, rest) in [
            (&b""[..], Some(Rest::Nothing)),
            (b"  ", Some(Rest::Room)),
            (b" {", None),
            (b"\0 ", None),
        ] {
            assert_eq!(Rest::of_beginning(bytes), rest, "{bytes:?}");
        }
    }

    #[test]
    fn blanks_are_cut_from_the_end_alone() {
        for (bytes, cut) in [
            (&b""[..], &b""[..]),
            (b" \0 ", b""),
            (b" a \0", b" a"),
            (b"a\n ", b"a\n"),
        ] {
            assert_eq!(without_blanks(bytes), cut, "{bytes:?}");
        }
    }
}
