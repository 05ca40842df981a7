//! The part of the data file after the last valid line: where the next commit goes, and where a
//! torn one is cut off.
//!
//! This is the one place that takes the end of the file for the end of its data. Must not judge the
//! bytes: `log` does.

use crate::disk::DiskFile;
use crate::error::Result;
use crate::lock::Held;

/// The tail of a data file.
#[derive(Debug, Clone, Copy)]
pub struct Tail<'file> {
    file: &'file dyn DiskFile,
    start: u64,
}

impl<'file> Tail<'file> {
    pub fn new(file: &'file dyn DiskFile, start: u64) -> Self {
        Tail { file, start }
    }

    /// Finds the end of the data. It lies before the tail if somebody has shortened the file.
    pub fn data_end(&self) -> Result<u64> {
        Ok(self.file.status()?.length)
    }

    /// Measures the data in the tail.
    pub fn length(&self) -> Result<u64> {
        Ok(self.data_end()?.saturating_sub(self.start))
    }

    /// Appends lines with one write. I1: nothing before the tail is written. I2: under the writer
    /// lock. After an error, the part that was written is cut off again; if that fails too, the
    /// next turn finds a torn tail.
    pub fn append(&self, _held: &Held, lines: &[u8]) -> Result<()> {
        self.file.write_at(self.start, lines).inspect_err(|_| {
            let _ = self.file.truncate(self.start);
        })
    }

    /// Reads all data of the tail.
    pub fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = vec![0; self.length()? as usize];
        let read = self.file.read_at(self.start, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// Cuts the tail off. I2: under the writer lock.
    pub fn cut(&self, _held: &Held) -> Result<()> {
        self.file.truncate(self.start)
    }
}
