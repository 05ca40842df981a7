//! The checksums of stretches of item lines, from one reading of the file, however many commit
//! lines claim the same bytes.
//!
//! Must not know what makes a commit intact.

use crate::record::{CLEARED, Checksum};
use memchr::memmem;

/// The texts with which an item line or a line that clears can begin. A commit's bytes begin with
/// one of them.
const STARTS: [&[u8]; 2] = [b"{\"key\":\"", CLEARED.split_at(11).0];

/// The bytes read from one offset on.
#[derive(Debug)]
pub struct Checksums {
    /// Offset of each line, and of each text within a line that may be an item's beginning, since a
    /// damaged line end joins two lines; each with the checksum of everything read before it.
    starts: Vec<(u64, Checksum)>,
    /// Checksum of everything read, and the offset where that ends.
    total: Checksum,
    end: u64,
}

impl Checksums {
    /// Begins at an offset.
    pub fn new(offset: u64) -> Self {
        Checksums {
            starts: Vec::new(),
            total: Checksum::default(),
            end: offset,
        }
    }

    /// Takes the next line.
    pub fn append(&mut self, line: &[u8]) {
        let found = STARTS
            .iter()
            .flat_map(|start| memmem::find_iter(line, start));
        let mut starts: Vec<usize> = found.filter(|at| *at > 0).collect();
        starts.sort_unstable();
        let mut taken = 0;
        for at in [0].into_iter().chain(starts) {
            self.take(line.get(taken..at).unwrap_or_default());
            self.starts.push((self.end, self.total));
            taken = at;
        }
        self.take(line.get(taken..).unwrap_or_default());
    }

    fn take(&mut self, bytes: &[u8]) {
        self.total = self.total.append(bytes);
        self.end += bytes.len() as u64;
    }

    /// Tells the offset of the next line.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Forgets the offsets of the lines before the present end.
    pub fn forget_lines(&mut self) {
        self.starts.clear();
        self.total = Checksum::default();
    }

    /// Computes the checksum from an offset up to the present end. `None` if no line or item begins
    /// at the offset.
    pub fn since(&self, offset: u64) -> Option<Checksum> {
        if offset == self.end {
            return Some(Checksum::default());
        }
        let at = self
            .starts
            .binary_search_by_key(&offset, |(start, _)| *start)
            .ok()?;
        let (_, before) = self.starts.get(at)?;
        Some(self.total.since(*before, self.end - offset))
    }
}
