//! A place in the log, and reading on from it: in parts of any size, with nothing in memory between
//! two parts.
//!
//! The store has read and judged the commits before; a cursor never passes the newest of them. It
//! compares checksums once more, since the file may have been changed in place meanwhile. Must not
//! know watchers.

use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::log::{Line, Lines, Position};
use crate::record::{self, Checksum, Claim, Commit, Item, Kind};
use crate::store::DataFile;
use std::path::Path;
use std::sync::Arc;

/// A place in the log of one data file.
#[derive(Debug, Clone)]
pub struct Cursor {
    file: Arc<dyn DiskFile>,
    generation: Option<u64>,
    /// The end of the last commit that was read.
    position: Position,
    /// The next line, and the checksum of the lines of its commit before it.
    at: u64,
    checksum: Checksum,
    /// The last line of a commit that was read: its offset, and the checksum before it.
    line: (u64, Checksum),
    /// The newest commit that need not be handed out: a successor repeats commits of the file before
    /// it.
    known: u64,
    /// True if it must not go on in the successor of its file.
    stays: bool,
}

/// A place in the log that is the same in every file: a number of bytes after a commit, and the
/// checksum of these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    commit: u64,
    bytes: u64,
    checksum: Checksum,
}

impl Mark {
    /// Marks the end of a commit.
    pub fn end_of(commit: u64) -> Self {
        Mark {
            commit,
            bytes: 0,
            checksum: Checksum::default(),
        }
    }

    /// Returns true if the mark lies before another.
    pub fn is_before(&self, other: &Mark) -> bool {
        (self.commit, self.bytes) < (other.commit, other.bytes)
    }

    /// Returns the first of two marks.
    pub fn or_before(self, other: Mark) -> Self {
        match other.is_before(&self) {
            true => other,
            false => self,
        }
    }

    fn is_same_place(&self, other: &Mark) -> bool {
        (self.commit, self.bytes) == (other.commit, other.bytes)
    }
}

/// The reason why a cursor stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It has read all that it may read.
    AtEnd,
    /// It has read as much as it was asked for, and more is left.
    Paused,
    /// It has passed a line that removes all items which were there at the end of the last commit.
    Cleared,
}

impl Cursor {
    /// Stands after everything that a data file's reader has read.
    pub fn at_end(data: &DataFile) -> Self {
        let Position { commit, .. } = data.position;
        Self::of(data, data.position, commit)
    }

    /// Stands after a commit that is there in a data file, which its commits are scanned for.
    pub fn after(data: &DataFile, known: u64) -> Self {
        Self::of(data, *data.start(), known)
    }

    fn of(data: &DataFile, position: Position, known: u64) -> Self {
        Cursor {
            file: data.file().clone(),
            generation: data.generation,
            position,
            at: position.end,
            checksum: Checksum::default(),
            line: (position.end, Checksum::default()),
            known,
            stays: false,
        }
    }

    /// Returns the cursor as it was at the end of the last commit, and keeps it in its file.
    pub fn in_its_file(&self) -> Self {
        Cursor {
            stays: true,
            ..self.at_commit()
        }
    }

    /// Returns the cursor as it was at the end of the last commit.
    pub fn at_commit(&self) -> Self {
        Cursor {
            at: self.position.end,
            checksum: Checksum::default(),
            ..self.clone()
        }
    }

    /// Returns the cursor as it was before the record that it has handed out last.
    pub fn at_record(&self) -> Self {
        let (at, checksum) = self.line;
        Cursor {
            at,
            checksum,
            ..self.clone()
        }
    }

    /// Marks the cursor's place.
    pub fn mark(&self) -> Mark {
        Mark {
            commit: self.position.commit,
            bytes: self.at - self.position.end,
            checksum: self.checksum,
        }
    }

    /// Returns the newest commit of which everything has been handed out.
    pub fn commit(&self) -> u64 {
        self.known.max(self.position.commit)
    }

    /// Returns the generation of the file.
    pub fn generation(&self) -> Option<u64> {
        self.generation
    }

