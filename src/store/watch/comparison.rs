//! The comparison of two states of the items: that of a store which had to be reopened, and that of
//! the store in its place, whose log need not continue the other's. It finds the keys whose items
//! differ, on any thread. Must not know watchers.

use crate::error::Result;
use crate::index::{Index, Which};
use crate::store::data::Files;
use crate::store::{DataFile, Listing};

/// Bytes of lines whose keys are compared at once.
const PART: usize = 1 << 20;

/// The items that a store had.
#[derive(Debug)]
pub struct Before {
    index: Index,
    files: Files,
}

/// A comparison, for any thread.
#[derive(Debug)]
pub struct Comparison {
    before: Before,
    now: Listing,
    epoch: u32,
    commit: u64,
}

/// The keys whose items differ, as JSON text.
#[derive(Debug)]
pub struct Compared {
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) epoch: u32,
    /// The newest commit of the compared store.
    pub(super) commit: u64,
}

impl Before {
    /// Takes the items of a store that is no longer used.
    pub fn of(data: &mut DataFile) -> Self {
        Before {
            files: data.files().clone(),
            index: data.take_items(),
        }
    }

    /// Prepares the comparison with the present items of another store.
    pub(super) fn compare_with(self, data: &DataFile, epoch: u32) -> Comparison {
        Comparison {
            before: self,
            now: data.list_by_slot(Which::All),
            epoch,
            commit: data.position.commit,
        }
    }
}

impl Comparison {
    /// Finds the keys whose items differ.
    pub fn run(self) -> Result<Compared> {
        let Comparison {
            before: Before { mut index, files },
            mut now,
            epoch,
            commit,
        } = self;
        index.forget_order();
        let mut changed = Vec::new();
        let mut more = true;
        while more {
            more = now.read_keys(PART, &mut |key, entry| {
                let hash = index.hash(key);
                let place = entry.place();
                let is_same = index.get(hash).is_some_and(|before| {
                    let before = before.place();
                    (before.length, before.checksum) == (place.length, place.checksum)
                });
                index.remove(hash, key);
                if !is_same {
                    changed.push(key.to_vec());
                }
            })?;
        }
        let mut removed = Listing::new(files, index.by_slot(Which::All), index.hasher());
        let mut more = true;
        while more {
            more = removed.read_keys(PART, &mut |key, _| changed.push(key.to_vec()))?;
        }
        Ok(Compared {
            keys: changed,
            epoch,
            commit,
        })
    }
}
