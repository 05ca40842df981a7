//! A listing: items as they were at one moment, read bit by bit.
//!
//! Costs a place for each item. It stays true while commits and rewrites go on, since what stands in a file is never changed.

use super::files::Files;
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::log::{self, Place};
use crate::record::Item;
use std::sync::Arc;

/// Items as they were at one moment.
#[derive(Debug)]
pub struct Snapshot {
    files: Files,
    places: std::vec::IntoIter<Place>,
    window: Window,
}

impl Snapshot {
    pub(super) fn new(files: Files, places: Vec<Place>) -> Self {
        Snapshot {
            files,
            places: places.into_iter(),
            window: Window::default(),
        }
    }

    /// The length of all lines that are still to be handed out, in bytes.
    pub fn bytes(&self) -> u64 {
        let lengths = self.places.as_slice().iter();
        lengths.map(|place| u64::from(place.length)).sum()
    }

    /// Hands out the next items, of some `limit` bytes together. Tells whether there are more.
    pub fn read(&mut self, limit: usize, visit: &mut dyn FnMut(Item)) -> Result<bool> {
        let mut total = 0;
        while total < limit {
            let Some(place) = self.places.next() else {
                return Ok(false);
            };
            let (file, place) = self.files.locate(&place);
            total += place.length as usize;
            match Item::parse(self.window.line(file, &place)?) {
                Some(item) => visit(item),
                None => return Err(damaged_item(&**file, &place)),
            }
        }
        Ok(self.places.len() > 0)
    }

    /// Adds the next item lines to what is there, until that has some `limit` bytes or, at least one, would have more. Tells
    /// whether any were left to be added.
    pub fn read_lines(&mut self, limit: usize, lines: &mut Vec<u8>) -> Result<bool> {
        let mut added = false;
        while let Some(place) = self.places.as_slice().first().copied() {
            if added && lines.len() + place.length as usize > limit {
                break;
            }
            self.places.next();
            let (file, place) = self.files.locate(&place);
            lines.extend_from_slice(self.window.line(file, &place)?);
            added = true;
        }
        Ok(added)
    }
}

/// A stretch of a file that was read at once. Grows while the lines asked for follow on each other.
#[derive(Debug, Default)]
struct Window {
    file: Option<Arc<dyn DiskFile>>,
    offset: u64,
    bytes: Vec<u8>,
    ahead: usize,
}

const LEAST_AHEAD: usize = 4 << 10;
const MOST_AHEAD: usize = 64 << 10;

impl Window {
    fn line(&mut self, file: &Arc<dyn DiskFile>, place: &Place) -> Result<&[u8]> {
        if !self.file.as_ref().is_some_and(|own| Arc::ptr_eq(own, file)) {
            *self = Window {
                file: Some(file.clone()),
                ..Window::default()
            };
        }
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
            Some(line) if place.is_of(line) => Ok(line),
            _ => Err(damaged_item(&**file, place)),
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
