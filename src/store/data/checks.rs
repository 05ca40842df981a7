//! The checks of the rest of the data file: each is quick, or full. Must not know their results.

use super::trust::Trust;
use crate::log::Check;
use std::time::{Duration, Instant};

/// The time for which quick checks suffice after a full one. A commit that a quick check passes
/// over, since the disk has lost its beginning, is found after so long at the latest.
const SUFFICES: Duration = Duration::from_secs(1);

/// The last full check that found nothing but room.
#[derive(Debug, Default)]
pub struct Checks {
    last: Option<Instant>,
}

impl Checks {
    /// Records a full check that found nothing but room.
    pub fn passed(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// Chooses the check of a look.
    pub fn of_look(&self, now: Instant) -> Check {
        match self.last {
            Some(last) if now.saturating_duration_since(last) < SUFFICES => Check::Quick,
            _ => Check::Full,
        }
    }

    /// Chooses the check of a turn. I11: a newcomer checks all of the rest. What a crash left there
    /// may begin with spaces, and loading, without the lock, may have met a write under way.
    pub fn of_turn(&self, now: Instant, trust: &Trust) -> Check {
        match trust.is_newcomer() {
            true => Check::Full,
            false => self.of_look(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Checks, SUFFICES, Trust};
    use crate::log::Check;
    use std::time::{Duration, Instant};

    #[test]
    fn quick_checks_suffice_for_a_while_after_a_full_one() {
        let mut checks = Checks::default();
        let now = Instant::now();
        assert_eq!(checks.of_look(now), Check::Full);
        checks.passed(now);
        let last = now + SUFFICES - Duration::from_nanos(1);
        assert_eq!(checks.of_look(last), Check::Quick);
        assert_eq!(checks.of_look(now + SUFFICES), Check::Full);
    }

    #[test]
    fn a_newcomer_checks_fully() {
        let mut checks = Checks::default();
        let now = Instant::now();
        checks.passed(now);
        assert_eq!(checks.of_turn(now, &Trust::default()), Check::Full);
    }
}
