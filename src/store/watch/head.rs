//! The head: each new commit is read once for all watchers. Those that it concerns leave the head,
//! and its keys are recorded for those that were left behind.

use super::cleared::{Finding, Found};
use super::comparison::{Compared, Comparison};
use super::cursor::{Cursor, Mark};
use super::matching::Filter;
use super::reader::{Halt, Reader};
use super::{Head, Place, Watching};
use crate::error::Result;
use crate::store::{DataFile, Store};

/// The progress of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It has read all commits that the store has read.
    All,
    /// There is more to read.
    Some,
    /// It needs the keys of a record that removes all items ([`Store::finding`]).
    NeedsKeys,
    /// The items must be compared with those of the store before ([`Store::comparison`]).
    NeedsComparison,
}

impl Watching {
    /// Reads some new commits.
    fn pass(&mut self, data: &DataFile) -> Result<Passed> {
        let Watching {
            watchers,
            matching,
            head,
            woken,
            left,
            ..
        } = self;
        let Some(Head { reader, epoch, .. }) = head else {
            return Ok(Passed::All);
        };
        if let Some(passed) = left.fill(data)? {
            return Ok(passed);
        }
        let epoch = *epoch;
        let mut wake = |cursor: &Cursor, id| {
            if let Some(watcher) = watchers.get_mut(&id) {
                watcher.place = Place::Behind(Reader::boxed(cursor.at_record()));
                woken.push(id);
            }
        };
        let was_at_clear = reader.cursor_at_clear().is_some();
        let newest = Mark::end_of(data.position.commit);
        let halt = reader.read(data, newest, &mut |cursor, change| {
            let key = change.item.key;
            matching.find(key, cursor.mark(), &mut |id| wake(cursor, id));
            left.record(epoch, change.commit, key);
            true
        })?;
        if halt == Halt::NeedsKeys && !was_at_clear {
            let cursor = reader.cursor();
            matching.find_all(cursor.mark(), &mut |id| wake(cursor, id));
            if !left.any() {
                reader.skip_clear();
                return Ok(Passed::Some);
            }
        }
        Ok(match halt {
            Halt::AtEnd => Passed::All,
            Halt::Paused => Passed::Some,
            Halt::NeedsKeys => Passed::NeedsKeys,
        })
    }

    /// Returns the reader of a watcher, or without a number the one that records keys; and the
    /// filter that picks its keys.
    fn reader_of(&mut self, id: Option<u32>) -> Option<(&mut Reader, Filter)> {
        let Some(id) = id else {
            let all = Filter::prefix(String::new());
            let head = self.head.as_mut().map(|head| &mut head.reader);
            return self.left.reader().or(head).map(|reader| (reader, all));
        };
        let watcher = self.watchers.get_mut(&id)?;
        match &mut watcher.place {
            Place::Behind(reader) => Some((reader, watcher.filter.clone())),
            Place::Head | Place::Left(_) => None,
        }
    }
}

impl Store {
    /// Reads some of the commits that came since the last call, and adds the watchers that they
    /// concern.
    pub fn pass_watched(&mut self, woken: &mut Vec<u32>) -> Result<Passed> {
        let passed = self.watching.pass(&self.data);
        woken.append(&mut self.watching.woken);
        passed
    }

    /// Prepares to find the keys that a watcher, or without a number the head, needs. `None` if
    /// nothing need be found.
    pub fn finding(&mut self, id: Option<u32>) -> Option<Finding> {
        let cursor = self.watching.reader_of(id)?.0.cursor_at_clear()?.clone();
        let Some(items) = self.watching.cleared.of(&cursor) else {
            return Some(Finding::new(&cursor));
        };
        if let Some((reader, filter)) = self.watching.reader_of(id) {
            reader.take_items(&filter, items);
        }
        None
    }

    /// Takes the keys that were found.
    pub fn found(&mut self, id: Option<u32>, found: &Found) {
        self.watching.cleared.take(found);
        // The watcher may have ended or been left behind meanwhile.
        let _ = self.finding(id);
    }

    /// Prepares the comparison with the items of the store before, if one is needed.
    pub fn comparison(&mut self) -> Option<Comparison> {
        let Watching { head, left, .. } = &mut self.watching;
        left.comparison(&self.data, head.as_ref()?.epoch)
    }

    /// Takes the keys whose items differ.
    pub fn compared(&mut self, compared: Compared) {
        self.watching.left.compared(compared);
    }
}
