//! Long stretches of files, read a part at a time: a stretch may be longer than memory, and on
//! 32-bit machines longer than a `usize` can tell.

use super::{DiskFile, NewFile};
use crate::error::Result;
use std::ops::Range;

/// Bytes copied at once.
const COPIED_AT_ONCE: usize = 1 << 20;

/// Returns the number of bytes to read next, of those that are left: at most `most`.
pub fn next_part(left: u64, most: usize) -> usize {
    // The conversion comes before the comparison: `left as usize` would drop the upper half of
    // 64 bits on a 32-bit machine, so that a part of a stretch of 4 GB has no bytes.
    usize::try_from(left).map_or(most, |left| left.min(most))
}

/// Appends a stretch of a file to a new one. Ends early where the file does.
pub fn append_stretch(
    file: &dyn DiskFile,
    stretch: &Range<u64>,
    new: &mut dyn NewFile,
) -> Result<()> {
    let mut offset = stretch.start;
    let mut bytes = Vec::new();
    while offset < stretch.end {
        bytes.resize(next_part(stretch.end - offset, COPIED_AT_ONCE), 0);
        let read = file.read_at(offset, &mut bytes)?;
        if read == 0 {
            break;
        }
        new.append(bytes.get(..read).unwrap_or_default())?;
        offset += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::next_part;

    #[test]
    fn a_part_of_a_long_stretch_is_never_empty() {
        for (left, part) in [
            (0, 0),
            (5, 5),
            (10, 10),
            (11, 10),
            (1 << 32, 10),
            ((1 << 32) + 5, 10),
            (u64::MAX, 10),
        ] {
            assert_eq!(next_part(left, 10), part, "{left}");
        }
    }
}
