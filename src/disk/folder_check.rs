//! The short cut past the checks of a folder: if the folder's stamp is the one that a check has
//! seen, no name in the folder has changed since, or no more than a moment ago. Must not know
//! the names, or what is checked.

use std::time::{Duration, Instant};

/// The age at which a stamp is settled: longer than a tick of the kernel's clock, which is 1 to
/// 10 ms long. Two changes within one tick leave the same stamp, unless the file system has finer
/// times.
const SETTLED_AFTER: Duration = Duration::from_millis(50);
/// The time for which a check counts if it found a settled stamp. A file may be mounted over
/// one that was checked, and the clock may be set back.
const COUNTS_FOR: Duration = Duration::from_millis(100);
/// The time for which a check counts if another change may still leave the same stamp: about as long
/// as names may change after the check of any turn, before it commits.
const COUNTS_UNSETTLED_FOR: Duration = Duration::from_millis(2);

/// A time of the file system: seconds and nanoseconds.
pub type Time = (i64, u32);

/// The state of a folder, as the file system tells it. Making, renaming or removing a name in the
/// folder sets both times. Only the first can be set by programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Device and inode.
    pub number: (u64, u64),
    /// Time of the last change of a name.
    pub modified: Time,
    /// Time of the last change of any kind.
    pub changed: Time,
}

impl Stamp {
    /// Returns true if the file system seems to count fractions of seconds. Some count only
    /// seconds: all changes within one leave the same stamp.
    fn is_fine(&self) -> bool {
        self.modified.1 != 0 && self.changed.1 != 0
    }
}

/// A stamp, with the moment at which it was seen.
///
/// The moment is of this process's clock, which only runs forward. It is never compared with the
/// times in the stamp: those may come from another machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// The stamp.
    pub stamp: Stamp,
    /// The moment.
    pub at: Instant,
}

/// The state of the checks of one folder.
#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// The present stamp has not been seen.
    #[default]
    Unseen,
    /// The stamp was seen first in this sighting. No check has passed since.
    Seen(Sighting),
    /// A check has passed, and counts until a moment.
    Checked { first: Sighting, until: Instant },
}

impl State {
    fn without_check(self) -> Self {
        match self {
            State::Checked { first, .. } => State::Seen(first),
            other => other,
        }
    }
}

/// The checks of one folder.
#[derive(Debug, Default)]
pub struct FolderCheck(State);

/// The answer of [`FolderCheck::begin`].
#[derive(Debug)]
pub enum Freshness {
    /// The last check still counts: no name has changed since.
    Fresh,
    /// A check is needed, which begins with this.
    Stale(CheckUnderWay),
}

/// A check under way. Dropping it forgets the check.
#[derive(Debug)]
#[must_use]
pub struct CheckUnderWay(State);

impl FolderCheck {
    /// Begins a check, unless the last one still counts, with the stamp that the folder has just
    /// now. `None` to rely on no stamp.
    pub fn begin(&mut self, now: Option<Sighting>) -> Freshness {
        let Some(now) = now.filter(|now| now.stamp.is_fine()) else {
            self.0 = self.0.without_check();
            return Freshness::Stale(CheckUnderWay(self.0));
        };
        let (first, until) = match self.0 {
            State::Seen(first) if first.stamp == now.stamp => (first, None),
            State::Checked { first, until } if first.stamp == now.stamp => (first, Some(until)),
            _ => (now, None),
        };
        if until.is_some_and(|until| now.at < until) {
            return Freshness::Fresh;
        }
        // No earlier check counts until this one has passed: after an error the same store may
        // be asked again.
        self.0 = State::Seen(first);
        let is_old = now.at.duration_since(first.at) >= SETTLED_AFTER;
        let counts_for = match is_old {
            true => COUNTS_FOR,
            false => COUNTS_UNSETTLED_FOR,
        };
        let until = now.at + counts_for;
        Freshness::Stale(CheckUnderWay(State::Checked { first, until }))
    }

    /// Records that everything was found as it must be.
    pub fn passed(&mut self, check: CheckUnderWay) {
        self.0 = check.0;
    }
}

#[cfg(test)]
mod tests {
    use super::{FolderCheck, Freshness, Sighting, Stamp};
    use std::time::{Duration, Instant};

    /// A folder that is looked at, at times in milliseconds.
    struct Folder {
        check: FolderCheck,
        begun: Instant,
    }

