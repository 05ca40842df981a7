//! Telling damage from a write or a cut under way: apparent damage is looked at twice.
//!
//! The second look is made under the writer lock, when nobody can be writing. A reader without a
//! lock looks again after a pause: damage stays as it is. Cuts nothing: `recovery` does.

use super::{Access, Store};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::lock::Held;
use crate::log::{self, Check, End, Place, TailReport};
use std::time::{Duration, Instant};

/// The time for which apparent damage must stay the same before a reader without a lock reports it.
pub const DOUBTED_FOR: Duration = Duration::from_millis(100);

/// Apparent damage that a reader without a lock has seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doubt {
    since: Instant,
    /// End of the last valid line.
    end: u64,
    /// End of the data.
    data_end: u64,
}

/// The most looks at apparent damage without a lock.
const LOOKS: usize = 8;

/// Looks once, and again after a pause while the look is not fine, until two looks in a row see the
/// same. Beside writes over room a look may see a later commit without an earlier one, but not twice
/// the same.
pub(super) fn look_again_until_same<T>(
    pause: Duration,
    is_fine: impl Fn(&T) -> bool,
    is_same: impl Fn(&T, &T) -> bool,
    look: impl Fn() -> Result<T>,
) -> Result<T> {
    let mut seen = look()?;
    for _ in 1..LOOKS {
        if is_fine(&seen) {
            break;
        }
        std::thread::sleep(pause);
        let next = look()?;
        let is_last = is_same(&seen, &next);
        seen = next;
        if is_last {
            break;
        }
    }
    Ok(seen)
}

impl Store {
    /// Looks once, without a lock: returns true if a line of the tail claims a commit that is
    /// missing. No crash tears such a tail.
    pub(super) fn shows_damage(&self) -> Result<bool> {
        let tail = log::inspect_tail(&**self.data.file(), &self.data.position)?;
        Ok(tail.claimed > self.data.position.commit)
    }

    /// Looks a second time, under the writer lock. Reports damage.
    pub(super) fn look_again(&mut self, _held: &Held) -> Result<()> {
        self.confirm()
    }

    /// Inspects the tail under the writer lock. Reports damage.
    pub(super) fn inspect_tail(&self, _held: &Held) -> Result<TailReport> {
        let position = &self.data.position;
        let tail = log::inspect_tail(&**self.data.file(), position)?;
        match tail.claimed > position.commit {
            true => Err(self.missing_commit()),
            false => Ok(tail),
        }
    }

    /// Looks without a lock at apparent damage. Reports it if it has looked the same
    /// for long enough.
    pub(super) fn doubt(&mut self) -> Result<()> {
        let end = self.data.position.end;
        let data_end = self.data.tail().data_end()?;
        let Access::Reading(doubt) = &mut self.access else {
            return Ok(());
        };
        match doubt {
            Some(first) if (first.end, first.data_end) == (end, data_end) => {
                if first.since.elapsed() < DOUBTED_FOR {
                    return Ok(());
                }
            }
            _ => {
                let since = Instant::now();
                *doubt = Some(Doubt {
                    since,
                    end,
                    data_end,
                });
                return Ok(());
            }
        }
        self.confirm()
    }

    fn confirm(&mut self) -> Result<()> {
        match self.data.read_on(Check::Full)? {
            End::OfLog(_) => Ok(()),
            End::Replaced => Err(Error::Untrusted),
            End::Tail if self.shows_damage()? => Err(self.missing_commit()),
            End::Tail => Ok(()),
        }
    }

    /// Explains why this store could not be reopened: its file was damaged since it was read, or
    /// something overwrites the file in place, as `cp` does with a backup.
    pub fn explain(&mut self, error: Error) -> Error {
        match error {
            Error::Corrupt { path, line, reason } if path == self.data_file() => {
                match self.is_overwritten() {
                    true => Error::Overwritten { path, line, reason },
                    false => Error::Corrupt { path, line, reason },
                }
            }
            other => other,
        }
    }

    /// Returns true if the file is shorter than it was, or another commit is in place of the last
    /// one.
    fn is_overwritten(&mut self) -> bool {
        let end = self.data.position.end;
        let data_end = self.data.tail().data_end();
        data_end.is_ok_and(|data_end| data_end < end)
            || matches!(self.data.read_on(Check::Quick), Ok(End::Replaced))
    }

    /// Makes the error of an item that differs from the stored one, unless the last commit of the
    /// file has been replaced.
    pub(super) fn damaged_item(&mut self, place: &Place) -> Error {
        match self.data.read_on(Check::Quick) {
            Ok(End::Replaced) => Error::Untrusted,
            // After a failed sync the item may have been in memory alone, until the system forgot
            // it.
            Ok(_) if self.data.is_disowned() && self.data.is_unclaimed(place) => Error::Untrusted,
            Ok(_) => {
                let (file, place) = self.data.files().locate(place);
                damaged_item(&**file, &place)
            }
            Err(error) => error,
        }
    }

    fn missing_commit(&self) -> Error {
        let missing = self.data.position.commit.saturating_add(1);
        self.damage(&format!(
            "commit {missing} is damaged; later lines show that it had been stored"
        ))
    }

    /// Makes the error of damage in the line after the last valid one.
    pub(super) fn damage(&self, reason: &str) -> Error {
        damage_at(
            &**self.data.file(),
            self.data.position.end,
            reason.to_string(),
        )
    }
}

/// Makes the error of an item that differs from the stored one.
pub(super) fn damaged_item(file: &dyn DiskFile, place: &Place) -> Error {
    let reason = "the item is not what was stored".to_string();
    damage_at(file, place.offset, reason)
}

fn damage_at(file: &dyn DiskFile, offset: u64, reason: String) -> Error {
    match log::line_number(file, offset) {
        Ok(line) => Error::Corrupt {
            path: file.path().to_path_buf(),
            line,
            reason,
        },
        Err(error) => error,
    }
}
