//! The anchor as bytes, if this instance wrote it: one small read tells that nothing follows it, and
//! nothing need be parsed. Must not know turns.

use crate::disk::DiskFile;
use crate::error::Result;
use crate::log::{LOOKED_AT, Position, Rest};

/// The longest anchor that is kept, with the claims after it.
const LONGEST: usize = 256;

/// The end of the log, from the last commit line on, as this instance wrote it.
#[derive(Debug, Default)]
pub struct OwnAnchor {
    /// Offset of the commit line.
    start: u64,
    bytes: Vec<u8>,
}

impl OwnAnchor {
    /// Takes a commit line that this instance has written.
    pub fn take_commit(&mut self, line: &[u8], start: u64) {
        self.start = start;
        self.bytes.clear();
        self.append(line);
    }

    /// Takes a claim that this instance has written at an offset.
    pub fn take_claim(&mut self, line: &[u8], start: u64) {
        if self.end() == start {
            self.append(line);
        }
    }

    fn append(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        if self.bytes.len() > LONGEST {
            self.bytes.clear();
        }
    }

    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Forgets the anchor, of a file that is not read any more.
    pub fn forget(&mut self) {
        self.bytes.clear();
    }

    /// Reads the rest of a file if the log still ends with these bytes at the position. `None` if it
    /// must be scanned.
    pub fn rest(&self, file: &dyn DiskFile, position: &Position) -> Result<Option<Rest>> {
        if self.bytes.is_empty() || (self.start, self.end()) != (position.anchor, position.end) {
            return Ok(None);
        }
        let mut buffer = [0; LONGEST + LOOKED_AT];
        let wanted = buffer.get_mut(..self.bytes.len() + LOOKED_AT);
        let wanted = wanted.unwrap_or_default();
        let read = file.read_at(self.start, wanted)?;
        let read = wanted.get(..read).unwrap_or_default();
        Ok(read.strip_prefix(&*self.bytes).and_then(Rest::of_beginning))
    }
}