    impl Folder {
        /// Looks at it first at 0 ms.
        fn new(stamp: Stamp) -> Self {
            let mut folder = Folder {
                check: FolderCheck::default(),
                begun: Instant::now(),
            };
            assert!(folder.is_checked(0, stamp));
            folder
        }

        fn begin(&mut self, at: u64, stamp: Stamp) -> Freshness {
            let at = self.begun + Duration::from_millis(at);
            self.check.begin(Some(Sighting { stamp, at }))
        }

        /// Tells if a check was needed, which then passes.
        fn is_checked(&mut self, at: u64, stamp: Stamp) -> bool {
            match self.begin(at, stamp) {
                Freshness::Fresh => false,
                Freshness::Stale(check) => {
                    self.check.passed(check);
                    true
                }
            }
        }
    }

    const STAMP: Stamp = Stamp {
        number: (1, 2),
        modified: (3, 4),
        changed: (5, 6),
    };

    #[test]
    fn a_check_counts_for_2_ms_until_the_stamp_has_been_seen_for_50_ms() {
        let mut folder = Folder::new(STAMP);
        assert!(!folder.is_checked(1, STAMP));
        assert!(folder.is_checked(2, STAMP));
        assert!(!folder.is_checked(3, STAMP));
        assert!(folder.is_checked(49, STAMP));
        assert!(!folder.is_checked(50, STAMP));
        assert!(folder.is_checked(51, STAMP));
        assert!(!folder.is_checked(53, STAMP));
    }

    #[test]
    fn a_check_of_a_settled_stamp_counts_for_100_ms() {
        let mut folder = Folder::new(STAMP);
        assert!(folder.is_checked(50, STAMP));
        assert!(!folder.is_checked(149, STAMP));
        assert!(folder.is_checked(150, STAMP));
        assert!(!folder.is_checked(249, STAMP));
    }

    #[test]
    fn any_other_stamp_needs_a_check() {
        let others = [
            Stamp {
                number: (1, 3),
                ..STAMP
            },
            Stamp {
                number: (2, 2),
                ..STAMP
            },
            Stamp {
                modified: (3, 3),
                ..STAMP
            },
            Stamp {
                modified: (2, 4),
                ..STAMP
            },
            Stamp {
                changed: (5, 7),
                ..STAMP
            },
            Stamp {
                changed: (6, 6),
                ..STAMP
            },
        ];
        for other in others {
            let mut folder = Folder::new(STAMP);
            assert!(folder.is_checked(50, STAMP));
            assert!(folder.is_checked(51, other), "{other:?}");
            // The first stamp may come back: the clock may be set back.
            assert!(folder.is_checked(52, STAMP));
            assert!(folder.is_checked(54, STAMP), "it is no older than that");
        }
    }

    #[test]
    fn a_check_that_has_not_passed_does_not_count() {
        let mut folder = Folder::new(STAMP);
        assert!(matches!(folder.begin(50, STAMP), Freshness::Stale(_)));
        assert!(matches!(folder.begin(51, STAMP), Freshness::Stale(_)));
        assert!(folder.is_checked(52, STAMP));
        assert!(!folder.is_checked(53, STAMP));
        // Nor does the one before it.
        assert!(matches!(folder.begin(152, STAMP), Freshness::Stale(_)));
        assert!(folder.is_checked(153, STAMP));
    }

    #[test]
    fn stamps_that_count_seconds_are_not_relied_on() {
        let of_seconds = [
            Stamp {
                modified: (3, 0),
                ..STAMP
            },
            Stamp {
                changed: (5, 0),
                ..STAMP
            },
        ];
        for stamp in of_seconds {
            let mut folder = Folder::new(stamp);
            for at in [0, 1, 50, 51, 10_000, 10_001] {
                assert!(folder.is_checked(at, stamp), "{stamp:?} after {at} ms");
            }
        }
    }

    #[test]
    fn without_a_stamp_every_look_is_a_check() {
        let mut folder = Folder::new(STAMP);
        assert!(folder.is_checked(50, STAMP));
        for _ in 0..2 {
            let Freshness::Stale(check) = folder.check.begin(None) else {
                panic!("relies on nothing");
            };
            folder.check.passed(check);
        }
        assert!(folder.is_checked(60, STAMP));
        assert!(!folder.is_checked(100, STAMP));
    }
}
