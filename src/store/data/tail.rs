//! The part of the data file after the last valid line: where the next commit and its room go, and
//! where a torn commit is cut off.
//!
//! This is the one place that writes after the log. Must not judge the bytes there: `log` does.

use super::room::{Ahead, Room, Write};
use crate::disk::{DiskFile, NewFile, append_stretch};
use crate::error::Result;
use crate::lock::Held;
use crate::log::{self, LOOKED_AT, Rest};

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

    /// Finds the end of the data, before room. It lies before the tail if somebody has shortened
    /// the file.
    pub fn data_end(&self) -> Result<u64> {
        log::data_end(self.file, self.start)
    }

    /// Measures the data in the tail.
    pub fn length(&self) -> Result<u64> {
        Ok(self.data_end()?.saturating_sub(self.start))
    }

    /// Looks at the beginning of the rest, with one small read. `None` if there may be news: other
    /// bytes than room, or a log that has changed or become shorter.
    pub fn look(&self) -> Result<Option<Rest>> {
        // The LF before the tail shows that the log still reaches there.
        let mut bytes = [0; 1 + LOOKED_AT];
        let read = self
            .file
            .read_at(self.start.saturating_sub(1), &mut bytes)?;
        let bytes = bytes.get(..read).unwrap_or_default();
        Ok(bytes.strip_prefix(b"\n").and_then(Rest::of_beginning))
    }

    /// Writes lines, with room after them unless `wanted` is none, by one write. I1: nothing before
    /// the tail is written. I2: under the writer lock.
    ///
    /// Room must not make a write fail that would fit without it. So after an error all room is cut
    /// off. Lines that were not written completely are cut off too, and tried alone. If they fail
    /// again, the part that was written is cut off; if that fails as well, the next turn finds a
    /// torn tail, or the complete commit.
    pub fn append(
        &self,
        held: &Held,
        lines: &mut Vec<u8>,
        ahead: &mut Ahead,
        wanted: Room,
    ) -> Result<()> {
        let length = lines.len();
        let file_end = || self.file.status().map_or(0, |status| status.length);
        let write = ahead.plan(wanted, self.start, length as u64, file_end);
        if let Write::WithRoom(end) = write {
            lines.resize((end - self.start) as usize, b' ');
        }
        let written = self.file.write_at(self.start, lines);
        lines.truncate(length);
        if let Err(error) = written {
            ahead.forget();
            if matches!(write, Write::WithRoom(_)) && self.holds(lines) {
                // Only the room failed. Readers may know the lines already, so they stay.
                let _ = self.file.truncate(self.start + length as u64);
                return Ok(());
            }
            let _ = self.cut(held);
            return match write {
                Write::Lines => Err(error),
                Write::IntoRoom | Write::WithRoom(_) => self.append_alone(held, lines),
            };
        }
        if let Write::WithRoom(end) = write {
            ahead.extend(end);
        }
        Ok(())
    }

    /// Returns true if the tail begins with complete lines.
    fn holds(&self, lines: &[u8]) -> bool {
        let mut found = vec![0; lines.len()];
        let read = self.file.read_at(self.start, &mut found);
        read.is_ok_and(|read| found.get(..read) == Some(lines))
    }

    fn append_alone(&self, held: &Held, lines: &[u8]) -> Result<()> {
        self.file.write_at(self.start, lines).inspect_err(|_| {
            let _ = self.cut(held);
        })
    }

    /// Appends all data of the tail to a new file.
    pub fn copy_to(&self, new: &mut dyn NewFile) -> Result<()> {
        append_stretch(self.file, &(self.start..self.data_end()?), new)
    }

    /// Cuts the tail off. I2: under the writer lock.
    pub fn cut(&self, _held: &Held) -> Result<()> {
        self.file.truncate(self.start)
    }
}
