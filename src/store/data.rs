//! The data file that holds, and what this instance knows of it: how far it is read, where the items lie, and which
//! commits are known to be on disk.

use super::FOLDER;
use super::contents::{Claims, Contents, Staged};
use super::files::Files;
use super::memory::Memory;
use super::snapshot::Snapshot;
use crate::disk::{Disk, DiskFile, Folder};
use crate::error::{Error, Result};
use crate::index::{Cleared, Index, KeyHash, Which};
use crate::log::{self, End, Place, Position, Sink};
use crate::record::{Commit, Item};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The name of the data file of a number.
pub fn name(number: u64) -> String {
    format!("data.{number}.jsonl")
}

/// The number of the data file that holds: the highest.
pub fn newest(folder: &dyn Folder) -> Result<Option<u64>> {
    let names = folder.list()?;
    Ok(names.iter().filter_map(|name| number(name)).max())
}

/// The number of a data file, by its name.
pub fn number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("data.")?.strip_suffix(".jsonl")?;
    let number: u64 = digits.parse().ok()?;
    let is_one = (1..u64::MAX).contains(&number) && number.to_string() == digits;
    is_one.then_some(number)
}

/// The name of the file that takes the place of the one of a number. The last number has none: only somebody else can have given it
/// to a file.
pub fn next_name(before: u64) -> Option<String> {
    let next = before.checked_add(1).map(name);
    next.filter(|next| number(next).is_some())
}

/// The same, to write that file.
pub fn next_name_after(file: &dyn DiskFile, number: u64) -> Result<String> {
    next_name(number).ok_or_else(|| Error::Foreign {
        path: file.path().to_path_buf(),
        reason: "its name has the highest number, so that nothing can take its place",
    })
}

/// What a path leads to that is opened for reading.
#[derive(Debug)]
pub enum Found {
    /// The file that holds in a store's folder.
    InFolder(Newest),
    /// A file on its own, such as a backup.
    Alone(Arc<dyn DiskFile>),
}

/// The file that holds in a store's folder.
#[derive(Debug)]
pub struct Newest {
    pub folder: Arc<dyn Folder>,
    pub file: Arc<dyn DiskFile>,
    pub number: u64,
}

/// Opens a store's own folder in a user's.
pub fn open_folder(disk: &dyn Disk, dir: &Path) -> Result<Arc<dyn Folder>> {
    match disk.folder(dir) {
        Ok(folder) => folder.subfolder(FOLDER),
        // It is the store that is missing, also where nothing is.
        Err(Error::Io {
            operation, source, ..
        }) if source.kind() == ErrorKind::NotFound => Err(Error::Io {
            operation,
            path: dir.join(FOLDER),
            source,
        }),
        Err(error) => Err(error),
    }
}

/// Opens for reading the file that holds in the folder of a store, or the file that `dir` is.
pub fn open_newest(disk: &dyn Disk, dir: &Path) -> Result<Found> {
    let folder = match open_folder(disk, dir) {
        Ok(folder) => folder,
        Err(error) if error.is(ErrorKind::NotADirectory) => {
            return Ok(Found::Alone(disk.open_read_only(dir)?));
        }
        Err(error) => return Err(error),
    };
    loop {
        let number = newest(&*folder)?.unwrap_or(1);
        match folder.open_read_only(&name(number)) {
            Ok(file) => {
                return Ok(Found::InFolder(Newest {
                    folder,
                    file,
                    number,
                }));
            }
            // A rewrite has put a newer one in its place meanwhile.
            Err(error) if error.is_not_found() && newest(&*folder)? > Some(number) => {}
            Err(error) => return Err(error),
        }
    }
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

/// How a rewritten file was copied from the one before: its snapshot holds an item each of what that had led to at one moment, and
/// what was committed between that and the switch follows byte for byte.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    /// Where the bytes begin that were copied as they are, in the common space of offsets.
    begin_before: u64,
    /// Where their copy begins in the new file.
    begin: u64,
    /// Where it ends, as far as it was known when the file was followed.
    end: u64,
}

impl Copied {
    /// Where the last copy ends.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Whether the line at an offset of the new file is the copy of the one at an offset of the common space, given that their
    /// keys and bytes are the same.
    fn is_copy(&self, from: u64, to: u64) -> bool {
        match to.checked_sub(self.begin) {
            Some(at) => self.begin_before + at == from,
            None => from < self.begin_before,
        }
    }
}

