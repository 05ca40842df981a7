//! Watching: the changes of an instance's watchers, in the order of the log.
//!
//! One reader, the *head*, reads each new commit once and finds the watchers that it concerns
//! (`head`). All others wait there, and cost nothing. A watcher that a commit concerns is behind: it
//! reads the log from there when its consumer asks (`telling`), and holds nothing in
//! memory meanwhile. All of them read only what the store has read before (I1), and nothing of a
//! tail. A watcher may go on in the file before a rewrite, but not in older ones: one that has not
//! done so by the next rewrite is *left behind*, and is told the present items of the keys that were
//! changed (`behind`). Must not know who is told, and when.

mod behind;
mod cleared;
mod comparison;
mod cursor;
mod head;
mod matching;
mod missed;
mod reader;
mod telling;

pub use cleared::{Finding, Found};
pub use comparison::{Compared, Comparison};
pub use head::Passed;
pub use matching::Filter;
pub use reader::Change;
pub use telling::Told;

use super::Store;
use behind::{LeftBehind, Previous};
use cleared::Shared;
use cursor::{Cursor, Mark};
use matching::Matching;
use missed::At;
use reader::Reader;
use std::collections::HashMap;

/// The most bytes that one call reads, which takes about a millisecond.
const BUDGET: usize = 256 << 10;

/// The place of a watcher.
#[derive(Debug)]
enum Place {
    /// At the head: nothing that concerns the watcher has come since it was there.
    Head,
    /// In the log, before the head.
    Behind(Box<Reader>),
    /// Left behind, at a place among the changed keys.
    Left(At),
}

#[derive(Debug)]
struct Watcher {
    filter: Filter,
    /// The newest commit that does not concern the watcher any more.
    known: u64,
    place: Place,
}

/// The reader at the head.
#[derive(Debug)]
struct Head {
    reader: Reader,
    /// The number of times that the store was reopened.
    epoch: u32,
    /// The newest commit when it was last reopened.
    began: u64,
}

/// The watchers of an instance.
#[derive(Debug, Default)]
pub struct Watching {
    watchers: HashMap<u32, Watcher>,
    matching: Matching,
    last_id: u32,
    /// `None` without watchers.
    head: Option<Head>,
    /// The watchers that have left the head, and were not reported yet.
    woken: Vec<u32>,
    left: LeftBehind,
    /// The file before the current one, if there was one since the first watcher began.
    previous: Option<Previous>,
    /// The items that the last record of the kind has removed.
    cleared: Shared,
}

impl Watching {
    fn insert(&mut self, filter: Filter, known: u64, place: Place, newest: Mark) -> u32 {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let id = self.last_id;
        self.matching.add(&filter);
        match place {
            Place::Head => self.matching.wait(&filter, id),
            // The head has not looked for changes of this watcher, which thus reads all of them.
            Place::Behind(_) | Place::Left(_) => self.matching.set_last(&filter, newest),
        }
        let watcher = Watcher {
            filter,
            known,
            place,
        };
        self.watchers.insert(id, watcher);
        id
    }

    fn remove(&mut self, id: u32) {
        let Some(watcher) = self.watchers.remove(&id) else {
            return;
        };
        self.matching.remove(&watcher.filter, id);
        if matches!(watcher.place, Place::Left(_)) {
            self.left.forget_one();
        }
        if self.watchers.is_empty() {
            let last_id = self.last_id;
            *self = Watching {
                last_id,
                ..Watching::default()
            };
        }
    }
}

impl Store {
    /// Begins to watch the keys that a filter picks: after the newest commit of the last look or
    /// turn, or after the commit `since`. Returns the number of the watcher. `None` if the data file
    /// does not have all commits after `since`.
    pub fn watch(&mut self, filter: Filter, since: Option<u64>) -> Option<u32> {
        let newest = self.data.position.commit;
        let known = since.unwrap_or(newest);
        if known < self.data.start().commit || known > newest {
            return None;
        }
        let place = match known == newest {
            true => Place::Head,
            false => Place::Behind(Reader::boxed(Cursor::after(&self.data, known))),
        };
        let data = &self.data;
        self.watching.head.get_or_insert_with(|| Head {
            reader: Reader::new(Cursor::at_end(data)),
            epoch: 0,
            began: newest,
        });
        Some(
            self.watching
                .insert(filter, known, place, Mark::end_of(newest)),
        )
    }

    /// Returns the oldest commit that a watcher can follow on.
    pub fn oldest_watched(&self) -> u64 {
        self.data.start().commit
    }

    /// Ends a watcher.
    pub fn end_watch(&mut self, id: u32) {
        self.watching.remove(id);
    }

    /// Counts the watchers.
    pub fn watchers(&self) -> usize {
        self.watching.watchers.len()
    }
}
