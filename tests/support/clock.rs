//! The clock of a simulated machine. Folders get its time in ticks, as on a kernel without
//! finer times: several changes within one tick leave the same time.

use super::random::Random;
use persist_lock::disk::Time;
use std::time::{Duration, Instant};

/// The time between two ticks: the longest on Linux.
const TICK: Duration = Duration::from_millis(10);
/// The times that pass between two looks at folders: within a tick, a tick or some, and long enough
/// for a stamp to settle, or for a check to count no more.
const PASSING: [Duration; 7] = [
    Duration::from_micros(10),
    Duration::from_micros(10),
    Duration::from_micros(10),
    Duration::from_millis(1),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(90),
];

#[derive(Debug)]
pub struct Clock {
    random: Random,
    begun: Instant,
    now: Duration,
    /// True if the time that folders get stands still.
    is_stalled: bool,
}

impl Clock {
    pub fn new(seed: u64) -> Self {
        Clock {
            random: Random::new(seed).fork(),
            begun: Instant::now(),
            // Not at the beginning of a second: a time without nanoseconds is not relied on.
            now: Duration::from_millis(1),
            is_stalled: false,
        }
    }

    /// Lets a tick pass.
    pub fn pass_tick(&mut self) {
        self.now += TICK;
    }

    /// Lets some time pass.
    pub fn pass(&mut self) {
        self.now += self.random.pick(&PASSING);
    }

    /// Lets the time that folders get stand still, as that of a virtual machine whose processor
    /// waits for its host, or of a file system that keeps no times of folders.
    pub fn stall(&mut self) {
        self.is_stalled = true;
    }

    /// Returns the moment that it is.
    pub fn moment(&self) -> Instant {
        self.begun + self.now
    }

    /// Returns the last tick, as the time of a file system.
    pub fn tick(&self) -> Time {
        let ticks = match self.is_stalled {
            true => 0,
            false => self.now.as_nanos() / TICK.as_nanos(),
        };
        let tick = TICK * ticks as u32 + Duration::from_nanos(1);
        (tick.as_secs() as i64, tick.subsec_nanos())
    }
}
