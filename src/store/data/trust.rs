//! Whether a sync of the data file's descriptor vouches for what stands in the file.

use crate::disk::DiskFile;
use crate::error::Result;
use std::ops::Range;

/// How much is written again at once, in bytes.
const CHUNK: usize = 1 << 16;

/// Whether what was written through a descriptor may be vouched for by a sync of it.
///
/// A descriptor vouches for nothing older than itself: what an earlier process wrote and failed to sync reads back from
/// memory but is never written again. So the bytes that nobody has claimed are written once more through it first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Just opened.
    #[default]
    Newcomer,
    /// The unclaimed bytes have been written again through it.
    Vouched,
    /// A sync of it failed: it vouches for nothing any more.
    Disowned,
}

/// What a sync of one descriptor is worth.
#[derive(Debug, Default)]
pub struct Trust {
    state: State,
    /// The stretch that has been written again through this descriptor and not been synced by it yet.
    rewritten: Option<Range<u64>>,
}

impl Trust {
    /// The stretch of which only the file system can say whether a sync puts it on disk: others wrote it first, and may have
    /// failed to.
    pub fn rewritten(&self) -> Option<&Range<u64>> {
        self.rewritten.as_ref()
    }

    /// Takes note that the descriptor's sync was sound, and that of all that was written again through it.
    pub fn settle_rewritten(&mut self) {
        self.rewritten = None;
    }

    /// Takes note that a sync failed.
    pub fn disown(&mut self) {
        self.state = State::Disowned;
    }

    /// Whether a sync failed.
    pub fn is_disowned(&self) -> bool {
        self.state == State::Disowned
    }

    /// Makes the descriptor one whose sync vouches for all that is valid, of which the part from `unclaimed` on is not known to be
    /// on disk. Needs the writer lock.
    pub fn vouch(&mut self, file: &dyn DiskFile, unclaimed: Range<u64>) -> Result<()> {
        if self.state == State::Vouched {
            return Ok(());
        }
        let Range { mut start, end } = unclaimed;
        if start < end {
            // Up to the file's end: under the lock nothing is behind the commits but what others have written ahead.
            self.rewritten = Some(start..file.status()?.length);
        }
        let mut chunk = vec![0; CHUNK];
        while start < end {
            let wanted = chunk.len().min((end - start) as usize);
            let bytes = chunk.get_mut(..wanted).unwrap_or_default();
            let read = file.read_at(start, bytes)?;
            file.write_at(start, bytes.get(..read).unwrap_or_default())?;
            start += wanted as u64;
        }
        self.state = State::Vouched;
        Ok(())
    }
}
