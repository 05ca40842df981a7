//! What is done about an end of the file that does not stand: cut off what a crash tore, report what is damaged.
//!
//! Everything here needs the writer lock, but for a reader that has none.

use super::Store;
use crate::error::{Error, Result};
use crate::lock::Held;
use crate::log::{self, End};
use crate::names;
use std::path::PathBuf;

/// An end that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The data file.
    pub file: PathBuf,
    /// Where it ends now.
    pub offset: u64,
    /// How many bytes were behind it.
    pub bytes: u64,
    /// The file that keeps them, if they may have been acknowledged.
    pub aside: Option<PathBuf>,
}

/// What a store has cut off, for those who watch over it.
#[derive(Debug, Default)]
pub struct Cuts {
    /// How often.
    pub count: u64,
    /// In the beginning of the present turn, or of the last one.
    pub of_turn: Option<Cut>,
}

impl Store {
    /// Whether a line behind the end claims what is missing: then no crash has torn it.
    pub(super) fn shows_damage(&self) -> Result<bool> {
        let tail = log::inspect_tail(&**self.data.file(), &self.data.position)?;
        Ok(tail.claimed > self.data.position.commit)
    }

    /// The second look, when nobody can be writing.
    pub(super) fn look_for_damage(&mut self) -> Result<()> {
        match self.data.read_on()? {
            End::OfFile => Ok(()),
            End::Replaced => Err(Error::Untrusted),
            End::Tail if self.shows_damage()? => Err(self.missing_commit()),
            End::Tail => Ok(()),
        }
    }

    /// Cuts the end off that a crash tore. Bytes that may have been acknowledged are kept aside first; if that fails
    /// nothing is cut.
    pub(super) fn recover(&mut self, _held: &Held) -> Result<()> {
        let position = &self.data.position;
        let tail = log::inspect_tail(&**self.data.file(), position)?;
        if tail.claimed > position.commit {
            return Err(self.missing_commit());
        }
        let offset = position.end;
        let bytes = self.data.file().status()?.length.saturating_sub(offset);
        let aside = match tail.may_be_acknowledged {
            true => Some(self.keep_aside(offset, bytes)?),
            false => None,
        };
        // The cut needs no sync of its own: should it be undone, the chain of checksums tells the old bytes from
        // the new, and the sync before the first acknowledgement covers it.
        self.data.file().truncate(offset)?;
        self.cuts.count += 1;
        self.cuts.of_turn = Some(Cut {
            file: self.data.file().path().to_path_buf(),
            offset,
            bytes,
            aside,
        });
        Ok(())
    }

    /// What was cut off.
    pub fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// Copies the bytes behind an end into a file of their own; tells which.
    fn keep_aside(&self, end: u64, length: u64) -> Result<PathBuf> {
        let mut bytes = vec![0; length as usize];
        let read = self.data.file().read_at(end, &mut bytes)?;
        bytes.truncate(read);
        let folder = self.folder()?;
        let generation = self.data.generation.unwrap_or(0);
        let name = names::cut(generation, end, &folder.list()?);
        // For those alone who may read the data file.
        let mut file = folder.new_file_after(&self.data.file().status()?)?;
        file.append(&bytes)?;
        file.sync()?;
        file.persist(&name)?;
        folder.sync()?;
        Ok(folder.path().join(name))
    }

    fn missing_commit(&self) -> Error {
        let missing = self.data.position.commit.saturating_add(1);
        self.damage(&format!(
            "commit {missing} is damaged; later lines show that it had been stored"
        ))
    }

    /// Tells apart why this store could not be reopened: a file that was damaged since it was read, or one that something puts in its
    /// place without renaming, as `cp` does with a backup.
    pub fn explain(&mut self, error: Error) -> Error {
        match error {
            Error::Corrupt { path, line, reason } if path == self.data_file() => {
                match self.is_replaced() {
                    true => Error::Overwritten { path, line, reason },
                    false => Error::Corrupt { path, line, reason },
                }
            }
            other => other,
        }
    }

    /// Whether the file is shorter than it was, or has another commit where the last one stood.
    fn is_replaced(&mut self) -> bool {
        let end = self.data.position.end;
        let length = self.data.file().status().map(|status| status.length);
        length.is_ok_and(|length| length < end) || matches!(self.data.read_on(), Ok(End::Replaced))
    }

    /// The error of what stands behind the last line that is of use.
    pub(super) fn damage(&self, reason: &str) -> Error {
        let file = self.data.file();
        match log::line_number(&**file, self.data.position.end) {
            Ok(line) => Error::Corrupt {
                path: file.path().to_path_buf(),
                line,
                reason: reason.to_string(),
            },
            Err(error) => error,
        }
    }
}
