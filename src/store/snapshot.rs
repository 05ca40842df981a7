//! A listing: items as they were at one moment, read bit by bit.
//!
//! Costs a place for each item. It stays true while commits go on, since what stands in a file is never changed.

use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::log::{self, Place};
use crate::record::{Checksum, Item};
use std::sync::Arc;

/// Items as they were at one moment.
#[derive(Debug)]
pub struct Snapshot {
    file: Arc<dyn DiskFile>,
    places: std::vec::IntoIter<Place>,
    window: Window,
}

impl Snapshot {
    pub(super) fn new(file: Arc<dyn DiskFile>, places: Vec<Place>) -> Self {
        Snapshot {
            file,
            places: places.into_iter(),
            window: Window::default(),
        }
    }

    /// Hands out the next items, of some `limit` bytes together. Tells whether there are more.
    pub fn read(&mut self, limit: usize, visit: &mut dyn FnMut(Item)) -> Result<bool> {
        let mut total = 0;
        while total < limit {
            let Some(place) = self.places.next() else {
                return Ok(false);
            };
            total += place.length as usize;
            let line = self.window.line(&*self.file, &place)?;
            match Item::parse(line) {
                Some(item) => visit(item),
                None => return Err(damaged_item(&*self.file, &place)),
            }
        }
        Ok(self.places.len() > 0)
    }
}

/// A stretch of the file that was read at once. Grows while the lines asked for follow on each other.
#[derive(Debug, Default)]
struct Window {
    offset: u64,
    bytes: Vec<u8>,
    ahead: usize,
}

const LEAST_AHEAD: usize = 4 << 10;
const MOST_AHEAD: usize = 1 << 20;

impl Window {
    fn line(&mut self, file: &dyn DiskFile, place: &Place) -> Result<&[u8]> {
        if self.within(place).is_none() {
            let end = self.offset + self.bytes.len() as u64;
            let follows = (self.offset..=end + LEAST_AHEAD as u64).contains(&place.offset);
            self.ahead = if follows {
                (self.ahead * 2).min(MOST_AHEAD)
            } else {
                0
            };
            self.ahead = self.ahead.max(LEAST_AHEAD);
            self.offset = place.offset;
            self.bytes.resize(self.ahead.max(place.length as usize), 0);
            let read = file.read_at(place.offset, &mut self.bytes)?;
            self.bytes.truncate(read);
        }
        match self.within(place) {
            Some(line) if Checksum::default().append(line) == place.checksum => Ok(line),
            _ => Err(damaged_item(file, place)),
        }
    }

    fn within(&self, place: &Place) -> Option<&[u8]> {
        let start = usize::try_from(place.offset.checked_sub(self.offset)?).ok()?;
        self.bytes.get(start..start + place.length as usize)
    }
}

/// The error of an item that is no longer what was committed.
pub(super) fn damaged_item(file: &dyn DiskFile, place: &Place) -> Error {
    match log::line_number(file, place.offset) {
        Ok(line) => Error::Corrupt {
            path: file.path().to_path_buf(),
            line,
            reason: "the item is not what was stored".to_string(),
        },
        Err(error) => error,
    }
}
