//! The entries of an index, in chunks of some thousand. A list of all entries is a list of chunks;
//! a chunk that changes while a list shares it is copied first. Gaps are closed a chunk at a time.

use super::{Entry, KeyHash, NEVER, Which};
use std::sync::Arc;

/// The most entries in a chunk: 160 KB.
pub(super) const CHUNK: usize = 1 << 12;
/// So few gaps are not worth closing.
const SPARED_GAPS: usize = 64;

/// The slot of an entry: the number of its chunk, and its index there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

impl Slot {
    fn new(chunk: u32, at: usize) -> Self {
        Slot(chunk * CHUNK as u32 + at as u32)
    }

    fn chunk(self) -> usize {
        self.0 as usize / CHUNK
    }

    fn at(self) -> usize {
        self.0 as usize % CHUNK
    }
}

#[derive(Debug, Default)]
struct Chunk {
    /// The entries, with gaps.
    entries: Arc<Vec<Entry>>,
    /// Number of entries without the gaps.
    held: usize,
    /// Lower bound of the entries' expiries.
    soonest: u64,
}

impl Chunk {
    fn new() -> Self {
        Chunk {
            soonest: NEVER,
            ..Chunk::default()
        }
    }

    fn gaps(&self) -> usize {
        self.entries.len() - self.held
    }

    fn held(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let entries = self.entries.iter().enumerate();
        entries.filter(|(_, entry)| !entry.is_gone())
    }

    /// Adds an entry at the end. Returns its index.
    fn push(&mut self, entry: Entry) -> usize {
        let entries = Arc::make_mut(&mut self.entries);
        entries.push(entry);
        self.held += 1;
        self.soonest = self.soonest.min(entry.expires);
        self.entries.len() - 1
    }
}

/// Called for each entry that moves, with its key, its old slot and its new slot.
pub type Moved<'a> = &'a mut dyn FnMut(KeyHash, Slot, Slot);

#[derive(Debug, Default)]
pub struct Chunks {
    /// The chunks, by their numbers.
    chunks: Vec<Chunk>,
    /// The numbers in use, in the order of the entries.
    order: Vec<u32>,
    /// The free numbers.
    free: Vec<u32>,
}

impl Chunks {
    pub fn get(&self, slot: Slot) -> Option<&Entry> {
        self.chunks.get(slot.chunk())?.entries.get(slot.at())
    }

    pub fn is_of(&self, slot: Slot, hash: KeyHash) -> bool {
        self.get(slot).is_some_and(|entry| entry.hash == hash)
    }

    pub fn count_live(&self, now: u64) -> usize {
        let in_use = self.order.iter().filter_map(|&number| self.number(number));
        in_use
            .map(|chunk| match now < chunk.soonest {
                true => chunk.held,
                false => chunk.held().filter(|(_, entry)| entry.is_live(now)).count(),
            })
            .sum()
    }

    /// Counts the chunks in which something may have expired.
    pub fn count_touched(&self, now: u64) -> usize {
        let in_use = self.order.iter().filter_map(|&number| self.number(number));
        in_use.filter(|chunk| now >= chunk.soonest).count()
    }

    /// Shares the chunks that may have such entries, in order.
    pub fn share(&self, which: &Which) -> Vec<Arc<Vec<Entry>>> {
        let in_use = self.order.iter().filter_map(|&number| self.number(number));
        let wanted = in_use.filter(|chunk| match which {
            Which::Expired(now) => *now >= chunk.soonest,
            Which::All | Which::Live(_) => true,
        });
        wanted.map(|chunk| chunk.entries.clone()).collect()
    }

    /// Adds an entry after all others.
    pub fn push(&mut self, entry: Entry) -> Slot {
        let last = self.order.last().copied().filter(|&last| {
            let chunk = self.number(last);
            chunk.is_some_and(|chunk| chunk.entries.len() < CHUNK)
        });
        let number = last.unwrap_or_else(|| self.begin_chunk());
        let at = self.number_mut(number).map(|chunk| chunk.push(entry));
        Slot::new(number, at.unwrap_or_default())
    }

