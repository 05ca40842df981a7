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
    /// are read are worth keeping, so the bytes must continue one.
    pub fn append(&mut self, start: u64, bytes: &[u8]) {
        let mut offset = start;
        let mut left = bytes;
        while !left.is_empty() && self.end_at(offset) {
            let page = (offset / PAGE as u64) as usize;
            let at = (offset % PAGE as u64) as usize;
            if self.pages.len() <= page {
                self.pages.resize_with(page + 1, Vec::new);
            }
            let (taken, others) = left.split_at(left.len().min(PAGE - at));
            match self.pages.get_mut(page).filter(|kept| kept.len() == at) {
                Some(kept) => kept.extend_from_slice(taken),
                None => return,
            }
            offset += taken.len() as u64;
            left = others;
        }
    }

    /// Returns true if the byte before an offset is the last of a page's bytes.
    fn end_at(&self, offset: u64) -> bool {
        let page = offset.saturating_sub(1) / PAGE as u64;
        let length = (offset - page * PAGE as u64) as usize;
        let kept = self.pages.get(page as usize);
        offset < KEPT && kept.is_some_and(|kept| kept.len() == length)
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

#[cfg(test)]
mod tests {
    use super::{PAGE, Pages};
    use crate::disk::{Disk, RealDisk};
    use crate::error::Result;
    use crate::log::Place;

    #[test]
    fn bytes_that_continue_a_page_that_was_read_are_not_read() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let before: Vec<u8> = (0..PAGE - 10).map(|at| at as u8).collect();
        std::fs::write(&path, &before).unwrap();
        let file = RealDisk.open_read_only(&path)?;
        let end = before.len() as u64;
        let place = |offset, length| Place {
            offset,
            length,
            checksum: Default::default(),
        };
        // The file has none of them, so they can only come from the pages.
        let added: Vec<u8> = (0..30).collect();
        let mut pages = Pages::default();
        pages.append(end, &added);
        assert!(pages.pages.is_empty(), "kept, though nobody has read there");
        let last = pages.line(&*file, &place(end - 5, 5), end)?.to_vec();
        assert_eq!(last, before[before.len() - 5..]);
        pages.append(end, &added);
        let end = end + added.len() as u64;
        for (at, length) in [(0, 10), (10, 20), (15, 3)] {
            let offset = (PAGE - 10) as u64 + at;
            let line = pages.line(&*file, &place(offset, length), end)?;
            assert_eq!(line, &added[at as usize..][..length as usize]);
        }
        // Bytes after a gap are not taken.
        pages.append(end + 1, &added);
        assert_eq!(pages.pages.get(1).map(Vec::len), Some(20));
        Ok(())
    }
}
