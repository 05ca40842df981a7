//! When a compaction is begun in the background: when the file has come to be worth it, there is room for it, and the last attempt was
//! not just now.
//!
//! An attempt reads the whole file. If it fails, the next one waits until more has changed than the disk.

use super::Store;
use super::space::Space;
use std::time::{Duration, Instant};

/// A file is compacted when it has more dead bytes than live ones, and so many besides.
const SPARED: u64 = 128 << 10;
/// After a failed attempt so much time is enough to try again.
const PAUSE_AFTER_ATTEMPT: Duration = Duration::from_secs(60);
/// After a look that found no room.
const PAUSE_AFTER_LOOK: Duration = Duration::from_secs(1);

/// The last time that a compaction was worth it, and what came of it.
#[derive(Debug)]
pub(super) struct Occasion {
    dead: u64,
    live: u64,
    at: Instant,
    pause: Duration,
}

impl Occasion {
    /// Tells whether more can be won, less must be written, or enough time has passed.
    fn is_over(&self, dead: u64, live: u64) -> bool {
        dead >= self.dead + SPARED.max(self.live / 4)
            || live <= self.live / 2 && live < self.live
            || self.at.elapsed() >= self.pause
    }
}

impl Store {
    /// Tells whether a compaction is to be begun. Asked again while the file is the same one, it takes the last for failed.
    pub fn wants_compaction(&mut self) -> bool {
        let live = self.data.index().bytes();
        let dead = self.data.position.end.saturating_sub(live);
        if dead <= live + SPARED {
            return false;
        }
        if self
            .occasion
            .as_ref()
            .is_some_and(|last| !last.is_over(dead, live))
        {
            return false;
        }
        let has_room = match &self.folder {
            Some(folder) => Space::of(live).is_there(&**folder),
            None => false,
        };
        self.occasion = Some(Occasion {
            dead,
            live,
            at: Instant::now(),
            pause: if has_room {
                PAUSE_AFTER_ATTEMPT
            } else {
                PAUSE_AFTER_LOOK
            },
        });
        has_room
    }
}
