//! A file of the simulated disk: its bytes as readers see them, and as a power cut would leave them.
//!
//! A write changes whole sectors in memory. They reach the disk by a sync, or before it by chance:
//! then the disk has the sector as it was between two writes. A change of the length is a separate
//! step: of several since the last sync, any first ones may have reached the disk. So a file may be
//! lengthened on disk where its sectors are not written (NULs), and a cut may be undone (the old
//! bytes return). After a failed sync the sectors count as clean: they read back until the system
//! drops them from memory, but no later sync writes them unless they are written to again.
//!
//! A block whose first write fails may stay *unwritten*, as on ext4: later bytes written to it read
//! back and are synced without error, but the block is zeros after a power cut, unless the file was
//! cut off before it. The file system can be asked for such blocks.

use super::odds::Odds;
use std::collections::BTreeSet;
use std::ops::Range;

/// The number of sectors of a block. The file system knows of each block if it was written.
const BLOCK: usize = 4;

/// The contents of one file.
#[derive(Debug)]
pub struct Inode {
    /// The bytes as readers see them.
    live: Vec<u8>,
    /// The bytes on disk.
    durable: Vec<u8>,
    /// The sectors that the next sync must write.
    dirty: BTreeSet<usize>,
    /// The sectors that a failed sync did not write.
    lost: BTreeSet<usize>,
    /// The lengths that the file has had since the last sync, oldest first.
    lengths: Vec<usize>,
    sector: usize,
    /// The blocks that have been written on disk.
    written: BTreeSet<usize>,
    /// The blocks whose first write failed.
    unwritten: BTreeSet<usize>,
    /// The number of failed syncs. The next sync of a descriptor that was opened before one reports it.
    pub failures: u64,
}

impl Inode {
    /// An empty file on a disk with sectors of so many bytes.
    pub fn new(sector: usize) -> Self {
        Inode {
            live: Vec::new(),
            durable: Vec::new(),
            dirty: BTreeSet::new(),
            lost: BTreeSet::new(),
            lengths: Vec::new(),
            sector,
            written: BTreeSet::new(),
            unwritten: BTreeSet::new(),
            failures: 0,
        }
    }

    /// The bytes as readers see them.
    pub fn live(&self) -> &[u8] {
        &self.live
    }

    /// The bytes on disk.
    pub fn durable(&self) -> &[u8] {
        &self.durable
    }

    /// Replaces the contents, on disk too, as damage does.
    pub fn damage(&mut self, contents: &[u8]) {
        self.live = contents.to_vec();
        self.durable = contents.to_vec();
        self.written = (0..contents.len().div_ceil(self.block())).collect();
        self.forget_changes();
    }

    fn block(&self) -> usize {
        BLOCK * self.sector
    }

    /// Tells whether some of these bytes lie in a block whose first write failed.
    pub fn has_unwritten(&self, range: &Range<usize>) -> bool {
        let blocks = range.start / self.block()..range.end.div_ceil(self.block());
        self.unwritten.range(blocks).next().is_some()
    }

    pub fn read_at(&self, offset: usize, buffer: &mut [u8]) -> usize {
        let rest = self.live.get(offset..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        read
    }

    pub fn write_at(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if bytes.is_empty() {
            return;
        }
        if end > self.live.len() {
            self.live.resize(end, 0);
            self.lengths.push(end);
        }
        self.live[offset..end].copy_from_slice(bytes);
        for sector in offset / self.sector..end.div_ceil(self.sector) {
            self.dirty.insert(sector);
            self.lost.remove(&sector);
        }
    }

    pub fn truncate(&mut self, length: usize) {
        self.live.resize(length, 0);
        self.lengths.push(length);
        self.dirty.retain(|sector| sector * self.sector < length);
        self.lost.retain(|sector| sector * self.sector < length);
        // Blocks after the end are freed: they are fresh when the file grows again.
        let kept = length.div_ceil(self.block());
        self.written.retain(|block| *block < kept);
        self.unwritten.retain(|block| *block < kept);
        // The rest of the last sector is cleared in memory, which is a write like any other.
        if !length.is_multiple_of(self.sector) {
            self.dirty.insert(length / self.sector);
        }
    }

    /// Puts everything on disk.
    pub fn sync(&mut self) {
        self.write_some(&mut Odds::all());
        self.dirty.clear();
    }

    /// Puts some changes on disk, as the system does when it finds the time.
    pub fn write_back(&mut self, odds: &mut Odds) {
        self.write_some(odds);
    }

    /// Fails a sync: no later sync writes the bytes that it left unwritten. A length is in the
    /// journal and not in a page: a later sync may still write it.
    pub fn fail_sync(&mut self, odds: &mut Odds) {
        let blocks: BTreeSet<usize> = self.dirty.iter().map(|sector| sector / BLOCK).collect();
        for block in blocks.difference(&self.written) {
            if odds.stays_unwritten() {
                self.unwritten.insert(*block);
            }
        }
        self.write_some(odds);
        self.lost.append(&mut self.dirty);
        self.failures += 1;
    }

    /// Drops from memory the sectors that a failed sync did not write. Readers then see the disk's.
    pub fn drop_lost(&mut self) {
        for sector in std::mem::take(&mut self.lost) {
            let start = sector * self.sector;
            let end = (start + self.sector).min(self.live.len());
            let on_disk = self.durable.get(start..).unwrap_or_default();
            for (at, byte) in self.live[start.min(end)..end].iter_mut().enumerate() {
                *byte = on_disk.get(at).copied().unwrap_or(0);
            }
        }
    }

    /// The power fails.
    pub fn cut(&mut self, odds: &mut Odds) {
        self.write_some(odds);
        self.live.clone_from(&self.durable);
        self.forget_changes();
    }

    /// Writes some lengths and dirty sectors. A sector stays dirty if it is not written, or not to
    /// its end because the disk's length is not up to date.
    fn write_some(&mut self, odds: &mut Odds) {
        let reached = self.lengths.iter().take_while(|_| odds.length()).count();
        for length in self.lengths.drain(..reached) {
            // One after another: bytes that a cut removed are zero when the file grows again. So
            // what was written there after the cut must be written once more.
            let removed = length..self.durable.len().min(self.live.len());
            if !removed.is_empty() {
                let end = removed.end.div_ceil(self.sector);
                self.dirty.extend(removed.start / self.sector..end);
            }
            self.durable.resize(length, 0);
        }
        for sector in std::mem::take(&mut self.dirty) {
            let start = sector * self.sector;
            let room = self.durable.len().saturating_sub(start);
            if room == 0 || self.unwritten.contains(&(sector / BLOCK)) || !odds.sector() {
                self.dirty.insert(sector);
                continue;
            }
            self.written.insert(sector / BLOCK);
            let mut bytes = self.live[start..].to_vec();
            // A sector is written to its end, with zeros after the end of the file. If the disk's
            // length is an older and larger one, they replace bytes that a cut has removed.
            if bytes.len() < self.sector && odds.clears_the_rest() {
                bytes.resize(self.sector, 0);
            }
            bytes.truncate(self.sector);
            if room < bytes.len() {
                self.dirty.insert(sector);
                bytes.truncate(room);
            }
            self.durable[start..start + bytes.len()].copy_from_slice(&bytes);
        }
    }

    fn forget_changes(&mut self) {
        self.dirty.clear();
        self.lost.clear();
        self.lengths.clear();
        // No block is known in memory any more: the next write of an unwritten one is its first
        // again.
        self.unwritten.clear();
    }
}
