//! Recovery: an incomplete last write is cut off. Damage is reported (`damage`), and the file left
//! as it is.

use super::Store;
use super::data::Tail;
use crate::error::Result;
use crate::lock::Held;
use crate::names;
use std::path::PathBuf;

/// A tail that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The data file.
    pub file: PathBuf,
    /// The offset of the cut, where the file ends now.
    pub offset: u64,
    /// Length of the tail.
    pub bytes: u64,
    /// The file that keeps the bytes, if they may have been acknowledged.
    pub aside: Option<PathBuf>,
}

/// The cuts that an instance has made, for those who watch it.
#[derive(Debug, Default)]
pub struct Cuts {
    /// Number of cuts.
    pub count: u64,
    /// The cut at the beginning of the present turn, or of the last one.
    pub of_turn: Option<Cut>,
}

impl Store {
    /// Cuts off a torn tail. If the tail may have been acknowledged, its bytes are kept aside
    /// first; if that fails, nothing is cut.
    pub(super) fn recover(&mut self, held: &Held) -> Result<()> {
        let report = self.inspect_tail(held)?;
        let tail = self.data.tail();
        let bytes = tail.length()?;
        if bytes == 0 {
            // Nothing but spaces and NULs: no byte of a write has reached the disk.
            return self.data.cut(held);
        }
        let aside = match report.may_be_acknowledged {
            true => Some(self.keep_aside(&tail)?),
            false => None,
        };
        // The cut needs no sync. Should a power cut undo it, the chain of checksums tells the old
        // bytes from the new ones; and the sync before the first acknowledgement covers it.
        self.data.cut(held)?;
        self.cuts.count += 1;
        self.cuts.of_turn = Some(Cut {
            file: self.data.file().path().to_path_buf(),
            offset: self.data.position.end,
            bytes,
            aside,
        });
        Ok(())
    }

    /// Returns the cuts of this instance.
    pub fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// Copies the tail to a file of its own. Returns its path.
    fn keep_aside(&self, tail: &Tail) -> Result<PathBuf> {
        let folder = self.folder()?;
        let generation = self.data.generation.unwrap_or(0);
        let name = names::cut(generation, self.data.position.end, &folder.list()?);
        // Only users who may read the data file may read this one.
        let mut file = folder.new_file_after(&self.data.file().status()?)?;
        tail.copy_to(&mut *file)?;
        file.sync()?;
        file.persist(&name)?;
        folder.sync()?;
        Ok(folder.path().join(name))
    }
}
