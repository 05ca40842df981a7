//! The watchers that were left behind: those still in a file that two rewrites have replaced, and
//! all of them when the store had to be reopened. They hold no old file. Instead the keys that were
//! changed since are recorded for all of them together, and each is told the present items of these
//! keys.
//!
//! The keys come from the rest of the old files, which is read once and soon; from the head, from
//! then on; and, if the log was not followed without a gap, from a comparison of the items before
//! and after.

use super::comparison::{Before, Compared, Comparison};
use super::cursor::{Cursor, Mark};
use super::head::Passed;
use super::missed::{At, Missed};
use super::reader::{Halt, Reader};
use super::{Head, Place, Watching};
use crate::error::{Error, Result};
use crate::store::DataFile;
use std::collections::VecDeque;

/// The most keys that one call records.
const MOST_KEYS: usize = 4096;

/// Commits of an old file whose keys are still to be recorded.
#[derive(Debug)]
struct Rest {
    reader: Reader,
    up_to: u64,
    epoch: u32,
}

/// The file before the current one, in which watchers may still be.
#[derive(Debug, Clone, Copy)]
pub struct Previous {
    /// Its newest commit.
    end: u64,
}

/// The changed keys for the watchers that were left behind.
#[derive(Debug, Default)]
pub struct LeftBehind {
    /// Number of these watchers.
    watchers: usize,
    missed: Missed,
    rests: VecDeque<Rest>,
    compared: Vec<Compared>,
    /// The items of the store before, to be compared.
    before: Option<Before>,
    /// Number of comparisons under way.
    comparing: usize,
}

impl LeftBehind {
    /// Returns true if there are such watchers.
    pub fn any(&self) -> bool {
        self.watchers > 0
    }

    /// Counts one watcher less.
    pub fn forget_one(&mut self) {
        self.watchers -= 1;
        if self.watchers == 0 {
            *self = LeftBehind::default();
        }
    }

    /// Returns the changed keys.
    pub fn missed(&self) -> &Missed {
        &self.missed
    }

    /// Returns true if all changed keys up to the head are recorded.
    pub fn is_filled(&self) -> bool {
        self.rests.is_empty()
            && self.compared.is_empty()
            && self.before.is_none()
            && self.comparing == 0
    }

    /// Records a key that a commit has changed.
    pub fn record(&mut self, epoch: u32, commit: u64, key: &[u8]) {
        if self.any() {
            self.missed.record(epoch, commit, key);
        }
    }

    /// Records some keys of before the head. `None` if there is nothing to record.
    pub fn fill(&mut self, data: &DataFile) -> Result<Option<Passed>> {
        if let Some(compared) = self.compared.last_mut() {
            let at = compared.keys.len().saturating_sub(MOST_KEYS);
            for key in compared.keys.drain(at..) {
                self.missed.record(compared.epoch, compared.commit, &key);
            }
            if at == 0 {
                self.compared.pop();
            }
            return Ok(Some(Passed::Some));
        }
        let LeftBehind { rests, missed, .. } = self;
        let Some(Rest {
            reader,
            up_to,
            epoch,
        }) = rests.front_mut()
        else {
            return Ok(self.before.is_some().then_some(Passed::NeedsComparison));
        };
        let path = reader.cursor().path().to_path_buf();
        let read = reader.read(data, Mark::end_of(*up_to), &mut |_, change| {
            missed.record(*epoch, change.commit, change.item.key);
            true
        });
        // Reopening the store would not bring these changes back.
        let halt = read.map_err(|error| match error {
            Error::Untrusted => Error::Compacted { path },
            other => other,
        })?;
        if halt == Halt::AtEnd {
            self.rests.pop_front();
        }
        Ok(Some(match halt {
            Halt::NeedsKeys => Passed::NeedsKeys,
            Halt::AtEnd | Halt::Paused => Passed::Some,
        }))
    }

    /// Returns the reader of an old file.
    pub fn reader(&mut self) -> Option<&mut Reader> {
        self.rests.front_mut().map(|rest| &mut rest.reader)
    }

    /// Prepares the comparison, with the items as they are now.
    pub fn comparison(&mut self, data: &DataFile, epoch: u32) -> Option<Comparison> {
        let before = self.before.take()?;
        self.comparing += 1;
        Some(before.compare_with(data, epoch))
    }

