//! A list of entries as they were at one moment.

use super::Entry;
use std::sync::Arc;

/// Which entries are listed. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those that are there for readers at a time.
    Live(u64),
    /// Those that have expired by then and are still kept.
    Expired(u64),
}

impl Which {
    fn wants(&self, entry: &Entry) -> bool {
        match self {
            Which::All => true,
            Which::Live(now) => entry.is_live(*now),
            Which::Expired(now) => !entry.is_live(*now),
        }
    }
}

/// Entries as they were at one moment, in the order in which their keys came to be.
#[derive(Debug, Clone)]
pub struct Entries {
    chunks: std::vec::IntoIter<Arc<Vec<Entry>>>,
    /// The one that is being handed out, and how much of it has been.
    chunk: Option<Arc<Vec<Entry>>>,
    at: usize,
    which: Which,
}

/// A step of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To an entry.
    Entry(Entry),
    /// Over some thousand that are not wanted.
    Over,
    /// Beyond the last.
    End,
}

impl Entries {
    pub(super) fn new(chunks: Vec<Arc<Vec<Entry>>>, which: Which) -> Self {
        Entries {
            chunks: chunks.into_iter(),
            chunk: None,
            at: 0,
            which,
        }
    }

    /// Looks at the next entry, which stays the next one until it is passed. Passes over those that are not wanted.
    pub fn peek(&mut self) -> Step {
        let Some(chunk) = &self.chunk else {
            self.chunk = self.chunks.next();
            self.at = 0;
            return match self.chunk {
                Some(_) => self.peek(),
                None => Step::End,
            };
        };
        let rest = chunk.get(self.at..).unwrap_or_default();
        let wanted = |entry: &Entry| !entry.is_gone() && self.which.wants(entry);
        match rest.iter().position(wanted) {
            Some(over) => {
                self.at += over;
                chunk
                    .get(self.at)
                    .map_or(Step::Over, |entry| Step::Entry(*entry))
            }
            None => {
                // What is listed of a chunk that was changed meanwhile is let go as soon as it has been handed out.
                self.chunk = None;
                Step::Over
            }
        }
    }

    /// Passes over the entry that was looked at.
    pub fn pass(&mut self) {
        self.at += 1;
    }
}

impl Iterator for Entries {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            match self.peek() {
                Step::Entry(entry) => {
                    self.pass();
                    return Some(entry);
                }
                Step::Over => {}
                Step::End => return None,
            }
        }
    }
}
