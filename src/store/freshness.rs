//! The counter by which readers tell, without asking the system, whether there is anything new.
//!
//! It lies in the writer lock's file, which every turn sees to be the store's own, behind what says who has the lock. Whoever
//! has the lock counts it up before it is given up, if the end of what stands has moved since its own last turn: by its
//! writing or by its reading, for who wrote may have been killed before it counted. Writers never trust it.

use super::Store;
use crate::disk::DiskFile;
use crate::error::Result;

/// Where the counter lies in the file: four bytes, of the byte order of the machine.
pub const COUNTER_OFFSET: u64 = 64;
/// How long the file has to be for that.
pub const COUNTED_LENGTH: u64 = COUNTER_OFFSET + 4;

/// What a turn has left the data file at: its number, and where it ends.
pub(super) type LeftAt = (Option<u64>, u64);

/// Reads the counter.
pub(super) fn counter(lock: &dyn DiskFile) -> Result<u32> {
    let mut bytes = [0; 4];
    // A file that is shorter counts as zero.
    lock.read_at(COUNTER_OFFSET, &mut bytes)?;
    Ok(u32::from_ne_bytes(bytes))
}

/// Counts up, and tells what to. Needs the writer lock.
pub(super) fn count_up(lock: &dyn DiskFile) -> Result<u32> {
    let next = counter(lock)?.wrapping_add(1);
    lock.write_at(COUNTER_OFFSET, &next.to_ne_bytes())?;
    Ok(next)
}

impl Store {
    /// What the counter was set to by the turn that has ended last, if it had to be.
    pub fn counted(&self) -> Option<u32> {
        self.counted
    }

    /// Counts up at the end of a turn, if there may be anything new.
    pub(super) fn count_turn(&mut self) {
        self.counted = None;
        let left_at = (self.data.number, self.data.position.end);
        if self.left_at == Some(left_at) {
            return;
        }
        // If it fails, the next turn tries again. Until then a reader finds what is new by its look at the file itself.
        if let Ok(counted) = self.lock().and_then(|lock| count_up(lock.file())) {
            self.counted = Some(counted);
            self.left_at = Some(left_at);
        }
    }
}
