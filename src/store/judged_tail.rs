//! A torn tail that was judged before. A killed process may leave a large one, which stays until a
//! writer cuts it off: readers do not judge it again while it is the same. Must not know what it
//! says.

use super::change_counter::counter;
use super::{Access, Store};
use crate::error::Result;
use crate::log::Position;
use crate::record::Checksum;

/// A shorter tail is judged at each look, which costs about as much.
const SMALL: u64 = 64 << 10;
/// Bytes compared at each end of the tail.
const COMPARED: usize = 4 << 10;

/// The marks of a tail, without most of its bytes. Whoever writes or cuts a tail changes its length
/// or one of its ends, and counts in the change counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JudgedTail {
    /// Generation of the data file.
    generation: Option<u64>,
    position: Position,
    length: u64,
    ends: Checksum,
    counter: Option<u32>,
}

impl Store {
    /// Looks at the tail of a data file. `None` for a tail that is not worth remembering.
    pub(super) fn large_tail(&self, length: u64) -> Result<Option<JudgedTail>> {
        let position = self.data.position;
        if length.saturating_sub(position.end) < SMALL {
            return Ok(None);
        }
        let counter = match &self.access {
            Access::Writing { lock, .. } => counter(lock.file())?,
            Access::Reading(_) => None,
        };
        let mut ends = Checksum::default();
        for offset in [position.end, length - COMPARED as u64] {
            let mut bytes = [0; COMPARED];
            let read = self.data.file().read_at(offset, &mut bytes)?;
            ends = ends.append(bytes.get(..read).unwrap_or_default());
        }
        Ok(Some(JudgedTail {
            generation: self.data.generation,
            position,
            length,
            ends,
            counter,
        }))
    }
}
