//! Reads: they wait for nothing, and see the valid commits. [`Store::look`] alone reads what others
//! have committed; the other reads answer as of the last look or turn, so that several after one
//! look see one moment. Must not know the cache of JavaScript.

use super::change_counter::counter;
use super::judged_tail::JudgedTail;
use super::{Access, Backup, Listing, Source, Store};
use crate::error::{Error, Result};
use crate::index::{Choice, Entry, Which};
use crate::log::End;
use crate::record::{Content, Item};

impl Store {
    /// Reads what others have committed since the last look. Waits for nothing. Does nothing in
    /// a turn, which has read everything.
    pub fn look(&mut self) -> Result<()> {
        while self.look_some()? {}
        Ok(())
    }

    /// Does a part of `look` that takes a few milliseconds, unless there is a longer commit. Returns
    /// true if more may be left.
    pub fn look_some(&mut self) -> Result<bool> {
        if self.has_lock() {
            return Ok(false);
        }
        if self.must_reopen {
            return Err(Error::Untrusted);
        }
        if self.has_successor()? || !self.data.file().is_at_its_path()? {
            self.follow()?;
        }
        // The end of the log is looked at, not the last end seen: a cut and a commit of the same
        // length would hide each other.
        if !self.data.may_have_news()? {
            return Ok(false);
        }
        // Marked before it is judged: a change in between makes it a different tail.
        let lock = match &self.access {
            Access::Writing { lock, .. } => Some(lock.file()),
            Access::Reading(_) | Access::Resting(_) => None,
        };
        let tail = JudgedTail::of(&self.data, lock)?;
        if tail.is_some() && tail == self.judged {
            return Ok(false);
        }
        let check = self.data.check_of_look();
        if self.data.read_some(check)? {
            return Ok(true);
        }
        match self.data.read_on(check)? {
            End::OfLog(_) => {}
            End::Replaced => return Err(Error::Untrusted),
            End::Tail if !self.shows_damage()? => self.judged = tail,
            End::Tail => self.look_again_if_unlocked()?,
        }
        Ok(false)
    }

    /// Looks a second time at apparent damage, if nobody can be writing.
    fn look_again_if_unlocked(&mut self) -> Result<()> {
        let held = match &self.access {
            Access::Reading(_) | Access::Resting(_) => return self.doubt(),
            Access::Writing { lock, .. } => lock.try_acquire()?,
        };
        match held {
            Some(held) => self.look_again(&held),
            // If it is damage, the present holder of the lock will find it.
            None => Ok(()),
        }
    }

    /// Reads the item of a key, given as JSON text, that has not expired at a time (in milliseconds
    /// since 1970). Returns the result of `take` on it.
    pub fn read<T>(
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

    /// Returns true if a key has an item that has not expired at a time.
    pub fn has(&self, key: &[u8], now: u64) -> bool {
        self.find(key, now).is_some()
    }

    /// Tells when the item of a key expires, in milliseconds since 1970, `Some(None)` for never, if
    /// it has not expired at a time.
    pub fn expiry(&self, key: &[u8], now: u64) -> Option<Option<u64>> {
        self.find(key, now).map(Entry::expires)
    }

    /// Returns true if a key has an item that has expired by a time.
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

    /// Counts the items that have not expired at a time.
    pub fn count(&self, now: u64) -> usize {
        self.data.index().count_live(now)
    }

    /// Counts them if that takes no long look at expired items. `None` if a listing must count them
    /// in steps.
    pub fn count_at_once(&self, now: u64) -> Option<usize> {
        let index = self.data.index();
        index.counts_at_once(now).then(|| index.count_live(now))
    }

    /// Returns true if a listing begins at once. After the opening of a large store it first waits for
    /// a thread that sorts the keys.
    pub fn is_ordered(&self) -> bool {
        self.data.index().is_ordered()
    }

    /// Lists all items that have not expired at a time, in the order of their keys, as they are now;
    /// later commits do not show.
    pub fn listing(&mut self, now: u64) -> Listing {
        self.listing_of(now, &Choice::default())
    }

    /// Lists those of a choice.
    pub fn listing_of(&mut self, now: u64, choice: &Choice) -> Listing {
        self.data.list(choice, Which::Live(now))
    }

    /// Counts the items of a choice that have not expired at a time.
    pub fn count_of(&mut self, now: u64, choice: &Choice) -> usize {
        let mut listing = self.listing_of(now, choice);
        std::iter::from_fn(|| listing.count_on()).sum()
    }

    /// Adds a line that removes it for each item of a choice that has not expired at a time.
    pub(super) fn write_removals(
        &mut self,
        now: u64,
        choice: &Choice,
        lines: &mut Vec<u8>,
    ) -> Result<()> {
        let content = Content::Removed;
        let mut write = |key: &[u8], _| Item { key, content }.write(lines);
        let mut listing = self.listing_of(now, choice);
        while listing.read_keys(usize::MAX, &mut write)? {}
        Ok(())
    }

    /// Finds the items of keys, given as JSON texts, that have not expired at a time: their entries,
    /// and a listing that visits them as they are now.
    pub fn select(&self, keys: &[String], now: u64) -> (Listing, Vec<Entry>) {
        let found = keys.iter().filter_map(|key| self.find(key.as_bytes(), now));
        (self.data.list_none(), found.copied().collect())
    }

    /// Lists the items that have expired by a time and are still kept, in any order.
    pub fn expired(&self, now: u64) -> Listing {
        self.data.list_by_slot(Which::Expired(now))
    }

    /// Counts the items, with the expired ones, as of the last look.
    pub fn kept(&self) -> u64 {
        self.data.index().len() as u64
    }

    /// Adds up the lengths of the items' lines, in bytes, as of the last look.
    pub fn live_bytes(&self) -> u64 {
        self.data.index().bytes()
    }

    /// Tells the length of the log in bytes, without room, as of the last look.
    pub fn log_bytes(&self) -> u64 {
        self.data.position.end
    }

    /// Counts the reads that found new commits. Answers from before such a read may be outdated.
    pub fn changes(&mut self) -> u32 {
        let changes = self.data.changes();
        self.told = Some(changes);
        changes
    }

    /// Reads the change counter. `None` if readers must look at the data file instead: for a store
    /// that is only read, without a counter, and after a read that found new commits of which
    /// [`Store::changes`] did not tell yet. A compaction looks on a thread of its own, and a reader
    /// must not take older values from its cache afterwards.
    pub fn counter(&self) -> Option<u32> {
        if self.must_reopen || self.told != Some(self.data.changes()) {
            return None;
        }
        counter(self.lock().ok()?.file()).ok()?
    }

    /// Takes the items as of the last look or turn, for a backup of them.
    pub fn backup(&mut self) -> Backup {
        Backup::of(self)
    }

    /// Takes the items for a compaction in this process. `None` if the compaction must read them
    /// itself.
    pub fn compaction_source(&mut self) -> Option<Source> {
        self.look().is_ok().then(|| Source::of(self))
    }

    /// Decides whether to begin a compaction in the background.
    pub fn wants_compaction(&mut self) -> bool {
        let live = self.live_bytes();
        let dead = self.data.position.end.saturating_sub(live);
        match &self.folder {
            Some(folder) => self.schedule.wants(&**folder, live, dead),
            None => false,
        }
    }
}
