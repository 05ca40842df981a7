//! The stretch of a file that a listing reads at once. It grows while the requested lines follow
//! each other, and reads no byte of them twice. Must not know the meaning of the lines.

use crate::disk::DiskFile;
use crate::error::Result;
use crate::log::Place;
use std::sync::Arc;

const LEAST_AHEAD: usize = 4 << 10;
const MOST_AHEAD: usize = 64 << 10;
/// Length of the beginning of a long line in which its key is looked for.
const HEAD: usize = 1 << 10;
const LONG: usize = 4 << 10;

#[derive(Debug, Default)]
pub struct Window {
    file: Option<Arc<dyn DiskFile>>,
    offset: u64,
    bytes: Vec<u8>,
    ahead: usize,
}

impl Window {
    /// Returns the bytes at a place; fewer where the file has no more.
    pub fn line(&mut self, file: &Arc<dyn DiskFile>, place: &Place) -> Result<&[u8]> {
        self.bytes_at(file, place.offset, place.length as usize, true)
    }

    /// Returns the beginning of a long line. Returns all of a line that is short or already in the
    /// window.
    pub fn head(&mut self, file: &Arc<dyn DiskFile>, place: &Place) -> Result<&[u8]> {
        let length = place.length as usize;
        if length < LONG || self.contains(file, place.offset, length) {
            return self.line(file, place);
        }
        self.bytes_at(file, place.offset, HEAD, false)
    }

    fn bytes_at(
        &mut self,
        file: &Arc<dyn DiskFile>,
        offset: u64,
        length: usize,
        looks_ahead: bool,
    ) -> Result<&[u8]> {
        if !self.contains(file, offset, length) {
            self.move_to(file, offset, length, looks_ahead)?;
        }
        let start = (offset - self.offset) as usize;
        let end = (start + length).min(self.bytes.len());
        Ok(self.bytes.get(start..end).unwrap_or_default())
    }

    fn contains(&self, file: &Arc<dyn DiskFile>, offset: u64, length: usize) -> bool {
        let is_own = |own: &Arc<dyn DiskFile>| Arc::ptr_eq(own, file);
        self.file.as_ref().is_some_and(is_own)
            && self.offset <= offset
            && offset + length as u64 <= self.end()
    }

    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    /// Moves the window to begin at an offset. Keeps the bytes that it already has, and reads the
    /// rest.
    fn move_to(
        &mut self,
        file: &Arc<dyn DiskFile>,
        offset: u64,
        length: usize,
        looks_ahead: bool,
    ) -> Result<()> {
        if !self.file.as_ref().is_some_and(|own| Arc::ptr_eq(own, file)) {
            *self = Window {
                file: Some(file.clone()),
                ..Window::default()
            };
        }
        let end = self.end();
        let follows = (self.offset..=end + LEAST_AHEAD as u64).contains(&offset);
        self.ahead = match (looks_ahead, follows) {
            (true, true) => (self.ahead * 2).clamp(LEAST_AHEAD, MOST_AHEAD),
            _ => 0,
        };
        match offset.checked_sub(self.offset) {
            Some(over) if offset < end => drop(self.bytes.drain(..over as usize)),
            _ => self.bytes.clear(),
        }
        self.offset = offset;
        let held = self.bytes.len();
        self.bytes.resize(held.max(self.ahead).max(length), 0);
        let free = self.bytes.get_mut(held..).unwrap_or_default();
        let read = file.read_at(offset + held as u64, free);
        let is_read = read.as_ref().map_or(0, |read| *read);
        self.bytes.truncate(held + is_read);
        read.map(drop)
    }
}
