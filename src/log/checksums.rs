//! The checksum of any stretch of the lines that were read, without reading them again: however many commit lines a file has
//! that claim the same bytes, it is read once.

use crate::disk::DiskFile;
use crate::error::Result;
use crate::record::Checksum;

/// What has been read from one offset on.
#[derive(Debug)]
pub struct Checksums {
    /// Where each line begins, and the checksum of all that was read before it.
    lines: Vec<(u64, Checksum)>,
    /// Of all that was read, and where that ends.
    total: Checksum,
    end: u64,
}

impl Checksums {
    /// Begins at an offset.
    pub fn new(offset: u64) -> Self {
        Checksums {
            lines: Vec::new(),
            total: Checksum::default(),
            end: offset,
        }
    }

    /// Takes the next line.
    pub fn append(&mut self, line: &[u8]) {
        self.lines.push((self.end, self.total));
        self.total = self.total.append(line);
        self.end += line.len() as u64;
    }

    /// Where the next line begins.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Forgets where the lines before the present end begin.
    pub fn forget_lines(&mut self) {
        self.lines.clear();
        self.total = Checksum::default();
    }

    /// The checksum of all from an offset up to the present end; `None` for an offset that was not read. One that is no start
    /// of a line, since a damaged line end has joined two, costs a look at the line.
    pub fn since(&self, file: &dyn DiskFile, offset: u64) -> Result<Option<Checksum>> {
        if offset == self.end {
            return Ok(Some(Checksum::default()));
        }
        let next = self.lines.partition_point(|(start, _)| *start <= offset);
        let line = next.checked_sub(1).and_then(|at| self.lines.get(at));
        let Some(&(start, mut before)) = line.filter(|_| offset < self.end) else {
            return Ok(None);
        };
        if start < offset {
            let mut bytes = vec![0; (offset - start) as usize];
            let read = file.read_at(start, &mut bytes)?;
            before = before.append(bytes.get(..read).unwrap_or_default());
        }
        let length = (self.end - offset) as usize;
        Ok(Some(self.total.since(before, length)))
    }
}
