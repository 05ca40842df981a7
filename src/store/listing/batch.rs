//! Lines that a listing reads at once: in the order of the file, and hands out in its own. So a
//! listing by key of a file in another order mostly reads forward. Must not know the meaning of the
//! lines.

use super::window::Window;
use crate::error::Result;
use crate::log::Place;
use crate::store::data::Files;

/// Bytes of the first batch, so that the first item comes soon. Each further one has twice as many.
const LEAST: usize = 32 << 10;
/// The most bytes that are read on the event loop.
const MOST: usize = 256 << 10;
/// The most bytes that a copy of all items reads at once.
const MOST_OF_COPIES: usize = 8 << 20;

/// Some lines, those handed out included.
#[derive(Debug)]
pub struct Batch {
    bytes: Vec<u8>,
    /// The places of the lines, which lie one after another in `bytes`.
    places: Vec<Place>,
    /// The number of lines handed out, and of their bytes.
    at: usize,
    start: usize,
    size: usize,
    most: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Batch {
            bytes: Vec::new(),
            places: Vec::new(),
            at: 0,
            start: 0,
            size: LEAST,
            most: MOST,
        }
    }
}

impl Batch {
    /// Prepares to read more at once.
    pub fn for_copies() -> Self {
        Batch {
            size: MOST_OF_COPIES,
            most: MOST_OF_COPIES,
            ..Batch::default()
        }
    }

    /// Returns true if all lines were handed out.
    pub fn is_empty(&self) -> bool {
        self.at >= self.places.len()
    }

    /// Returns the number of bytes to read next, which grows.
    pub fn grow(&mut self) -> usize {
        let size = self.size;
        self.size = (size * 2).min(self.most);
        size
    }

    /// Returns the most bytes to read at once.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Reads the lines at some places. Forgets those before.
    ///
    /// A batch of a copy may have some hundred thousand short lines, so each takes few bytes beside
    /// its text: a compaction must not need as much memory as a second index.
    pub fn read(&mut self, places: Vec<Place>, files: &Files, window: &mut Window) -> Result<()> {
        (self.at, self.start) = (0, 0);
        self.places = Vec::new();
        let mut total = 0;
        let mut wanted = Vec::with_capacity(places.len());
        for (at, place) in (0_u32..).zip(&places) {
            wanted.push((at, total));
            total += place.length as usize;
        }
        self.bytes.clear();
        self.bytes.resize(total, 0);
        let place_of = |at: u32| places.get(at as usize).copied();
        wanted.sort_unstable_by_key(|(at, _)| place_of(*at).map(|place| place.offset));
        for (at, start) in wanted {
            let Some(place) = place_of(at) else { continue };
            let (file, place) = files.locate(&place);
            let line = window.line(file, &place)?;
            let free = self.bytes.get_mut(start..start + line.len());
            if let Some(free) = free {
                free.copy_from_slice(line);
            }
        }
        self.places = places;
        Ok(())
    }

    /// Returns the length of the next line.
    pub fn next_length(&self) -> Option<usize> {
        self.places.get(self.at).map(|place| place.length as usize)
    }

    /// Hands out the next line, with its place in the common space of offsets.
    pub fn next(&mut self) -> Option<(Place, &[u8])> {
        let place = *self.places.get(self.at)?;
        let start = self.start;
        self.at += 1;
        self.start += place.length as usize;
        let line = self.bytes.get(start..self.start).unwrap_or_default();
        Some((place, line))
    }
}
