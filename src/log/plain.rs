//! A file as it was before an editor or git changed its line ends: without the CR of lines that end
//! in CR LF, without a byte order mark, and with the LF of the last line. Checksums cover that
//! text, and no line of a store ends in CR LF. Room at the end of the file is left out.
//!
//! Must not know anything more of lines.

use super::rest::data_end;
use crate::disk::{DiskFile, LockMode, Status, next_part};
use crate::error::{Error, Result};
use memchr::memmem;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Bytes looked through at once.
const CHUNK: usize = 1 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The restored text of a file, for reading.
#[derive(Debug)]
pub struct Plain {
    file: Arc<dyn DiskFile>,
    /// Offsets in the file of the bytes that are left out.
    left_out: Vec<u64>,
    /// True if the last line lacks its LF.
    lacks_end: bool,
    /// Length of the file itself, without room.
    file_length: u64,
}

impl Plain {
    /// Looks through a file for the bytes to leave out.
    pub fn new(file: Arc<dyn DiskFile>) -> Result<Self> {
        let file_length = data_end(&*file, 0)?;
        let mut left_out = Vec::new();
        let mut last = b'\n';
        let mut offset = 0;
        let mut bytes = Vec::new();
        while offset < file_length {
            bytes.resize(next_part(file_length - offset, CHUNK), 0);
            let read = file.read_at(offset, &mut bytes)?;
            if read == 0 {
                break;
            }
            let found = bytes.get(..read).unwrap_or_default();
            if offset == 0 && found.starts_with(BYTE_ORDER_MARK) {
                left_out.extend(0..BYTE_ORDER_MARK.len() as u64);
            }
            if last == b'\r' && found.first() == Some(&b'\n') {
                left_out.push(offset - 1);
            }
            left_out.extend(memmem::find_iter(found, b"\r\n").map(|at| offset + at as u64));
            last = found.last().copied().unwrap_or(last);
            offset += read as u64;
        }
        Ok(Plain {
            file,
            left_out,
            lacks_end: last != b'\n',
            file_length: offset,
        })
    }

    /// Returns the file itself.
    pub fn file(&self) -> &Arc<dyn DiskFile> {
        &self.file
    }

    /// Tells the length of the file itself, without room.
    pub fn file_length(&self) -> u64 {
        self.file_length
    }

    /// Tells the length of the text.
    pub fn length(&self) -> u64 {
        self.file_length - self.left_out.len() as u64 + u64::from(self.lacks_end)
    }

    /// Finds the stretch of the file itself that a stretch of the text stands for.
    pub fn in_file(&self, stretch: &Range<u64>) -> Range<u64> {
        let start = self.place(stretch.start);
        let last = stretch.end.saturating_sub(1).max(stretch.start);
        let end = match stretch.is_empty() {
            true => start,
            false => self.place(last) + 1,
        };
        start.min(self.file_length)..end.min(self.file_length)
    }

    /// Finds the offset in the file of a byte of the text.
    fn place(&self, offset: u64) -> u64 {
        // Finds the first left-out byte after it: the one at index `at` has `at` others before it.
        let (mut low, mut high) = (0, self.left_out.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let place = self.left_out.get(middle).copied().unwrap_or(u64::MAX);
            match place - middle as u64 <= offset {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        offset + low as u64
    }
}

impl DiskFile for Plain {
    fn path(&self) -> &Path {
        self.file.path()
    }

    fn status(&self) -> Result<Status> {
        let length = self.length();
        Ok(Status {
            length,
            ..self.file.status()?
        })
    }

    fn identity(&self) -> u128 {
        self.file.identity()
    }

    fn is_at_its_path(&self) -> Result<bool> {
        self.file.is_at_its_path()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        let mut at = self.place(offset);
        let mut bytes = Vec::new();
        while filled < buffer.len() {
            let in_file = self.file_length.saturating_sub(at);
            bytes.resize(next_part(in_file, buffer.len() - filled), 0);
            let read = self.file.read_at(at, &mut bytes)?;
            if read == 0 {
                break;
            }
            let end = at + read as u64;
            let first = self.left_out.partition_point(|place| *place < at);
            let left_out = self.left_out.get(first..).unwrap_or_default();
            let within = left_out.iter().take_while(|place| **place < end);
            let mut from = at;
            for &to in within.chain([&end]) {
                let part = bytes.get((from - at) as usize..(to - at) as usize);
                let part = part.unwrap_or_default();
                if let Some(place) = buffer.get_mut(filled..filled + part.len()) {
                    place.copy_from_slice(part);
                    filled += part.len();
                }
                from = to + 1;
            }
            at = end;
        }
        let is_last = self.lacks_end && offset + filled as u64 == self.length() - 1;
        if is_last && let Some(last) = buffer.get_mut(filled) {
            *last = b'\n';
            filled += 1;
        }
        Ok(filled)
    }

    fn write_at(&self, _offset: u64, _bytes: &[u8]) -> Result<()> {
        Err(self.only_read())
    }

    fn truncate(&self, _length: u64) -> Result<()> {
        Err(self.only_read())
    }

    fn sync(&self) -> Result<()> {
        self.file.sync()
    }

    fn try_lock(&self, mode: LockMode) -> Result<bool> {
        self.file.try_lock(mode)
    }

    fn lock(&self, mode: LockMode) -> Result<()> {
        self.file.lock(mode)
    }

    fn unlock(&self) -> Result<()> {
        self.file.unlock()
    }
}

impl Plain {
    fn only_read(&self) -> Error {
        Error::ReadOnly {
            path: self.path().to_path_buf(),
        }
    }
}
