//! A writer turn: the time in which a store has the writer lock. Under it the store reads what
//! others committed, recovers a torn end, and appends.

use super::Store;
use super::data::{Change, Room, Staged};
use super::lock_text::LockText;
use crate::disk::Freshness;
use crate::error::{Error, Result};
use crate::index::Choice;
use crate::lease::{Since, TakenForTurn, TurnLeases};
use crate::lock::Held;
use crate::log::{End, Place};
use crate::record::{CLEARED, Claim, Commit, Item};
use std::ops::Deref;

/// The most bytes of a refused line that its error shows.
const SHOWN: usize = 80;

/// A turn of a store. Only a turn commits and claims (I2), and takes, keeps and ends leases (I7).
/// It ends at the latest when it is dropped: then the lock is free, whatever happened.
#[derive(Debug)]
#[must_use]
pub struct Turn<'store> {
    store: &'store mut Store,
    leases: TakenForTurn,
    /// The writer lock. `None` once the turn is over, or paused.
    held: Option<Held>,
}

/// A turn that lets its store be read and relocated meanwhile. It has the writer lock. Dropping it
/// gives the lock up and ends nothing else: the next turn counts what this one has committed.
#[derive(Debug)]
#[must_use]
pub struct Paused {
    // Dropped in this order: the lock last.
    leases: TakenForTurn,
    held: Option<Held>,
}

impl Store {
    /// Begins a turn. `None` if the lock is not free: wait for it through [`Store::lock`].
    /// [`Error::needs_reopening`] means that this store must be reopened, [`Error::Disowned`] that
    /// [`super::renew`] must move it to a new file before it is reopened.
    pub fn begin_turn(&mut self) -> Result<Option<Turn<'_>>> {
        let Some(held) = self.lock()?.try_acquire()? else {
            return Ok(None);
        };
        let leases = self.prepare_turn(&held)?;
        let held = Some(held);
        Ok(Some(self.turn(Paused { leases, held })))
    }

    /// Goes on with a turn. [`Error::NotInTurn`] if it was begun by another store, such as the one
    /// before this was reopened: that turn is over then.
    pub fn resume(&mut self, paused: Paused) -> Result<Turn<'_>> {
        let lock = self.lock()?;
        match paused.held.as_ref().is_some_and(|held| held.is_of(lock)) {
            true => Ok(self.turn(paused)),
            false => Err(Error::NotInTurn),
        }
    }

    fn turn(&mut self, Paused { leases, held }: Paused) -> Turn<'_> {
        Turn {
            store: self,
            leases,
            held,
        }
    }

    fn prepare_turn(&mut self, held: &Held) -> Result<TakenForTurn> {
        self.cuts.of_turn = None;
        self.lock_text = LockText::read(held.file());
        let since = self.check_files(held)?;
        self.read_news(held)?;
        let leases = TakenForTurn::begin(self.leases()?, held, since)?;
        self.data.vouch(held)?;
        Ok(leases)
    }

    /// Makes sure that lock and file are the store's own, that all commits are read, and that the
    /// next can follow.
    pub(super) fn bring_up_to_date(&mut self, held: &Held) -> Result<()> {
        self.check_paths(held)?;
        self.read_news(held)
    }

    /// Makes sure that lock and file are the store's own. Needs one look at the folder if nothing
    /// has happened there since the last turn.
    fn check_files(&mut self, held: &Held) -> Result<Since> {
        // Two signs must agree. The counter tells of all that other instances do; the stamp also of
        // what anybody else does in the folder.
        let is_as_left = self.counting.is_as_left(self.lock_text.counter);
        let seen = match is_as_left && !self.must_reopen {
            true => self.folder()?.sight(),
            false => None,
        };
        let check = match self.folder_check.begin(seen) {
            Freshness::Fresh => return Ok(Since::Unchanged),
            Freshness::Stale(check) => check,
        };
        self.check_paths(held)?;
        self.folder_check.passed(check);
        Ok(match is_as_left {
            true => Since::Quiet,
            false => Since::Unknown,
        })
    }

    fn check_paths(&mut self, held: &Held) -> Result<()> {
        if self.must_reopen {
            return Err(Error::Untrusted);
        }
        if !held.file().is_at_its_path()? {
            return Err(Error::Superseded);
        }
        match self.has_successor()? || !self.data.file().is_at_its_path()? {
            true => self.follow(),
            false => Ok(()),
        }
    }

    fn read_news(&mut self, held: &Held) -> Result<()> {
        if self.data.is_disowned() {
            return Err(Error::Disowned);
        }
        match self.data.read_in_turn(held)? {
            End::OfLog(_) => Ok(()),
            End::Tail => {
                // A cut is news as well.
                self.counting.demand();
                self.recover(held)
            }
            End::Replaced => Err(Error::Untrusted),
        }
    }

    fn commit(&mut self, held: &Held, items: Vec<u8>, clear: bool) -> Result<()> {
        let clear = clear && !self.data.index().is_empty();
        let mut lines = items;
        let of_items = if clear { CLEARED.len() } else { 0 };
        if clear {
            lines.splice(..0, CLEARED.iter().copied());
        }
        if lines.is_empty() {
            return Ok(());
        }
        let start = self.data.position.end;
        let items = lines.get(of_items..).unwrap_or_default();
        let mut staged = Staged::default();
        if clear {
            staged.push(Change::Clear, b"");
        }
        self.stage(items, start + of_items as u64, &mut staged)?;
        let position = &self.data.position;
        let Some(number) = position.commit.checked_add(1) else {
            return Err(self.damage("no commit can follow on the number that it has"));
        };
        let synced = self.data.claims().synced;
        let commit = Commit::close(&mut lines, number, synced, position.checksum);
        let room = self.options.room;
        self.data.append_commit(held, lines, &commit, staged, room)
    }

    fn claim(&mut self, held: &Held) -> Result<()> {
        let claims = self.data.claims();
        if claims.synced <= claims.claimed {
            return Ok(());
        }
        let synced = claims.synced;
        let line = Claim::line(synced, self.data.position.checksum);
        self.data.append_claim(held, line, synced)
    }

    fn stage(&self, lines: &[u8], start: u64, staged: &mut Staged) -> Result<()> {
        let mut offset = start;
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            let parsed = Item::parse(line).zip(Place::of(line, offset));
            let Some((item, place)) = parsed else {
                let shown = line.get(..SHOWN).unwrap_or(line);
                let line = String::from_utf8_lossy(shown).trim_end().to_string();
                return Err(Error::InvalidItem { line });
            };
            staged.push(self.data.change(&item, place), item.key);
            offset += line.len() as u64;
        }
        Ok(())
    }
}