    /// Reads the items as of the last commit. Takes as long as opening the store.
    pub fn items(self) -> Result<DataFile> {
        DataFile::as_of(self.file, self.generation, &self.position)
    }

    /// Returns true if it reads this file.
    pub fn is_in(&self, data: &DataFile) -> bool {
        self.generation == data.generation
    }

    /// Returns the path of its file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns true if nothing of the next commit has been read.
    pub fn is_between_commits(&self) -> bool {
        self.at == self.position.end
    }

    /// Reads on up to a mark, in the cursor's file and then in the current one; `budget` bytes or
    /// a little more, or until `visit` returns false. `visit` gets the number of an item's commit.
    pub fn read(
        &mut self,
        data: &DataFile,
        up_to: Mark,
        budget: usize,
        visit: &mut dyn FnMut(&Self, &Item) -> bool,
    ) -> Result<Stop> {
        if self.stays || self.is_in(data) {
            return self.read_file(up_to, budget, visit);
        }
        // The commits after the checkpoint of the current file are there too. A commit that was
        // begun in the old file is ended there.
        let checkpoint = data.start().commit;
        let here = match self.is_between_commits() {
            true => checkpoint,
            false => checkpoint.max(self.position.commit + 1),
        };
        if self.position.commit < here {
            let stop = self.read_file(Mark::end_of(here).or_before(up_to), budget, visit)?;
            if stop != Stop::AtEnd || self.position.commit < here {
                return Ok(stop);
            }
        }
        *self = Cursor::after(data, self.commit());
        Ok(Stop::Paused)
    }

    fn read_file(
        &mut self,
        up_to: Mark,
        budget: usize,
        visit: &mut dyn FnMut(&Self, &Item) -> bool,
    ) -> Result<Stop> {
        let file = self.file.clone();
        let mut lines = Lines::new(&*file, self.at);
        let pause = self.at + budget as u64;
        while self.mark().is_before(&up_to) {
            if self.at >= pause {
                return Ok(Stop::Paused);
            }
            let Some(Line { offset, bytes }) = lines.next()? else {
                return Err(Error::Untrusted);
            };
            let end = offset + bytes.len() as u64;
            let is_new = self.position.commit + 1 > self.known;
            match record::kind(bytes) {
                Kind::Item => {
                    let item = Item::parse(bytes).ok_or(Error::Untrusted)?;
                    self.pass(bytes, end);
                    if is_new && !visit(self, &item) {
                        return Ok(Stop::Paused);
                    }
                }
                Kind::Cleared => {
                    self.pass(bytes, end);
                    if is_new {
                        return Ok(Stop::Cleared);
                    }
                }
                _ => self.end_commit(bytes, offset).ok_or(Error::Untrusted)?,
            }
        }
        // The end of the commit, with its checksum, may never be read.
        if self.mark().is_same_place(&up_to) && self.checksum != up_to.checksum {
            return Err(Error::Untrusted);
        }
        Ok(Stop::AtEnd)
    }

    fn pass(&mut self, line: &[u8], end: u64) {
        self.line = (self.at, self.checksum);
        self.at = end;
        self.checksum = self.checksum.append(line);
    }

    /// Passes a line that ends a commit, or a claim. `None` if it is not valid.
    fn end_commit(&mut self, line: &[u8], offset: u64) -> Option<()> {
        let end = offset + line.len() as u64;
        self.position = match record::kind(line) {
            Kind::Commit => {
                let commit = Commit::parse(line)?;
                let is_valid = offset.checked_sub(commit.bytes) == Some(self.position.end)
                    && self.position.is_followed_by(&commit)
                    && commit.is_intact(self.checksum);
                is_valid.then(|| self.position.after(&commit, end))?
            }
            Kind::Claim if self.is_between_commits() => {
                Claim::parse(line)?;
                self.position.after_claim(end)
            }
            _ => return None,
        };
        self.at = end;
        self.checksum = Checksum::default();
        Some(())
    }

    /// Returns the number of the commit that the next line belongs to.
    pub fn next_commit(&self) -> u64 {
        self.position.commit + 1
    }
}
