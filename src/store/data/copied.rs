//! How a rewritten file was copied from the one before it.

/// How a rewritten file was copied from the one before: its checkpoint holds an item each of what that had led to at one moment, and
/// what was committed between that and the switch follows byte for byte.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    /// Where the bytes begin that were copied as they are, in the common space of offsets.
    pub begin_before: u64,
    /// Where their copy begins in the new file.
    pub begin: u64,
    /// Where it ends, as far as it was known when the file was followed.
    pub end: u64,
}

impl Copied {
    /// Whether the line at an offset of the new file is the copy of the one at an offset of the common space, given that their
    /// keys and bytes are the same.
    pub fn is_copy(&self, from: u64, to: u64) -> bool {
        match to.checked_sub(self.begin) {
            Some(at) => self.begin_before + at == from,
            None => from < self.begin_before,
        }
    }
}
