//! Pages of the data file in memory, so that reading an item mostly needs no system call.
//!
//! They are copies, not a mapping: an editor that shortens a mapped file to save it would kill the
//! processes that read it. Valid lines never change (I1), so a copy is good for as long as the file
//! is current. Must not know the meaning of the bytes.

use crate::disk::DiskFile;
use crate::error::Result;
use crate::log::Place;

/// Size of a page, in bytes.
const PAGE: usize = 64 << 10;
/// Bytes kept, from the beginning of a file. What lies after them is read each time.
const KEPT: u64 = 32 << 20;

/// The pages that were read, each up to the last valid line of that time.
#[derive(Debug, Default)]
pub struct Pages {
    pages: Vec<Vec<u8>>,
    /// A line that is not kept.
    line: Vec<u8>,
}

impl Pages {
    /// Returns the bytes at a place of a file, whose valid lines end at `end`; fewer where the file
    /// has no more.
    pub fn line(&mut self, file: &dyn DiskFile, place: &Place, end: u64) -> Result<&[u8]> {
        let Pages { pages, line } = self;
        let length = place.length as usize;
        let page = (place.offset / PAGE as u64) as usize;
        let start = (place.offset % PAGE as u64) as usize;
        if place.offset >= KEPT || start + length > PAGE {
            return read(file, place, line);
        }
        if pages.len() <= page {
            pages.resize_with(page + 1, Vec::new);
        }
        let Some(kept) = pages.get_mut(page) else {
            return read(file, place, line);
        };
        if kept.len() < start + length {
            let begin = place.offset - start as u64;
            let before = kept.len();
            kept.resize(end.saturating_sub(begin).min(PAGE as u64) as usize, 0);
            let missing = kept.get_mut(before..).unwrap_or_default();
            let read = file.read_at(begin + before as u64, missing);
            kept.truncate(before + *read.as_ref().unwrap_or(&0));
            read?;
        }
        Ok(kept.get(start..start + length).unwrap_or_default())
    }

    /// Takes bytes that this instance has written, so that they need not be read. Only pages that
    /// are read are kept: these continue one.
    pub fn append(&mut self, start: u64, bytes: &[u8]) {
        let mut page = (start / PAGE as u64) as usize;
        let mut at = (start % PAGE as u64) as usize;
        let mut left = bytes;
        while !left.is_empty() && page < (KEPT / PAGE as u64) as usize {
            let is_read = match at {
                0 => {
                    page > 0
                        && self
                            .pages
                            .get(page - 1)
                            .is_some_and(|before| before.len() == PAGE)
                }
                _ => self.pages.get(page).is_some_and(|kept| kept.len() == at),
            };
            if !is_read {
                return;
            }
            if self.pages.len() == page {
                self.pages.push(Vec::new());
            }
            let (taken, others) = left.split_at(left.len().min(PAGE - at));
            if let Some(kept) = self.pages.get_mut(page).filter(|kept| kept.len() == at) {
                kept.extend_from_slice(taken);
            }
            (page, at, left) = (page + 1, 0, others);
        }
    }

    /// Reads a line without keeping it.
    pub fn read(&mut self, file: &dyn DiskFile, place: &Place) -> Result<&[u8]> {
        read(file, place, &mut self.line)
    }
}

fn read<'line>(
    file: &dyn DiskFile,
    place: &Place,
    line: &'line mut Vec<u8>,
) -> Result<&'line [u8]> {
    line.resize(place.length as usize, 0);
    let read = file.read_at(place.offset, line)?;
    line.truncate(read);
    Ok(line)
}
