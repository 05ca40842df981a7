//! The trust in a descriptor of the data file: if a sync of it vouches for the bytes in the file.
//! Must not know the commits.

use crate::disk::{DiskFile, next_part};
use crate::error::{Error, Result};
use crate::lock::Held;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Bytes written again at once.
const CHUNK: usize = 1 << 16;

/// The states of a descriptor.
///
/// I4: a descriptor vouches for nothing older than itself. Bytes that an earlier process wrote and
/// failed to sync read back from memory, but are never written again. So the bytes that nobody has
/// claimed are written again through the descriptor first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It was just opened.
    #[default]
    Newcomer,
    /// The unclaimed bytes have been written again through it.
    Vouched,
    /// A sync of it failed. It never vouches again.
    Disowned,
}

/// The error of a sync of the descriptor, once one has failed. A sync locks it until it has ended:
/// the kernel reports a failed write to only one of two overlapping syncs of a descriptor, and the
/// other would pass for a success.
pub type SyncFailure = Arc<Mutex<Option<Error>>>;

/// The trust in one descriptor.
#[derive(Debug, Default)]
pub struct Trust {
    state: State,
    /// The stretch that was written again through the descriptor, until a sync has put it on disk.
    written_again: Option<Range<u64>>,
    sync_failure: SyncFailure,
}

impl Trust {
    /// Returns the stretch that others wrote first, and may have failed to put on disk. Only the
    /// file system knows if a sync did.
    pub fn written_again(&self) -> Option<&Range<u64>> {
        self.written_again.as_ref()
    }

    /// Returns the error of a failed sync, shared by all syncs of the descriptor.
    pub fn sync_failure(&self) -> &SyncFailure {
        &self.sync_failure
    }

    /// Records that a sync has put on disk all that was written again.
    pub fn settle_written_again(&mut self) {
        self.written_again = None;
    }

    /// Returns true if the descriptor has not vouched since it was opened.
    pub fn is_newcomer(&self) -> bool {
        self.state == State::Newcomer
    }

    /// Records that a sync failed.
    pub fn disown(&mut self) {
        self.state = State::Disowned;
    }

    /// Returns true if a sync failed.
    pub fn is_disowned(&self) -> bool {
        self.state == State::Disowned
    }

    /// Writes again the valid bytes that are not known to be on disk, so that a sync of the
    /// descriptor vouches for them. I2: under the writer lock.
    pub fn vouch(
        &mut self,
        _held: &Held,
        file: &dyn DiskFile,
        unclaimed: Range<u64>,
    ) -> Result<()> {
        if self.state == State::Vouched {
            return Ok(());
        }
        let Range { mut start, end } = unclaimed;
        if start < end {
            // Up to the end of the file: others may also have written bytes after the commits, in
            // the same blocks.
            self.written_again = Some(start..file.status()?.length);
        }
        let mut chunk = vec![0; CHUNK];
        while start < end {
            let wanted = next_part(end - start, chunk.len());
            let bytes = chunk.get_mut(..wanted).unwrap_or_default();
            let read = file.read_at(start, bytes)?;
            file.write_at(start, bytes.get(..read).unwrap_or_default())?;
            start += wanted as u64;
        }
        self.state = State::Vouched;
        Ok(())
    }
}