impl Turn<'_> {
    /// Names this process in the lock file, for the messages of calls that wait too long for the
    /// lock.
    pub fn sign(&mut self) {
        if let Some(held) = &self.held {
            self.store.signature.renew(held, &self.store.lock_text);
        }
    }

    /// Commits item lines, all or nothing; with `clear`, after a line that removes every item that
    /// was there. Many lines may name one key: the last counts. Nothing to change is no commit.
    pub fn commit(&mut self, items: Vec<u8>, clear: bool) -> Result<()> {
        let held = self.held.as_ref().ok_or(Error::NotInTurn)?;
        self.store.commit(held, items, clear)
    }

    /// Adds the lines that remove the items of a choice that have not expired at a time: to be
    /// committed in this turn, before any other line of these keys.
    pub fn write_removals(&mut self, now: u64, choice: &Choice, lines: &mut Vec<u8>) -> Result<()> {
        self.store.write_removals(now, choice, lines)
    }

    /// Claims what this instance knows to be on disk and no line of the file says so yet.
    pub fn claim(&mut self) -> Result<()> {
        let held = self.held.as_ref().ok_or(Error::NotInTurn)?;
        self.store.claim(held)
    }

    /// Cuts off the room after the log, for an instance that closes. One that has made a single
    /// commit leaves it alone: it is another's, or was left by a killed process.
    pub fn trim(&mut self) -> Result<()> {
        let held = self.held.as_ref().ok_or(Error::NotInTurn)?;
        match self.store.options.room {
            Room::None => Ok(()),
            Room::UpTo { .. } => self.store.data.trim(held),
        }
    }

    /// Counts the times that commits of others were read: [`Store::changes`].
    pub fn changes(&mut self) -> u32 {
        self.store.changes()
    }

    /// Returns the leases on keys.
    pub fn leases(&mut self) -> Result<TurnLeases<'_>> {
        Ok(self.leases.of(self.store.leases()?))
    }

    /// Lets go of the store, and keeps the lock.
    pub fn pause(mut self) -> Paused {
        Paused {
            leases: std::mem::take(&mut self.leases),
            held: self.held.take(),
        }
    }

    /// Ends the turn. Returns the new count of the change counter, if the turn had to count. A
    /// lease's file that could not be unlinked is an error; what was committed stands all the same,
    /// and the lock is free.
    pub fn end(mut self) -> Result<Option<u32>> {
        self.finish()
    }

    fn finish(&mut self) -> Result<Option<u32>> {
        let Some(held) = self.held.take() else {
            return Ok(None);
        };
        let store = &mut *self.store;
        if self.leases.has_made_files() {
            store.counting.demand();
        }
        let found = store.lock_text.counter;
        let counted = store.counting.end_turn(&held, found, &store.data);
        let ended = self.leases().and_then(TurnLeases::end_turn);
        held.release()?;
        ended.map(|()| counted)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Nobody is left to hear of an error.
        let _ = self.finish();
    }
}

/// For the reads that change nothing.
impl Deref for Turn<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store
    }
}
