//! The tail that a reader passes over: what a killed process left behind the commits, until a writer cuts it off.
//!
//! It can be large, and then it is not judged again at each look, as long as it is the same. Knows nothing of what it says.

use super::change_counter::counter;
use super::{Access, Store};
use crate::error::Result;
use crate::log::Position;
use crate::record::Checksum;

/// A tail that is shorter is judged at each look: that costs about as much.
const SMALL: u64 = 64 << 10;
/// How much of each end is compared, in bytes.
const COMPARED: usize = 4 << 10;

/// What tells a tail from another one, without reading all of it. Whoever writes or cuts a tail changes its length, or what stands
/// at one of its ends, and counts in the writer lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JudgedTail {
    /// The generation of the data file, and how far it stands.
    generation: Option<u64>,
    position: Position,
    length: u64,
    ends: Checksum,
    counter: Option<u32>,
}

impl Store {
    /// Looks at the tail of a data file that has a length. `None` for one that is not worth remembering.
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
