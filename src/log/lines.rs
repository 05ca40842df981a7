//! The lines of a file from an offset on, read in few and growing steps.
//!
//! Knows the ends of lines, and the room after the last one. Must not know the contents of lines.

use super::rest::{Check, LOOKED_AT, Rest, is_room};
use crate::disk::DiskFile;
use crate::error::Result;

const FIRST_READ: usize = 4 << 10;
const LARGEST_READ: usize = 1 << 20;

/// A line and its place.
#[derive(Debug)]
pub struct Line<'a> {
    /// Offset of its first byte in the file.
    pub offset: u64,
    /// The bytes of the line. Only the last line of a file may lack its LF.
    pub bytes: &'a [u8],
}

/// Walks over the lines of a file.
#[derive(Debug)]
pub struct Lines<'a> {
    file: &'a dyn DiskFile,
    /// Bytes read. Those from `start` on have not been handed out.
    buffer: Vec<u8>,
    start: usize,
    /// Offset of `start` in the file.
    offset: u64,
    next_read: usize,
    /// End of the lines: the given one, or the end of the file as soon as it is found.
    end: u64,
}

impl<'a> Lines<'a> {
    /// Begins at an offset, which must be the beginning of a line.
    pub fn new(file: &'a dyn DiskFile, offset: u64) -> Self {
        Lines::up_to(file, offset, u64::MAX)
    }

    /// Begins at an offset, and ends at another.
    pub fn up_to(file: &'a dyn DiskFile, offset: u64, end: u64) -> Self {
        Lines {
            file,
            buffer: Vec::new(),
            start: 0,
            offset,
            next_read: FIRST_READ,
            end,
        }
    }

    /// Reads the next line. `None` at the end.
    pub fn next(&mut self) -> Result<Option<Line<'_>>> {
        let mut searched = 0;
        let length = loop {
            let left = self.left();
            match memchr::memchr(b'\n', left.get(searched..).unwrap_or_default()) {
                Some(at) => break searched + at + 1,
                None => searched = left.len(),
            }
            if self.read_on()? == 0 {
                break searched;
            }
        };
        let offset = self.offset;
        let start = self.start;
        self.offset += length as u64;
        self.start += length;
        let bytes = self.buffer.get(start..self.start).unwrap_or_default();
        Ok((length > 0).then_some(Line { offset, bytes }))
    }

    /// Returns true if the next line begins with a space, as no line of a store does.
    pub fn are_at_space(&mut self) -> Result<bool> {
        if self.start == self.buffer.len() {
            self.read_on()?;
        }
        Ok(self.buffer.get(self.start) == Some(&b' '))
    }

    /// Takes all that is left for the rest of the file, which begins with a space. `None` if it is
    /// not room.
    pub fn room(&mut self, check: Check) -> Result<Option<Rest>> {
        if check == Check::Quick {
            while self.left().len() < LOOKED_AT && self.read_on()? > 0 {}
            return Ok(Rest::of_beginning(self.left()));
        }
        loop {
            let left = self.left();
            let length = left.len();
            if !is_room(left) {
                return Ok(None);
            }
            self.start += length;
            self.offset += length as u64;
            if self.read_on()? == 0 {
                return Ok(Some(Rest::RoomUpTo(self.offset)));
            }
        }
    }

    /// Returns the bytes that were read and not handed out.
    fn left(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn read_on(&mut self) -> Result<usize> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let held = self.buffer.len();
        let offset = self.offset + held as u64;
        let wanted = self.end.saturating_sub(offset).min(self.next_read as u64);
        if wanted == 0 {
            return Ok(0);
        }
        self.buffer.resize(held + wanted as usize, 0);
        let free = self.buffer.get_mut(held..).unwrap_or_default();
        let read = self.file.read_at(offset, free)?;
        self.buffer.truncate(held + read);
        if (read as u64) < wanted {
            self.end = offset + read as u64;
        }
        self.next_read = (self.next_read * 2).min(LARGEST_READ);
        Ok(read)
    }
}
