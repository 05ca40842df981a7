//! Reads: they wait for nothing, and see what stands.

use super::{Access, Listing, Store, listing};
use crate::error::{Error, Result};
use crate::index::{Entry, Which};
use crate::log::{End, Place};
use crate::record::Item;
use std::time::{Duration, Instant};

/// How long what looks like damage to a reader without a lock must stay as it is to be taken for damage: a write or a cut
/// under way does not.
pub const DOUBTED_FOR: Duration = Duration::from_millis(100);

/// What looked like damage to a reader without a lock.
#[derive(Debug, Clone, Copy)]
pub struct Doubt {
    since: Instant,
    /// Where what stands ended, and the file.
    end: u64,
    length: u64,
}

impl Store {
    /// Reads what others have committed since the last look. Waits for nothing. Reads do it by themselves.
    pub fn look(&mut self) -> Result<()> {
        if self.has_lock() {
            return Ok(());
        }
        if self.must_reopen {
            return Err(Error::Untrusted);
        }
        if self.has_successor()? || !self.data.file().is_at_its_path()? {
            self.follow()?;
        }
        let status = self.data.file().status()?;
        // Compared with the end of what stands, not with the last length seen: a cut and a commit of the same length
        // would hide each other.
        if status.length == self.data.position.end {
            return Ok(());
        }
        // Looked at before it is judged, so that what changes meanwhile makes it another one.
        let tail = self.large_tail(status.length)?;
        if tail.is_some() && tail == self.judged {
            return Ok(());
        }
        match self.data.read_on()? {
            End::OfFile => Ok(()),
            End::Replaced => Err(Error::Untrusted),
            End::Tail if !self.shows_damage()? => {
                self.judged = tail;
                Ok(())
            }
            End::Tail => self.look_again(),
        }
    }

    /// The second look at what may be damage, if nobody can be writing.
    fn look_again(&mut self) -> Result<()> {
        let held = match &self.access {
            Access::Reading(_) => return self.doubt(),
            Access::Writing { lock, .. } => lock.try_acquire()?,
        };
        match held {
            Some(_held) => self.look_for_damage(),
            // Whoever has the lock now will find the damage, if it is one.
            None => Ok(()),
        }
    }

    /// Takes for damage what has looked like it for some time, if it looks like it now.
    pub(super) fn doubt(&mut self) -> Result<()> {
        let end = self.data.position.end;
        let length = self.data.file().status()?.length;
        let Access::Reading(doubt) = &mut self.access else {
            return Ok(());
        };
        match doubt {
            Some(first) if (first.end, first.length) == (end, length) => {
                if first.since.elapsed() < DOUBTED_FOR {
                    return Ok(());
                }
            }
            _ => {
                let since = Instant::now();
                *doubt = Some(Doubt { since, end, length });
                return Ok(());
            }
        }
        self.look_for_damage()
    }

    /// What `take` makes of the item of a key, if it is there at a time (in milliseconds since 1970). `key` is its JSON text.
    pub fn read<T>(
        &mut self,
        key: &[u8],
        now: u64,
        take: impl FnOnce(&Item) -> T,
    ) -> Result<Option<T>> {
        self.look()?;
        self.read_known(key, now, take)
    }

    /// The same, of what was seen by the last look.
    pub fn read_known<T>(
        &mut self,
        key: &[u8],
        now: u64,
        take: impl FnOnce(&Item) -> T,
    ) -> Result<Option<T>> {
        let Some(place) = self.find(key, now).map(|entry| *entry.place()) else {
            return Ok(None);
        };
        let line = self.data.read_line(&place)?;
        let item = line.and_then(Item::parse).filter(|item| item.key == key);
        match item.as_ref().map(take) {
            Some(taken) => Ok(Some(taken)),
            None => Err(self.damaged_item(&place)),
        }
    }

    /// The error of an item that is no longer what was stored, unless the file's last commit has been replaced.
    fn damaged_item(&mut self, place: &Place) -> Error {
        match self.data.read_on() {
            Ok(End::Replaced) => Error::Untrusted,
            // What a failed sync left in memory alone is gone as soon as the system forgets it.
            Ok(_) if self.data.is_disowned() && self.data.is_unclaimed(place) => Error::Untrusted,
            Ok(_) => {
                let (file, place) = self.data.files().locate(place);
                listing::damaged_item(&**file, &place)
            }
            Err(error) => error,
        }
    }

    /// Whether a key is there at a time.
    pub fn has(&mut self, key: &[u8], now: u64) -> Result<bool> {
        self.look()?;
        Ok(self.find(key, now).is_some())
    }

    /// Tells whether a key is there, as of the last look, and has expired by a time.
    pub fn has_expired(&self, key: &[u8], now: u64) -> bool {
        let index = self.data.index();
        let entry = index.get(index.hash(key));
        entry.is_some_and(|entry| !entry.is_live(now))
    }

    fn find(&self, key: &[u8], now: u64) -> Option<&Entry> {
        let index = self.data.index();
        let entry = index.get(index.hash(key));
        entry.filter(|entry| entry.is_live(now))
    }

    /// How many items are there at a time.
    pub fn count(&mut self, now: u64) -> Result<usize> {
        self.look()?;
        Ok(self.data.index().count_live(now))
    }

    /// The same, if it takes no long look at items that have expired: else a listing counts them bit by bit.
    pub fn count_at_once(&mut self, now: u64) -> Result<Option<usize>> {
        self.look()?;
        let index = self.data.index();
        Ok(index.counts_at_once(now).then(|| index.count_live(now)))
    }

    /// The items that are there at a time, as they are now, whatever is committed later.
    pub fn listing(&mut self, now: u64) -> Result<Listing> {
        self.look()?;
        Ok(self.data.list(Which::Live(now)))
    }

    /// The items that have expired and are still kept.
    pub fn expired(&mut self, now: u64) -> Result<Listing> {
        self.look()?;
        Ok(self.data.list(Which::Expired(now)))
    }
}
