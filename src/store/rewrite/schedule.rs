//! When a compaction is begun in the background: when the file has come to be worth it, there is room for it, and the last attempt was
//! not just now. Where there will soon be no room, it is begun earlier.
//!
//! An attempt reads the whole file. If it fails, the next one waits until more has changed than the disk.

use super::space::Space;
use crate::store::Store;
use std::time::{Duration, Instant};

/// A file is compacted when it has more dead bytes than live ones, and so many besides.
const SPARED: u64 = 128 << 10;
/// After a failed attempt so much time is enough to try again.
const PAUSE_AFTER_ATTEMPT: Duration = Duration::from_secs(60);
/// After a look that found no room.
const PAUSE_AFTER_LOOK: Duration = Duration::from_secs(1);
/// Where a rewrite may soon not fit, it is worth it when the dead bytes are this part of the live ones.
const LEAST_DEAD: u64 = 4;
/// The free space is looked at again when this part of the live bytes has become dead.
const LOOKS: u64 = 16;

/// The last time that a compaction was worth it, and what came of it.
#[derive(Debug)]
pub struct Occasion {
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
        if dead <= live + SPARED && !self.is_last_chance(dead, live) {
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

    /// Tells whether there is room for a rewrite now, and will not be when the file has grown some more: then waiting until half of
    /// it is dead would mean that it is never rewritten, and fills the disk.
    fn is_last_chance(&mut self, dead: u64, live: u64) -> bool {
        if dead <= SPARED + live / LEAST_DEAD {
            return false;
        }
        let step = SPARED.max(live / LOOKS);
        if (self.dead_at_look..self.dead_at_look + step).contains(&dead) {
            return false;
        }
        self.dead_at_look = dead;
        let space = Space::of(live);
        let folder = self.folder.as_ref();
        // Writers go on while the file is rewritten, and may be quick.
        folder.is_some_and(|folder| space.is_scarce(&**folder, live + 2 * step))
    }
}
