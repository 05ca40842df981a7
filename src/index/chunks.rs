//! The entries of an index, in chunks of some thousand. An entry keeps its slot for as long as its
//! key is there. A chunk that changes while a list shares it is copied first.

use super::{Entry, KeyHash, NEVER, Which};
use std::sync::Arc;

/// The most entries in a chunk: 160 KB.
pub(super) const CHUNK: usize = 1 << 12;

/// The least entries by which a chunk grows.
const LEAST: usize = 4;

/// The slot of an entry: the number of its chunk, and its index there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

impl Slot {
    pub fn new(chunk: usize, at: usize) -> Self {
        Slot((chunk * CHUNK + at) as u32)
    }

    /// Makes the slot of a number.
    pub fn of(number: u32) -> Self {
        Slot(number)
    }

    pub fn number(self) -> u32 {
        self.0
    }

    pub fn chunk(self) -> usize {
        self.0 as usize / CHUNK
    }

    pub fn at(self) -> usize {
        self.0 as usize % CHUNK
    }
}

/// The entries of a chunk, with gaps.
pub type Shared = Arc<Vec<Entry>>;

#[derive(Debug)]
struct Chunk {
    entries: Shared,
    /// Number of entries without the gaps.
    held: usize,
    /// The gaps.
    free: Vec<u16>,
    /// Lower bound of the entries' expiries.
    soonest: u64,
    /// Number of entries that were removed or replaced since the bound was exact, and expire.
    outdated: usize,
    /// True if the chunk is listed among those that have room.
    is_listed: bool,
}

impl Chunk {
    fn new() -> Self {
        Chunk {
            entries: Arc::default(),
            held: 0,
            free: Vec::new(),
            soonest: NEVER,
            outdated: 0,
            is_listed: false,
        }
    }

    fn has_room(&self) -> bool {
        !self.free.is_empty() || self.entries.len() < CHUNK
    }

    fn held(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_gone())
    }

    /// Puts an entry where there is room. Returns its index.
    fn put(&mut self, entry: Entry) -> usize {
        self.held += 1;
        self.soonest = self.soonest.min(entry.expires);
        let entries = Arc::make_mut(&mut self.entries);
        let gap = self.free.pop().map(usize::from);
        match gap.and_then(|at| Some((at, entries.get_mut(at)?))) {
            Some((at, gap)) => {
                *gap = entry;
                at
            }
            None => {
                // A copy has no room for more, and doubling it could exceed a chunk.
                if entries.len() == entries.capacity() {
                    let more = entries.len().max(LEAST).min(CHUNK - entries.len());
                    entries.reserve_exact(more);
                }
                entries.push(entry);
                entries.len() - 1
            }
        }
    }

    /// Turns an entry into a gap. Returns the entry.
    fn remove(&mut self, at: usize) -> Option<Entry> {
        if self.held == 1 {
            let before = *self.entries.get(at)?;
            *self = Chunk {
                is_listed: self.is_listed,
                ..Chunk::new()
            };
            return Some(before);
        }
        let place = Arc::make_mut(&mut self.entries).get_mut(at)?;
        let before = *place;
        place.place.length = 0;
        self.held -= 1;
        self.free.push(at as u16);
        self.outdate(&before);
        Some(before)
    }

    /// Makes the lower bound of the expiries exact, once there are as many outdated ones as entries.
    fn outdate(&mut self, before: &Entry) {
        self.outdated += usize::from(before.expires != NEVER);
        if self.outdated > self.held {
            self.outdated = 0;
            let expiries = self.held().map(|entry| entry.expires);
            self.soonest = expiries.min().unwrap_or(NEVER);
        }
    }
}

#[derive(Debug, Default)]
pub struct Chunks {
    chunks: Vec<Chunk>,
    /// The numbers of the chunks that have room.
    roomy: Vec<usize>,
}

impl Chunks {
    pub fn get(&self, slot: Slot) -> Option<&Entry> {
        self.chunks.get(slot.chunk())?.entries.get(slot.at())
    }

    pub fn is_of(&self, slot: Slot, hash: KeyHash) -> bool {
        self.get(slot).is_some_and(|entry| entry.hash == hash)
    }

    pub fn count_live(&self, now: u64) -> usize {
        let live = |chunk: &Chunk| match now < chunk.soonest {
            true => chunk.held,
            false => chunk.held().filter(|entry| entry.is_live(now)).count(),
        };
        self.chunks.iter().map(live).sum()
    }

    /// Counts the chunks in which something may have expired.
    pub fn count_touched(&self, now: u64) -> usize {
        let touched = |chunk: &&Chunk| now >= chunk.soonest;
        self.chunks.iter().filter(touched).count()
    }

    /// Shares the chunks that may have such entries.
    pub fn share(&self, which: &Which) -> Vec<Shared> {
        let wanted = self.chunks.iter().filter(|chunk| match which {
            Which::Expired(now) => *now >= chunk.soonest,
            Which::All | Which::Live(_) => chunk.held > 0,
        });
        wanted.map(|chunk| chunk.entries.clone()).collect()
    }

    /// Shares all chunks, by their numbers.
    pub fn share_all(&self) -> Vec<Shared> {
        let chunks = self.chunks.iter();
        chunks.map(|chunk| chunk.entries.clone()).collect()
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: Entry) -> Slot {
        let number = match self.roomy.last() {
            Some(&number) => number,
            None => self.begin_chunk(),
        };
        let Some(chunk) = self.chunks.get_mut(number) else {
            return Slot::new(number, 0);
        };
        let at = chunk.put(entry);
        if !chunk.has_room() {
            chunk.is_listed = false;
            self.roomy.pop();
        }
        Slot::new(number, at)
    }

    /// Replaces an entry. Returns the old one.
    pub fn replace(&mut self, slot: Slot, entry: Entry) -> Option<Entry> {
        let chunk = self.chunks.get_mut(slot.chunk())?;
        let place = Arc::make_mut(&mut chunk.entries).get_mut(slot.at())?;
        let before = std::mem::replace(place, entry);
        chunk.soonest = chunk.soonest.min(entry.expires);
        if before.expires != entry.expires {
            chunk.outdate(&before);
        }
        Some(before)
    }

    /// Turns an entry into a gap, which new entries may fill. Returns the entry. A chunk of gaps
    /// alone gives its memory back.
    pub fn remove(&mut self, slot: Slot) -> Option<Entry> {
        let number = slot.chunk();
        let chunk = self.chunks.get_mut(number)?;
        let before = chunk.remove(slot.at())?;
        let is_listed = std::mem::replace(&mut chunk.is_listed, true);
        if !is_listed {
            self.roomy.push(number);
        }
        Some(before)
    }

    fn begin_chunk(&mut self) -> usize {
        let number = self.chunks.len();
        let mut chunk = Chunk {
            is_listed: true,
            ..Chunk::new()
        };
        // The first chunk grows in steps, since most stores are small.
        if number > 0 {
            chunk.entries = Arc::new(Vec::with_capacity(CHUNK));
        }
        self.chunks.push(chunk);
        self.roomy.push(number);
        number
    }
}

#[cfg(test)]
impl Chunks {
    /// Counts the slots, with the gaps.
    pub fn slots(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.entries.len()).sum()
    }

    /// Measures the memory of all entries, in bytes.
    pub fn memory(&self) -> usize {
        let entries = self.chunks.iter().map(|chunk| chunk.entries.capacity());
        entries.sum::<usize>() * size_of::<Entry>() + self.chunks.capacity() * size_of::<Chunk>()
    }
}
