//! A writer turn: under the writer lock, read what others committed, mend the end, append.

use super::Store;
use super::data::Staged;
use crate::error::{Error, Result};
use crate::log::{End, Place};
use crate::record::{CLEARED, Claim, Commit, Item};

/// How much of a line that is refused an error shows, in bytes.
const SHOWN: usize = 80;

impl Store {
    /// Begins a turn, or goes on with the one under way. `false` if another has the lock: wait for it through
    /// [`Store::lock`]. [`Error::needs_reopening`] means that this store must be reopened, [`Error::Disowned`] that [`super::renew`] must
    /// move it to a new file before it is reopened.
    pub fn begin_turn(&mut self) -> Result<bool> {
        let lock = self.lock()?.clone();
        if !lock.try_acquire()? {
            return Ok(false);
        }
        match self.prepare_turn() {
            Ok(()) => Ok(true),
            Err(error) => {
                lock.release()?;
                Err(error)
            }
        }
    }

    /// Says who has the writer lock: for the messages of those who wait too long for it.
    pub fn sign_turn(&self, holder: &str) {
        if let Ok(lock) = self.lock() {
            let _ = lock.file().write_at(0, holder.as_bytes());
        }
    }

    fn prepare_turn(&mut self) -> Result<()> {
        self.cuts.of_turn = None;
        self.bring_up_to_date()?;
        self.leases()?.begin_turn()?;
        self.data.vouch()
    }

    /// Under the writer lock: sees to it that lock and file are the store's own, that all commits are read, and that the next
    /// can follow.
    pub(super) fn bring_up_to_date(&mut self) -> Result<()> {
        if self.must_reopen {
            return Err(Error::Untrusted);
        }
        if !self.lock()?.file().is_at_its_path()? {
            return Err(Error::Superseded);
        }
        if self.has_successor()? || !self.data.file().is_at_its_path()? {
            self.follow()?;
        }
        if self.data.is_disowned() {
            return Err(Error::Disowned);
        }
        match self.data.read_on()? {
            End::Whole => Ok(()),
            End::Broken => {
                // A cut is news as well.
                self.left_at = None;
                self.recover()
            }
            End::Replaced => Err(Error::Untrusted),
        }
    }

    /// Commits item lines, all or nothing; with `clear`, after a line that removes every item that was there. Many lines may name
    /// one key: the last counts. Nothing to change is no commit.
    pub fn commit(&mut self, items: Vec<u8>, clear: bool) -> Result<()> {
        if !self.has_lock() {
            return Err(Error::NotInTurn);
        }
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
        let mut staged = Vec::new();
        if clear {
            staged.push(Staged::Clear);
        }
        self.stage(items, start + of_items as u64, &mut staged)?;
        let position = &self.data.position;
        let Some(number) = position.commit.checked_add(1) else {
            return Err(self.damage("no commit can follow on the number that it has"));
        };
        let synced = self.data.claims().synced;
        let commit = Commit::close(&mut lines, number, synced, position.checksum);
        self.append(&lines)?;
        self.data
            .take_commit(&commit, staged, start + lines.len() as u64);
        Ok(())
    }

    /// Ends the turn.
    pub fn end_turn(&mut self) -> Result<()> {
        if !self.has_lock() {
            return Ok(());
        }
        self.count_turn();
        let ended = self.leases()?.end_turn();
        self.lock()?.release()?;
        ended
    }

    /// Claims what this instance knows to be on disk and no line of the file says so yet. Needs a turn.
    pub fn claim(&mut self) -> Result<()> {
        if !self.has_lock() {
            return Err(Error::NotInTurn);
        }
        let claims = self.data.claims();
        if claims.synced <= claims.claimed {
            return Ok(());
        }
        let synced = claims.synced;
        let line = Claim::line(synced, self.data.position.checksum);
        self.append(&line)?;
        let end = self.data.position.end + line.len() as u64;
        self.data.take_claim(synced, end);
        Ok(())
    }

    /// Appends with one write. A part that was written before an error is cut off again; where even that fails, the
    /// next turn finds an end that does not stand.
    fn append(&self, lines: &[u8]) -> Result<()> {
        let end = self.data.position.end;
        self.data.file().write_at(end, lines).inspect_err(|_| {
            let _ = self.data.file().truncate(end);
        })
    }

    fn stage(&self, lines: &[u8], start: u64, staged: &mut Vec<Staged>) -> Result<()> {
        let mut offset = start;
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            let parsed = Item::parse(line).zip(Place::of(line, offset));
            let Some((item, place)) = parsed else {
                let shown = line.get(..SHOWN).unwrap_or(line);
                let line = String::from_utf8_lossy(shown).trim_end().to_string();
                return Err(Error::InvalidItem { line });
            };
            staged.push(self.data.stage(&item, place));
            offset += line.len() as u64;
        }
        Ok(())
    }
}
