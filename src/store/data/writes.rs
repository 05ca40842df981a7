//! The writes to the data file: commits, claims, cuts, and unclaimed bytes that are written again.
//! Must not know how much room a write takes (`tail`).

use super::tail::Tail;
use super::{DataFile, Room, Staged};
use crate::error::Result;
use crate::lock::Held;
use crate::log::{Check, End, Position, Rest, Sink};
use crate::record::Commit;

impl DataFile {
    /// Writes the unclaimed bytes again, so that a sync of this descriptor vouches for all that is
    /// valid.
    pub fn vouch(&mut self, held: &Held) -> Result<()> {
        let start = self.claims().claimed_end.max(Position::START.end);
        let file = self.files.current();
        self.trust.vouch(held, &**file, start..self.position.end)
    }

    /// Appends a commit, and takes it in. `lines` are its item lines and its commit line.
    pub fn append_commit(
        &mut self,
        held: &Held,
        mut lines: Vec<u8>,
        commit: &Commit,
        items: Staged,
        wanted: Room,
    ) -> Result<()> {
        let start = self.position.end;
        self.append(held, &mut lines, wanted)?;
        self.ahead.count_commit();
        self.pages.append(start, &lines);
        let end = start + lines.len() as u64;
        self.position = self.position.after(commit, end);
        let line = lines.get(commit.bytes as usize..).unwrap_or_default();
        self.own_anchor.take_commit(line, self.position.anchor);
        self.contents.take(items, commit, end);
        Ok(())
    }

    /// Appends a claim, and takes it in.
    pub fn append_claim(&mut self, held: &Held, mut line: Vec<u8>, synced: u64) -> Result<()> {
        let start = self.position.end;
        self.append(held, &mut line, Room::None)?;
        self.own_anchor.take_claim(&line, start);
        self.position = self.position.after_claim(start + line.len() as u64);
        self.contents.claim(synced);
        Ok(())
    }

    fn append(&mut self, held: &Held, lines: &mut Vec<u8>, wanted: Room) -> Result<()> {
        let tail = Tail::new(&**self.files.current(), self.position.end);
        tail.append(held, lines, &mut self.ahead, wanted)
    }

    /// Cuts off the tail.
    pub fn cut(&mut self, held: &Held) -> Result<()> {
        self.ahead.forget();
        self.tail().cut(held)
    }

    /// Cuts off the room, if it may be this instance's own. Others lose nothing by it but time.
    ///
    /// I11: spaces can hide commits, so all of the room is read first. A later turn judges a tail.
    pub fn trim(&mut self, held: &Held) -> Result<()> {
        if !self.ahead.is_own() {
            return Ok(());
        }
        match self.read_on(Check::Full)? {
            End::OfLog(Rest::RoomUpTo(_)) => self.cut(held),
            End::OfLog(_) | End::Tail | End::Replaced => Ok(()),
        }
    }
}
