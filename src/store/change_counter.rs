//! The change counter: four bytes by which readers tell, with one small read, whether there may be
//! news.
//!
//! It lies in the file of the writer lock, after the text that names the holder: each turn makes
//! sure that this file is the store's own. The holder of the lock counts before it releases the
//! lock, if the last valid line has moved since its own last turn: by its writing, or by its
//! reading, since the process that wrote may have been killed before counting. It also counts if it
//! has made the file of a lease. Writers must not take an unchanged count for no news: it only
//! allows them to rely on the stamps of folders.

use super::data::DataFile;
use crate::disk::DiskFile;
use crate::error::Result;
use crate::lock::Held;
use crate::lock::holder::HOLDER_LENGTH;
use std::hash::{BuildHasher, RandomState};

/// Offset of the counter in the file, and its length. It has the byte order of the machine.
pub const COUNTER_OFFSET: u64 = HOLDER_LENGTH as u64;
pub(super) const COUNTER_LENGTH: usize = size_of::<u32>();

/// Reads the counter. `None` if the file is too short for it: a new file, or one that `cp` empties
/// in place before it writes.
pub(super) fn counter(lock: &dyn DiskFile) -> Result<Option<u32>> {
    let mut bytes = [0; COUNTER_LENGTH];
    let read = lock.read_at(COUNTER_OFFSET, &mut bytes)?;
    Ok(bytes.get(..read).and_then(parse))
}

/// Makes the counter of the bytes there. `None` if there are too few.
pub(super) fn parse(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_ne_bytes)
}

/// Counts, for a rewrite, and returns the new count.
pub(super) fn count_up(held: &Held) -> Result<u32> {
    write_next(held, counter(held.file())?)
}

fn write_next(held: &Held, found: Option<u32>) -> Result<u32> {
    let next = match found {
        Some(counted) => counted.wrapping_add(1),
        // Begins at a random number: a count that readers have seen must not come again.
        None => RandomState::new().hash_one(COUNTER_OFFSET) as u32,
    };
    held.file().write_at(COUNTER_OFFSET, &next.to_ne_bytes())?;
    Ok(next)
}

/// The counting in an instance's turns.
#[derive(Debug, Default)]
pub(super) struct Counting {
    /// The state of the data file at the end of the last turn that counted: its generation, and the
    /// end of the last valid line.
    left_at: Option<(Option<u64>, u64)>,
    /// The count at the end of the last turn, if it is known.
    left: Option<u32>,
}

impl Counting {
    /// Returns true if no other instance has counted since this one's last turn. So none has
    /// switched to a new file, and none that lives has leased a key. A commit may be there, of an
    /// instance that was killed before it counted.
    pub fn is_as_left(&self, found: Option<u32>) -> bool {
        found.is_some() && found == self.left
    }

    /// Demands that the present turn count.
    pub fn demand(&mut self) {
        self.left_at = None;
    }

    /// Counts at the end of a turn, which has found this count, if there may be news. Returns the
    /// new count, if it counted.
    pub fn end_turn(&mut self, held: &Held, found: Option<u32>, data: &DataFile) -> Option<u32> {
        let left_at = (data.generation, data.position.end);
        if self.left_at == Some(left_at) {
            self.left = found;
            return None;
        }
        // After an error the next turn counts. Until then readers find the news when they look at
        // the data file.
        self.left = write_next(held, found).ok();
        if self.left.is_some() {
            self.left_at = Some(left_at);
        }
        self.left
    }
}
