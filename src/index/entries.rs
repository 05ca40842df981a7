//! A list of the entries of one moment.

use super::Entry;
use super::chunks::Shared;
use super::order::{Keys, Part};

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
    pub(super) fn wants(&self, entry: &Entry) -> bool {
        match self {
            _ if entry.is_gone() => false,
            Which::All => true,
            Which::Live(now) => entry.is_live(*now),
            Which::Expired(now) => !entry.is_live(*now),
        }
    }
}

/// The most shared chunks of a list that can be dropped in a short time.
const MOST_DROPPED: usize = 32;

/// The entries of one moment.
#[derive(Debug, Clone)]
pub struct Entries {
    walk: Walk,
    which: Which,
    /// The most entries that are left.
    limit: usize,
}

/// A step through a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To an entry.
    Entry(Entry),
    /// Past some hundred or thousand entries that the list leaves out.
    Over,
    /// Past the last entry.
    End,
}

#[derive(Debug, Clone)]
enum Walk {
    BySlot(BySlot),
    ByKey(ByKey),
}

/// A walk through the chunks.
#[derive(Debug, Clone)]
struct BySlot {
    chunks: std::vec::IntoIter<Shared>,
    /// The present chunk, and the index of the next entry in it.
    chunk: Option<Shared>,
    at: usize,
}

/// A walk through the leaves of a range of keys.
#[derive(Debug, Clone)]
struct ByKey {
    /// The keys of the leaves to come.
    keys: Keys,
    /// The keys of the present leaf that are left.
    part: Option<Part>,
    /// The entries, by their slots.
    chunks: Vec<Shared>,
    is_reverse: bool,
}

impl Default for Entries {
    /// Makes an empty list.
    fn default() -> Self {
        Entries::by_slot(Vec::new(), Which::All)
    }
}

impl Entries {
    /// Makes a list of the entries of some chunks, in the order of their slots.
    pub(super) fn by_slot(chunks: Vec<Shared>, which: Which) -> Self {
        let walk = Walk::BySlot(BySlot {
            chunks: chunks.into_iter(),
            chunk: None,
            at: 0,
        });
        Entries {
            walk,
            which,
            limit: usize::MAX,
        }
    }

    /// Makes a list in the order of the keys. `chunks` are all chunks.
    pub(super) fn by_key(
        keys: Keys,
        chunks: Vec<Shared>,
        which: Which,
        is_reverse: bool,
        limit: usize,
    ) -> Self {
        let walk = Walk::ByKey(ByKey {
            keys,
            part: None,
            chunks,
            is_reverse,
        });
        Entries { walk, which, limit }
    }

    /// Looks at the next entry, which stays the next until `pass`. Skips entries that the list
    /// leaves out.
    pub fn peek(&mut self) -> Step {
        match &mut self.walk {
            _ if self.limit == 0 => Step::End,
            Walk::BySlot(walk) => walk.peek(&self.which),
            Walk::ByKey(walk) => walk.peek(&self.which),
        }
    }

    /// Moves past the entry that was looked at.
    pub fn pass(&mut self) {
        self.limit -= 1;
        match &mut self.walk {
            Walk::BySlot(walk) => walk.at += 1,
            Walk::ByKey(walk) => walk.pass(),
        }
    }

    /// Returns the plain key of the entry that was looked at, if the list is in the order of the
    /// keys.
    pub fn key(&self) -> Option<&[u8]> {
        match &self.walk {
            Walk::BySlot(_) => None,
            Walk::ByKey(walk) => walk.key(),
        }
    }

    /// Returns true if the list shares so much that dropping it may take long.
    pub fn is_large(&self) -> bool {
        match &self.walk {
            Walk::BySlot(walk) => walk.chunks.len() > MOST_DROPPED,
            Walk::ByKey(walk) => walk.chunks.len() > MOST_DROPPED,
        }
    }

    /// Moves past the rest of the present leaf without a look at the entries. Returns their number.
    /// `None` if the entries must be looked at, or none is left.
    pub fn pass_leaf(&mut self) -> Option<usize> {
        let Walk::ByKey(walk) = &mut self.walk else {
            return None;
        };
        if self.which != Which::All || self.limit == 0 {
            return None;
        }
        let part = walk.part.take().or_else(|| walk.next_part())?;
        let count = part.range.len().min(self.limit);
        self.limit -= count;
        Some(count)
    }
}

impl BySlot {
    fn peek(&mut self, which: &Which) -> Step {
        let Some(chunk) = &self.chunk else {
            self.chunk = self.chunks.next();
            self.at = 0;
            return match self.chunk {
                Some(_) => self.peek(which),
                None => Step::End,
            };
        };
        let rest = chunk.get(self.at..).unwrap_or_default();
        match rest.iter().position(|entry| which.wants(entry)) {
            Some(over) => {
                self.at += over;
                let entry = chunk.get(self.at);
                entry.map_or(Step::Over, |entry| Step::Entry(*entry))
            }
            None => {
                // Frees the copy at once if the chunk has changed meanwhile.
                self.chunk = None;
                Step::Over
            }
        }
    }
}

impl ByKey {
    fn peek(&mut self, which: &Which) -> Step {
        let mut skipped = 0;
        loop {
            let Some(part) = &mut self.part else {
                if skipped > 0 {
                    return Step::Over;
                }
                self.part = self.next_part();
                match self.part {
                    Some(_) => continue,
                    None => return Step::End,
                }
            };
            let Some(at) = next_of(part, self.is_reverse) else {
                self.part = None;
                continue;
            };
            let slot = part.leaf.slot(at);
            let entry = slot.and_then(|slot| self.chunks.get(slot.chunk())?.get(slot.at()));
            match entry.filter(|entry| which.wants(entry)) {
                Some(entry) => return Step::Entry(*entry),
                None => {
                    skipped += 1;
                    self.pass();
                }
            }
        }
    }

    fn pass(&mut self) {
        let is_reverse = self.is_reverse;
        if let Some(Part { range, .. }) = &mut self.part {
            match is_reverse {
                true => range.end = range.end.saturating_sub(1),
                false => range.start += 1,
            }
        }
    }

    fn key(&self) -> Option<&[u8]> {
        let part = self.part.as_ref()?;
        let at = next_of(part, self.is_reverse)?;
        Some(part.leaf.key(at))
    }

    fn next_part(&mut self) -> Option<Part> {
        self.keys.take(self.is_reverse)
    }
}

fn next_of(part: &Part, is_reverse: bool) -> Option<usize> {
    match is_reverse {
        true => part.range.clone().next_back(),
        false => part.range.clone().next(),
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