/// The open data file.
#[derive(Debug)]
pub struct DataFile {
    files: Files,
    memory: Memory,
    /// `None` for a file on its own, such as a backup: no rewrite takes its place.
    pub(super) number: Option<u64>,
    pub(super) position: Position,
    contents: Contents,
    trust: Trust,
    /// The stretch that has been written again through this descriptor and not been synced by it yet.
    rewritten: Option<Range<u64>>,
    news: u32,
    copied: Option<Copied>,
    /// The file had no snapshot when it was opened.
    begins_empty: bool,
    /// Whether this instance has synced the folders that lead to it.
    pub(super) folders_synced: bool,
}

impl DataFile {
    /// Reads the beginning of a file that was just opened, up to where its commits begin.
    pub fn new(file: Arc<dyn DiskFile>, number: Option<u64>) -> Result<Self> {
        Self::begin(file, number, Contents::default())
    }

    /// Reads a file without keeping an index, up to where another reader of the process has read it. `None` if that one has read
    /// something else.
    pub fn beside(
        file: Arc<dyn DiskFile>,
        number: Option<u64>,
        known: &Position,
    ) -> Result<Option<Self>> {
        let mut data = Self::begin(file, number, Contents::without_index())?;
        data.read_up_to(known.end)?;
        Ok((data.position == *known).then_some(data))
    }

    /// Reads the beginning of a file, and keeps of its contents what `contents` is for.
    pub(super) fn begin(
        file: Arc<dyn DiskFile>,
        number: Option<u64>,
        mut contents: Contents,
    ) -> Result<Self> {
        let position = log::read_head(&*file, &mut contents)?;
        Ok(DataFile {
            files: Files::new(file),
            memory: Memory::default(),
            number,
            position,
            contents,
            trust: Trust::Newcomer,
            rewritten: None,
            news: 0,
            copied: None,
            begins_empty: position == Position::START,
            folders_synced: false,
        })
    }

    /// Whether the file had no snapshot when it was opened.
    pub fn begins_empty(&self) -> bool {
        self.begins_empty
    }

    /// The file that is appended to.
    pub fn file(&self) -> &Arc<dyn DiskFile> {
        self.files.newest()
    }

    /// All files that the index leads into.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Where the items lie.
    pub fn index(&self) -> &Index {
        &self.contents.index
    }

    /// What is known to be on disk.
    pub fn claims(&self) -> &Claims {
        &self.contents.claims
    }

    /// The stretch of which only the file system can say whether a sync puts it on disk: others wrote it first, and may have
    /// failed to.
    pub fn rewritten(&self) -> Option<&Range<u64>> {
        self.rewritten.as_ref()
    }

    /// Takes note that the descriptor's sync was sound, and that of all that was written again through it.
    pub fn settle_rewritten(&mut self) {
        self.rewritten = None;
    }

    /// Takes note that all commits up to this one are on disk, by a sync of one's own.
    pub fn learn_synced(&mut self, commit: u64) {
        let claims = &mut self.contents.claims;
        claims.synced = claims.synced.max(commit);
    }

    /// Counts the times that commits were read.
    pub fn news(&self) -> u32 {
        self.news
    }

    /// Takes note that a sync failed.
    pub fn disown(&mut self) {
        self.trust = Trust::Disowned;
    }

    /// Whether a sync failed.
    pub fn is_disowned(&self) -> bool {
        self.trust == Trust::Disowned
    }

    /// Tells whether a place lies behind all that is claimed to be on disk.
    pub fn is_unclaimed(&self, place: &Place) -> bool {
        let start = self.files.base() + self.claims().claimed_end;
        place.offset >= start
    }

    /// Reads on from the last commit that is known.
    pub fn read_on(&mut self) -> Result<End> {
        self.read_up_to(u64::MAX)
    }

    /// The same, but no further than up to an offset, behind a line that stands.
    pub fn read_up_to(&mut self, end: u64) -> Result<End> {
        let before = self.position.commit;
        let file = self.files.newest();
        let found = log::scan(&**file, &mut self.position, end, &mut self.contents);
        self.contents.forget_staged();
        if self.position.commit != before {
            self.news = self.news.wrapping_add(1);
        }
        match found? {
            _ if self.contents.is_lost() => Ok(End::Replaced),
            end => Ok(end),
        }
    }

    /// Reads an item's line; `None` unless it is still what was put there.
    pub fn read_line(&mut self, place: &Place) -> Result<Option<&[u8]>> {
        let (file, place) = self.files.locate(place);
        let line = match Arc::ptr_eq(file, self.files.newest()) {
            true => self.memory.line(&**file, &place, self.position.end)?,
            false => self.memory.read(&**file, &place)?,
        };
        Ok(place.is_of(line).then_some(line))
    }

