//! Reading the changes of the log from a cursor on. A record that removes all items does not name
//! them: the reader stops there until the keys are known, and then hands out a removal of each. Must
//! not know watchers.

use super::BUDGET;
use super::cleared::Removals;
use super::cursor::{Cursor, Mark, Stop};
use super::matching::Filter;
use crate::error::Result;
use crate::record::{Content, Item};
use crate::store::DataFile;
use std::sync::Arc;

/// The most bytes of lines whose keys are handed out at once.
const PART_OF_KEYS: usize = 64 << 10;

/// A change of an item.
#[derive(Debug)]
pub struct Change<'a> {
    /// The key as JSON text, with its value or its removal.
    pub item: Item<'a>,
    /// The number of the commit.
    pub commit: u64,
    /// True if it may stand for several commits.
    pub is_merged: bool,
}

impl<'a> Change<'a> {
    /// Makes the change of one commit.
    fn of(item: Item<'a>, commit: u64) -> Self {
        Change {
            item,
            commit,
            is_merged: false,
        }
    }

    /// Makes a change that may stand for several commits up to this one.
    pub(super) fn merged(item: Item<'a>, commit: u64) -> Self {
        Change {
            item,
            commit,
            is_merged: true,
        }
    }
}

/// The removal of all items at a reader's cursor.
#[derive(Debug, Default)]
enum Clear {
    /// There is none.
    #[default]
    No,
    /// It has been passed, and its keys are not known yet.
    Passed,
    /// Its keys are being handed out.
    Known(Box<Removals>),
}

/// The reason why a reader stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// It has handed out everything.
    AtEnd,
    /// It has handed out as much as it should, and more is left.
    Paused,
    /// It needs the keys of a record that removes all items.
    NeedsKeys,
}

/// A reader of changes.
#[derive(Debug)]
pub struct Reader {
    cursor: Cursor,
    clear: Clear,
}

impl Reader {
    pub fn new(cursor: Cursor) -> Self {
        Reader {
            cursor,
            clear: Clear::No,
        }
    }

    pub fn boxed(cursor: Cursor) -> Box<Self> {
        Box::new(Self::new(cursor))
    }

    /// Returns the cursor.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Returns the cursor if the keys of a record that it has passed must be found.
    pub fn cursor_at_clear(&self) -> Option<&Cursor> {
        matches!(self.clear, Clear::Passed).then_some(&self.cursor)
    }

    /// Takes the items that such a record has removed.
    pub fn take_items(&mut self, filter: &Filter, items: Arc<DataFile>) {
        self.clear = Clear::Known(Box::new(Removals::new(filter.clone(), items)));
    }

    /// Hands out no removals for the record that the cursor has just passed.
    pub fn skip_clear(&mut self) {
        self.clear = Clear::No;
    }

    /// Hands out the next changes up to a mark, until `visit` returns false. `visit` also gets the
    /// cursor.
    pub fn read(
        &mut self,
        data: &DataFile,
        up_to: Mark,
        visit: &mut dyn FnMut(&Cursor, Change) -> bool,
    ) -> Result<Halt> {
        match &mut self.clear {
            Clear::No => {}
            Clear::Passed => return Ok(Halt::NeedsKeys),
            Clear::Known(removals) => {
                let (cursor, content) = (&self.cursor, Content::Removed);
                let commit = cursor.next_commit();
                let more = removals.read(PART_OF_KEYS, &mut |key| {
                    let item = Item { key, content };
                    visit(cursor, Change::of(item, commit));
                })?;
                if !more {
                    self.clear = Clear::No;
                }
                return Ok(Halt::Paused);
            }
        }
        let stop = self.cursor.read(data, up_to, BUDGET, &mut |cursor, item| {
            visit(cursor, Change::of(*item, cursor.next_commit()))
        })?;
        Ok(match stop {
            Stop::AtEnd => Halt::AtEnd,
            Stop::Paused => Halt::Paused,
            Stop::Cleared => {
                self.clear = Clear::Passed;
                Halt::NeedsKeys
            }
        })
    }
}