    /// Takes the keys that a comparison has found.
    pub fn compared(&mut self, compared: Compared) {
        // All of the watchers may have ended meanwhile.
        if self.comparing > 0 {
            self.comparing -= 1;
            self.compared.push(compared);
        }
    }

    fn add(&mut self, cursor: &Cursor, up_to: u64, epoch: u32) {
        if cursor.commit() < up_to {
            self.rests.push_back(Rest {
                reader: Reader::new(cursor.in_its_file()),
                up_to,
                epoch,
            });
        }
    }
}

/// The first of several cursors.
#[derive(Debug, Default)]
struct First(Option<Cursor>);

impl First {
    fn take(&mut self, cursor: &Cursor) {
        if self
            .0
            .as_ref()
            .is_none_or(|first| cursor.commit() < first.commit())
        {
            self.0 = Some(cursor.clone());
        }
    }
}

impl Watching {
    /// Notes that the store is about to follow to a successor of its data file, which it has read to
    /// its end. Watchers in the file before that one are left behind.
    pub fn leaves(&mut self, data: &DataFile) {
        let end = data.position.commit;
        let previous = self.previous.replace(Previous { end });
        let (Some(previous), Some(head)) = (previous, &self.head) else {
            return;
        };
        let head_is_here = head.reader.cursor().is_in(data);
        let (up_to, epoch) = match head_is_here {
            true => (head.reader.cursor().commit(), head.epoch),
            false => (end, head.epoch),
        };
        let first = self.leave_behind(&|cursor| !cursor.is_in(data), !head_is_here);
        if let Some(first) = first.0 {
            self.left.add(&first, previous.end.min(up_to), epoch);
            let here = Cursor::after(data, previous.end.max(data.start().commit));
            self.left.add(&here, up_to, epoch);
        }
        if !head_is_here {
            // The head looks for no watchers in the rest of the file.
            self.matching.set_last_of_all(Mark::end_of(end));
        }
        if let Some(head) = &mut self.head {
            // The head records all keys of a commit that it has read in part.
            head.reader = Reader::new(match head_is_here {
                true => head.reader.cursor().at_commit(),
                false => Cursor::at_end(data),
            });
        }
    }

    /// Goes on with a store that was reopened, in the place of one with other data. All watchers are
    /// left behind.
    pub fn reopened(&mut self, before: &mut DataFile, data: &DataFile) {
        let Some(head) = &self.head else { return };
        let epoch = head.epoch;
        let end = before.position.commit;
        let head_is_here = head.reader.cursor().is_in(before);
        let older = self.leave_behind(&|cursor| !cursor.is_in(before), !head_is_here);
        let here = self.leave_behind(&|_| true, true);
        let previous = self.previous.take().map_or(end, |previous| previous.end);
        match older.0 {
            Some(older) => {
                self.left.add(&older, previous, epoch);
                self.left.add(&Cursor::after(before, previous), end, epoch);
            }
            None => {
                if let Some(here) = here.0 {
                    self.left.add(&here, end, epoch);
                }
            }
        }
        self.left.before.get_or_insert_with(|| Before::of(before));
        self.head = Some(Head {
            reader: Reader::new(Cursor::at_end(data)),
            epoch: epoch.wrapping_add(1),
            began: data.position.commit,
        });
    }

    /// Leaves the watchers behind whose cursors are at such places, and with `at_head` those at the
    /// head. Returns the first of their cursors.
    fn leave_behind(&mut self, is_left: &dyn Fn(&Cursor) -> bool, at_head: bool) -> First {
        let mut first = First::default();
        let Some(Head {
            reader: head,
            epoch,
            ..
        }) = &self.head
        else {
            return first;
        };
        for (id, watcher) in &mut self.watchers {
            let cursor = match &watcher.place {
                Place::Behind(reader) if is_left(reader.cursor()) => reader.cursor().at_commit(),
                Place::Head if at_head => {
                    self.matching.leave(&watcher.filter, *id);
                    self.woken.push(*id);
                    head.cursor().at_commit()
                }
                Place::Head | Place::Behind(_) | Place::Left(_) => continue,
            };
            first.take(&cursor);
            let known = cursor.commit().max(watcher.known);
            watcher.place = Place::Left(At::after(*epoch, known));
            self.left.watchers += 1;
        }
        // The keys are recorded without a gap.
        if at_head && self.left.any() {
            first.take(&head.cursor().at_commit());
        }
        first
    }
}
