//! The text of the writer lock's file as a turn finds it: the last holder, and the change counter.

use super::change_counter::{self, COUNTER_LENGTH};
use crate::disk::DiskFile;
use crate::lock::holder::HOLDER_LENGTH;

/// The text, as far as the file has it. A file that cannot be read has none: the holder is only
/// named in messages, and a turn that finds no counter begins one.
#[derive(Debug, Default)]
pub(super) struct LockText {
    holder: Option<[u8; HOLDER_LENGTH]>,
    pub counter: Option<u32>,
}

impl LockText {
    /// Reads the text, with one call of the system.
    pub fn read(lock: &dyn DiskFile) -> Self {
        let mut bytes = [0; HOLDER_LENGTH + COUNTER_LENGTH];
        let read = lock.read_at(0, &mut bytes).unwrap_or_default();
        let text = bytes.get(..read).unwrap_or_default();
        let Some((holder, rest)) = text.split_first_chunk() else {
            return LockText::default();
        };
        LockText {
            holder: Some(*holder),
            counter: change_counter::parse(rest),
        }
    }

    /// Returns true if the last holder has signed with this text.
    pub fn is_signed(&self, holder: &str) -> bool {
        self.holder.is_some_and(|found| found == *holder.as_bytes())
    }
}
