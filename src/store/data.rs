//! The data file that holds, and what this instance knows of it: how far it is read, where the items lie, and which
//! commits are known to be on disk.

use super::snapshot::Snapshot;
use crate::disk::{Disk, DiskFile};
use crate::error::Result;
use crate::index::{Entry, Index, KeyHash};
use crate::log::{self, End, Place, Position, Sink};
use crate::record::{Commit, Content, Item};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The path of the data file of a number.
pub fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("data.{number}.jsonl"))
}

/// The number of the data file that holds: the highest.
pub fn newest(disk: &dyn Disk, folder: &Path) -> Result<Option<u64>> {
    let names = disk.list(folder)?;
    Ok(names.iter().filter_map(|name| number(name)).max())
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("data.")?.strip_suffix(".jsonl")?;
    let number: u64 = digits.parse().ok()?;
    (number > 0 && number.to_string() == digits).then_some(number)
}

/// Whether what was written through a descriptor may be vouched for by a sync of it.
///
/// A descriptor vouches for nothing older than itself: what an earlier process wrote and failed to sync reads back from
/// memory but is never written again. So the bytes that nobody has claimed are written once more through it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Just opened.
    Newcomer,
    /// The unclaimed bytes have been written again through it.
    Vouched,
    /// A sync of it failed: it vouches for nothing any more.
    Disowned,
}

/// The open data file.
#[derive(Debug)]
pub struct DataFile {
    pub file: Arc<dyn DiskFile>,
    pub number: u64,
    pub position: Position,
    contents: Contents,
    trust: Trust,
    /// Whether this instance has synced the folders that lead to it.
    pub folders_synced: bool,
}

impl DataFile {
    /// Opens the file of a number, unread.
    pub fn open(disk: &dyn Disk, folder: &Path, number: u64) -> Result<Self> {
        let file = disk.open(&path(folder, number))?;
        log::check_header(&*file)?;
        Ok(DataFile {
            file,
            number,
            position: Position::START,
            contents: Contents::default(),
            trust: Trust::Newcomer,
            folders_synced: false,
        })
    }

    /// Where the items lie.
    pub fn index(&self) -> &Index {
        &self.contents.index
    }

    /// What is known to be on disk.
    pub fn claims(&self) -> &Claims {
        &self.contents.claims
    }

    /// Takes note that all commits up to this one are on disk, by a sync of one's own.
    pub fn learn_synced(&mut self, commit: u64) {
        let claims = &mut self.contents.claims;
        claims.synced = claims.synced.max(commit);
    }

    /// Takes note that a sync failed.
    pub fn disown(&mut self) {
        self.trust = Trust::Disowned;
    }

    /// Whether a sync failed.
    pub fn is_disowned(&self) -> bool {
        self.trust == Trust::Disowned
    }

    /// Reads on from the last commit that is known.
    pub fn read_on(&mut self) -> Result<End> {
        let end = log::scan(&*self.file, &mut self.position, &mut self.contents);
        self.contents.staged.clear();
        end
    }

    /// Makes the descriptor one whose sync vouches for all that stands. Needs the writer lock.
    pub fn vouch(&mut self) -> Result<()> {
        if self.trust == Trust::Vouched {
            return Ok(());
        }
        let mut chunk = vec![0; 1 << 16];
        let mut offset = self.claims().claimed_end.max(Position::START.end);
        while offset < self.position.end {
            let wanted = chunk.len().min((self.position.end - offset) as usize);
            let bytes = chunk.get_mut(..wanted).unwrap_or_default();
            let read = self.file.read_at(offset, bytes)?;
            self.file
                .write_at(offset, bytes.get(..read).unwrap_or_default())?;
            offset += wanted as u64;
        }
        self.trust = Trust::Vouched;
        Ok(())
    }

    /// Takes in a commit that this instance has appended at the end.
    pub fn take_commit(&mut self, commit: &Commit, items: Vec<Staged>, end: u64) {
        self.position = self.position.after(commit, items.len() as u64, end);
        self.contents.staged = items;
        self.contents.commit(commit, end);
    }

    /// Takes in a bare claim that this instance has appended at the end.
    pub fn take_claim(&mut self, synced: u64, end: u64) {
        self.position = self.position.after_claim(end);
        self.contents.claims.claim(synced);
    }

    /// What an item line changes, once its commit stands.
    pub fn stage(&self, item: &Item, place: Place) -> Staged {
        self.contents.stage(item, place)
    }

    /// The items that `wanted` picks, as they are now.
    pub fn snapshot(&self, wanted: impl Fn(&Entry) -> bool) -> Snapshot {
        let entries = self.index().iter().filter(|entry| wanted(entry));
        Snapshot::new(
            self.file.clone(),
            entries.map(|entry| *entry.place()).collect(),
        )
    }
}

/// A change of one key, which counts once its commit stands.
#[derive(Debug)]
pub enum Staged {
    /// The key's newest item lies here.
    Put(Entry),
    /// The key has none.
    Remove(KeyHash),
}

/// What the lines of the file have led to.
#[derive(Debug, Default)]
struct Contents {
    index: Index,
    staged: Vec<Staged>,
    claims: Claims,
}

impl Contents {
    fn stage(&self, item: &Item, place: Place) -> Staged {
        let hash = self.index.hash(item.key);
        match item.content {
            Content::Value { expires, .. } => Staged::Put(Entry::new(hash, place, expires)),
            Content::Removed => Staged::Remove(hash),
        }
    }
}

impl Sink for Contents {
    fn item(&mut self, item: &Item, place: Place) {
        let staged = self.stage(item, place);
        self.staged.push(staged);
    }

    fn commit(&mut self, commit: &Commit, end: u64) {
        for staged in self.staged.drain(..) {
            match staged {
                Staged::Put(entry) => self.index.insert(entry),
                Staged::Remove(hash) => self.index.remove(hash),
            }
        }
        self.claims.unclaimed.push_back((commit.number, end));
        self.claims.claim(commit.synced);
    }

    fn claim(&mut self, synced: u64) {
        self.claims.claim(synced);
    }
}

/// Which commits are on disk. Having read a commit is not knowing: it may stand in memory only.
#[derive(Debug, Default)]
pub struct Claims {
    /// The newest commit that is known to be on disk.
    pub synced: u64,
    /// The newest commit that a line of the file claims to be.
    pub claimed: u64,
    /// Where that commit ends: bytes from here on are unclaimed.
    pub claimed_end: u64,
    /// The commits since, each with its end.
    unclaimed: VecDeque<(u64, u64)>,
}

impl Claims {
    fn claim(&mut self, synced: u64) {
        self.synced = self.synced.max(synced);
        self.claimed = self.claimed.max(synced);
        while let Some((number, end)) = self.unclaimed.front().copied() {
            if number > self.claimed {
                break;
            }
            self.claimed_end = end;
            self.unclaimed.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn only_data_files_have_a_number() {
        assert_eq!(number("data.1.jsonl"), Some(1));
        assert_eq!(number("data.17.jsonl"), Some(17));
        for name in [
            "data.0.jsonl",
            "data.01.jsonl",
            "data..jsonl",
            "data.1.jsonl.tmp",
            "data.+1.jsonl",
            "writer.lock",
        ] {
            assert_eq!(number(name), None, "{name}");
        }
    }
}
