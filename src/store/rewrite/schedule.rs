//! The schedule of compactions in the background: one begins when it is worth it, it fits, and the
//! last attempt was not just now. Where it may soon not fit, it begins earlier.
//!
//! An attempt reads the complete file. After a failed one the next waits until more has changed
//! than the free space.

use super::space::Space;
use crate::disk::Folder;
use std::time::{Duration, Instant};

/// A compaction is worth it when a file has more dead bytes than live ones, and so many more.
const SPARED: u64 = 128 << 10;
/// The pause after a failed attempt.
const PAUSE_AFTER_ATTEMPT: Duration = Duration::from_secs(60);
/// The pause after finding no space.
const PAUSE_AFTER_LOOK: Duration = Duration::from_secs(1);
/// Where a compaction may soon not fit, it is worth it when one in so many live bytes is dead.
const LEAST_DEAD: u64 = 4;
/// The free space is measured again when one in so many live bytes more is dead.
const LOOKS: u64 = 16;

/// The last time that a compaction was worth it.
#[derive(Debug)]
struct Occasion {
    dead: u64,
    live: u64,
    at: Instant,
    pause: Duration,
}

impl Occasion {
    /// Returns true if another attempt would gain more, write less, or come late enough.
    fn is_over(&self, dead: u64, live: u64) -> bool {
        dead >= self.dead + SPARED.max(self.live / 4)
            || live <= self.live / 2 && live < self.live
            || self.at.elapsed() >= self.pause
    }
}

/// The schedule of the compactions of one data file.
#[derive(Debug, Default)]
pub struct Schedule {
    last: Option<Occasion>,
    /// Number of dead bytes when the free space was last measured.
    dead_at_look: u64,
}

impl Schedule {
    /// Decides whether to begin a compaction of a file with so many live and dead bytes. If asked
    /// again while the file is the same, the last attempt counts as failed.
    pub fn wants(&mut self, folder: &dyn Folder, live: u64, dead: u64) -> bool {
        if dead <= live + SPARED && !self.is_last_chance(folder, live, dead) {
            return false;
        }
        let last = self.last.as_ref();
        if last.is_some_and(|last| !last.is_over(dead, live)) {
            return false;
        }
        let has_space = Space::of(live).is_there(folder);
        self.last = Some(Occasion {
            dead,
            live,
            at: Instant::now(),
            pause: match has_space {
                true => PAUSE_AFTER_ATTEMPT,
                false => PAUSE_AFTER_LOOK,
            },
        });
        has_space
    }

    /// Returns true if a compaction fits now, but will not when the file has grown a little.
    /// Waiting until half of the file is dead would then mean that it is never compacted, and fills
    /// the disk.
    fn is_last_chance(&mut self, folder: &dyn Folder, live: u64, dead: u64) -> bool {
        if dead <= SPARED + live / LEAST_DEAD {
            return false;
        }
        let step = SPARED.max(live / LOOKS);
        if (self.dead_at_look..self.dead_at_look + step).contains(&dead) {
            return false;
        }
        self.dead_at_look = dead;
        // Writers go on while the file is rewritten, and may be quick.
        Space::of(live).is_scarce(folder, live + 2 * step)
    }
}