    /// Goes over to the file that a rewrite has put in this one's place, and keeps what is known. The old file must have
    /// been read to its end. `false` if the new one is none that follows on it: then it is to be loaded anew.
    pub fn follow(&mut self, file: Arc<dyn DiskFile>, number: u64) -> Result<bool> {
        let known = self.position;
        let Some(snapshot) = log::find_snapshot(&*file)? else {
            return Ok(false);
        };
        let other = snapshot.commit == known.commit && snapshot.checksum != known.checksum;
        if snapshot.commit > known.commit || other {
            return Ok(false);
        }
        let before = self.files.newest().clone();
        let base_before = self.files.base();
        self.files.push(file, known.end);
        self.memory = Memory::default();
        self.contents.follow(self.files.base(), &snapshot, &known);
        self.number = Some(number);
        self.position = snapshot;
        self.trust = Trust::Newcomer;
        self.rewritten = None;
        self.folders_synced = false;
        self.copied = None;
        if self.read_on()? == End::Replaced {
            return Ok(false);
        }
        if let Some(end) = self.contents.known_end() {
            let known_before = match end == snapshot.end {
                true => known.end,
                false => log::line_end(&*before, known.anchor)?,
            };
            let length = end - snapshot.end;
            let begin_before = known_before.checked_sub(length).map(|at| base_before + at);
            self.copied = begin_before.map(|begin_before| Copied {
                begin_before,
                begin: snapshot.end,
                end,
            });
        }
        Ok(true)
    }

    /// How the entries that lead into older files can be relocated into the newest one, if they can.
    pub fn copied(&self) -> Option<&Copied> {
        self.copied.as_ref()
    }

    /// Relocates entries that lead into older files and whose lines have copies at these places of the newest one.
    pub fn relocate(&mut self, copies: &[(KeyHash, Place)]) {
        let base = self.files.base();
        let Some(copied) = self.copied else { return };
        for (hash, place) in copies {
            let offset = base + place.offset;
            let is_copy = |from| copied.is_copy(from, place.offset);
            let to = Place { offset, ..*place };
            self.contents.index.relocate(*hash, to, is_copy);
        }
    }

    /// Lets the older files go if no entry leads into them any more.
    pub fn take_older_files(&mut self) -> Option<Vec<Arc<dyn DiskFile>>> {
        (self.index().old() == 0).then(|| self.files.take_older())
    }

    /// Whether an index is kept.
    pub fn has_index(&self) -> bool {
        self.contents.has_index()
    }

    /// Keeps no index any more.
    pub fn stop_indexing(&mut self) {
        self.contents.stop_indexing();
    }

    /// Makes the descriptor one whose sync vouches for all that stands. Needs the writer lock.
    pub fn vouch(&mut self) -> Result<()> {
        if self.trust == Trust::Vouched {
            return Ok(());
        }
        let mut chunk = vec![0; 1 << 16];
        let mut offset = self.claims().claimed_end.max(Position::START.end);
        if offset < self.position.end {
            // Up to the file's end: under the lock nothing is behind the commits but what others have written ahead.
            self.rewritten = Some(offset..self.file().status()?.length);
        }
        while offset < self.position.end {
            let wanted = chunk.len().min((self.position.end - offset) as usize);
            let bytes = chunk.get_mut(..wanted).unwrap_or_default();
            let read = self.file().read_at(offset, bytes)?;
            self.file()
                .write_at(offset, bytes.get(..read).unwrap_or_default())?;
            offset += wanted as u64;
        }
        self.trust = Trust::Vouched;
        Ok(())
    }

    /// Takes in a commit that this instance has appended at the end.
    pub fn take_commit(&mut self, commit: &Commit, items: Vec<Staged>, end: u64) {
        self.position = self.position.after(commit, end);
        self.contents.take(items, commit, end);
    }

    /// Takes in a bare claim that this instance has appended at the end.
    pub fn take_claim(&mut self, synced: u64, end: u64) {
        self.position = self.position.after_claim(end);
        self.contents.claim(synced);
    }

    /// Hands over the whole index, to be dropped where that holds up nobody. For a store that is not used any more.
    pub fn take_index(&mut self) -> Cleared {
        self.contents.index.clear()
    }

    /// Hands over what was cleared, to be dropped where that holds up nobody.
    pub fn take_cleared(&mut self) -> Vec<Cleared> {
        self.contents.take_cleared()
    }

    /// What an item line changes, once its commit stands.
    pub fn stage(&self, item: &Item, place: Place) -> Staged {
        self.contents.stage(item, place)
    }

    /// Lists items as they are now.
    pub fn snapshot(&self, which: Which) -> Snapshot {
        self.contents.list(self.files.clone(), which)
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
            "data.18446744073709551615.jsonl",
            "writer.lock",
        ] {
            assert_eq!(number(name), None, "{name}");
        }
    }
}