    /// Replaces an entry. Returns the old one.
    pub fn replace(&mut self, slot: Slot, entry: Entry) -> Option<Entry> {
        let chunk = self.chunks.get_mut(slot.chunk())?;
        let place = Arc::make_mut(&mut chunk.entries).get_mut(slot.at())?;
        let before = std::mem::replace(place, entry);
        chunk.soonest = chunk.soonest.min(entry.expires);
        Some(before)
    }

    /// Turns an entry into a gap. Returns it.
    pub fn remove(&mut self, slot: Slot) -> Option<Entry> {
        let chunk = self.chunks.get_mut(slot.chunk())?;
        let place = Arc::make_mut(&mut chunk.entries).get_mut(slot.at())?;
        let before = *place;
        place.place.length = 0;
        chunk.held -= 1;
        Some(before)
    }

    /// Closes the gaps of a slot's chunk, if there are more gaps than entries. Its entries join the
    /// chunk before if they fit there; otherwise those of the next chunk join them if they fit.
    /// Returns how many entries moved.
    pub fn close_gaps(&mut self, slot: Slot, moved: Moved) -> usize {
        let number = slot.chunk() as u32;
        let Some(chunk) = self.number(number) else {
            return 0;
        };
        let held = chunk.held;
        if held > 0 && chunk.gaps() <= held.max(SPARED_GAPS) {
            return 0;
        }
        let Some(at) = self.order.iter().position(|&other| other == number) else {
            return 0;
        };
        let before = at.checked_sub(1).and_then(|at| self.order.get(at).copied());
        let fits = |before: u32| {
            let before = self.number(before);
            before.is_some_and(|before| before.entries.len() + held <= CHUNK)
        };
        if let Some(before) = before.filter(|&before| fits(before)) {
            self.append_to(before, at, moved);
            return held;
        }
        self.close(number, moved);
        let next = self.order.get(at + 1).and_then(|&next| self.number(next));
        match next.map(|next| next.held) {
            Some(next) if held + next <= CHUNK / 2 => {
                self.append_to(number, at + 1, moved);
                held + next
            }
            _ => held,
        }
    }

    /// Moves the entries of the chunk at an index of the order to the end of the chunk before, and
    /// frees its number.
    fn append_to(&mut self, before: u32, at: usize, moved: Moved) {
        let number = self.order.remove(at);
        self.free.push(number);
        let Some(chunk) = self.number_mut(number) else {
            return;
        };
        let chunk = std::mem::replace(chunk, Chunk::new());
        let Some(target) = self.number_mut(before) else {
            return;
        };
        Arc::make_mut(&mut target.entries).reserve_exact(chunk.held);
        for (from, entry) in chunk.held() {
            let to = target.push(*entry);
            moved(entry.hash, Slot::new(number, from), Slot::new(before, to));
        }
    }

    /// Closes all gaps of a chunk.
    fn close(&mut self, number: u32, moved: Moved) {
        let Some(chunk) = self.number_mut(number) else {
            return;
        };
        let mut closed = Chunk::new();
        closed.entries = Arc::new(Vec::with_capacity(chunk.held));
        for (from, entry) in chunk.held() {
            let to = closed.push(*entry);
            moved(entry.hash, Slot::new(number, from), Slot::new(number, to));
        }
        *chunk = closed;
    }

    fn begin_chunk(&mut self) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.chunks.push(Chunk::new());
            self.chunks.len() as u32 - 1
        });
        let is_first = self.order.is_empty();
        self.order.push(number);
        // The first chunk grows in steps, since most stores are small.
        if let Some(chunk) = self.number_mut(number).filter(|_| !is_first) {
            chunk.entries = Arc::new(Vec::with_capacity(CHUNK));
        }
        number
    }

    fn number(&self, number: u32) -> Option<&Chunk> {
        self.chunks.get(number as usize)
    }

    fn number_mut(&mut self, number: u32) -> Option<&mut Chunk> {
        self.chunks.get_mut(number as usize)
    }
}

#[cfg(test)]
impl Chunks {
    /// Counts the slots, with the gaps.
    pub fn slots(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.entries.len()).sum()
    }

    /// Counts the chunks that have entries.
    pub fn in_use(&self) -> usize {
        self.order.len()
    }
}
