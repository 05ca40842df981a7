//! The checksum of any stretch of changes that was read, without reading it again: however many commit lines a file has that
//! claim the same bytes, it is read once.

use crate::record::{CLEARED, Checksum};
use memchr::memmem;

/// The text with which a change can begin. A commit's bytes begin with one of these.
const STARTS: [&[u8]; 2] = [b"{\"key\":\"", CLEARED.split_at(11).0];

/// What has been read from one offset on.
#[derive(Debug)]
pub struct Checksums {
    /// Where each line begins, and each text in a line that may be a change: a damaged line end joins two lines. With the checksum of
    /// all that was read before it.
    starts: Vec<(u64, Checksum)>,
    /// Of all that was read, and where that ends.
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

    /// Where the next line begins.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Forgets where the lines before the present end begin.
    pub fn forget_lines(&mut self) {
        self.starts.clear();
        self.total = Checksum::default();
    }

    /// The checksum of all from an offset up to the present end; `None` for an offset at which no change was read.
    pub fn since(&self, offset: u64) -> Option<Checksum> {
        if offset == self.end {
            return Some(Checksum::default());
        }
        let at = self
            .starts
            .binary_search_by_key(&offset, |(start, _)| *start)
            .ok()?;
        let (_, before) = self.starts.get(at)?;
        Some(self.total.since(*before, (self.end - offset) as usize))
    }
}
