//! A torn tail that was judged before. A killed process may leave a large one, which stays until a
//! writer cuts it off: readers do not judge it again while it is the same. Must not know its
//! contents.

use super::change_counter::counter;
use super::data::DataFile;
use crate::disk::DiskFile;
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
    data_end: u64,
    ends: Checksum,
    counter: Option<u32>,
}

impl JudgedTail {
    /// Looks at the tail of a data file. `lock` is the file with the change counter. `None` for a
    /// tail that is not worth remembering.
    pub fn of(data: &DataFile, lock: Option<&dyn DiskFile>) -> Result<Option<Self>> {
        let position = data.position;
        let is_small = |end: u64| end.saturating_sub(position.end) < SMALL;
        if is_small(data.file().status()?.length) {
            return Ok(None);
        }
        // Without room, which writes under way change.
        let data_end = data.tail().data_end()?;
        if is_small(data_end) {
            return Ok(None);
        }
        let counter = lock.map(counter).transpose()?.flatten();
        let mut ends = Checksum::default();
        for offset in [position.end, data_end - COMPARED as u64] {
            let mut bytes = [0; COMPARED];
            let read = data.file().read_at(offset, &mut bytes)?;
            ends = ends.append(bytes.get(..read).unwrap_or_default());
        }
        Ok(Some(JudgedTail {
            generation: data.generation,
            position,
            data_end,
            ends,
            counter,
        }))
    }
}
