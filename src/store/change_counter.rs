//! The counter by which readers tell, with one small read of a file, whether there is anything new.
//!
//! It lies in the writer lock's file, which every turn sees to be the store's own, behind what says who has the lock. Whoever
//! has the lock counts it up before it is given up, if the end of what stands has moved since its own last turn: by its
//! writing or by its reading, for who wrote may have been killed before it counted. Writers never trust it.

use super::Store;
use crate::disk::DiskFile;
use crate::error::Result;
use crate::lock::Held;
use crate::lock::file::HOLDER_LENGTH;
use std::hash::{BuildHasher, RandomState};

/// Where the counter lies in the file: four bytes, of the byte order of the machine.
pub const COUNTER_OFFSET: u64 = HOLDER_LENGTH as u64;

/// What a turn has left the data file at: its number, and where it ends.
pub(super) type LeftAt = (Option<u64>, u64);

/// Reads the counter. `None` where the file is too short for it: as it was made, or emptied in place, as `cp` does before it
/// writes.
pub(super) fn counter(lock: &dyn DiskFile) -> Result<Option<u32>> {
    let mut bytes = [0; 4];
    let read = lock.read_at(COUNTER_OFFSET, &mut bytes)?;
    Ok((read == bytes.len()).then(|| u32::from_ne_bytes(bytes)))
}

/// Counts up, and returns the new count.
pub(super) fn count_up(held: &Held) -> Result<u32> {
    let lock = held.file();
    let next = match counter(lock)? {
        Some(counted) => counted.wrapping_add(1),
        // Somewhere else than it began before: what readers have seen then must not come again.
        None => RandomState::new().hash_one(COUNTER_OFFSET) as u32,
    };
    lock.write_at(COUNTER_OFFSET, &next.to_ne_bytes())?;
    Ok(next)
}

impl Store {
    /// The counter, which has changed if there may be anything new. `None` where the files are to be looked at instead: for
    /// whoever only reads, and as long as there is no counter.
    pub fn counter(&self) -> Option<u32> {
        counter(self.lock().ok()?.file()).ok()?
    }

    /// Counts up at the end of a turn, if there may be anything new. Returns the new count, if there is one.
    pub(super) fn count_turn(&mut self, held: &Held) -> Option<u32> {
        let left_at = (self.data.generation, self.data.position.end);
        if self.left_at == Some(left_at) {
            return None;
        }
        // If it fails, the next turn tries again. Until then a reader finds what is new by its look at the file itself.
        let counted = count_up(held).ok()?;
        self.left_at = Some(left_at);
        Some(counted)
    }
}
