//! A list of the entries of one moment.

use super::Entry;
use std::sync::Arc;

/// The entries that a list has. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those that have not expired at a time.
    Live(u64),
    /// Those that have expired by a time and are still kept.
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

/// The entries of one moment, in the order in which their keys were added.
#[derive(Debug, Clone)]
pub struct Entries {
    chunks: std::vec::IntoIter<Arc<Vec<Entry>>>,
    /// The present chunk, and the index of the next entry in it.
    chunk: Option<Arc<Vec<Entry>>>,
    at: usize,
    which: Which,
}

/// A step through a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To an entry.
    Entry(Entry),
    /// Past some thousand entries that the list leaves out.
    Over,
    /// Past the last entry.
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

    /// Looks at the next entry, which stays the next until `pass`. Skips entries that the list
    /// leaves out.
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
                // Frees the copy at once if the chunk has changed meanwhile.
                self.chunk = None;
                Step::Over
            }
        }
    }

    /// Moves past the entry that was looked at.
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
