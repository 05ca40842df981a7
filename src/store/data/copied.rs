//! The correspondence between a data file and its successor, by which entries are relocated.

/// The layout of a successor: its checkpoint has one line for each item of one moment; the commits
/// between that moment and the switch follow byte for byte.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    /// Beginning of the bytes that were copied unchanged, in the common space of offsets.
    pub begin_before: u64,
    /// Beginning of their copy, in the successor.
    pub begin: u64,
    /// End of the copy that was known when the successor was followed.
    pub end: u64,
}

impl Copied {
    /// Returns true if the line at offset `to` of the successor is the copy of the line at `from`
    /// in the common space, given that both have the same key and bytes. So an entry never moves to
    /// an older line that happens to be the same.
    pub fn is_copy(&self, from: u64, to: u64) -> bool {
        match to.checked_sub(self.begin) {
            Some(at) => self.begin_before + at == from,
            None => from < self.begin_before,
        }
    }
}
