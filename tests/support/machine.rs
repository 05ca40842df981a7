//! The machine of a simulated disk: its files and folders, the holders of locks, its processes, and
//! the power, which can be cut. One seed decides everything that is left to chance.

use super::clock::Clock;
use super::folder::Folder;
use super::inode::Inode;
use super::odds::Odds;
use super::random::Random;
use persist_lock::disk::{LockMode, Sighting, Stamp};
use persist_lock::{Error, Result};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A change that a process made to the disk. Reads, lists and locks are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Create(PathBuf),
    Write {
        path: PathBuf,
        offset: u64,
        length: usize,
    },
    Truncate(PathBuf, u64),
    Sync(PathBuf),
    Rename(PathBuf),
    Remove(PathBuf),
    SyncFolder(PathBuf),
}

/// A process, as far as it can be disturbed.
#[derive(Debug, Default)]
pub struct Process {
    pub dead: bool,
    /// After so many operations that change something it is killed.
    pub operations_left: Option<usize>,
    /// Operations of any kind that fail.
    pub failing: Option<Failing>,
    pub failing_writes: usize,
    pub failing_cuts: usize,
    /// True if a cut has failed.
    pub has_failed_to_cut: bool,
    pub failing_syncs: usize,
    pub failing_folder_syncs: usize,
}

/// Operations that fail, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Failing {
    /// Number of operations before the first of them.
    pub after: usize,
    /// Number of them.
    pub count: usize,
    /// The way in which they fail.
    pub kind: ErrorKind,
}

/// The outcome of an operation.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    Done,
    /// The process is killed in the middle of it.
    Killed,
}

#[derive(Debug)]
enum Node {
    File(Inode),
    Folder(Folder),
}

/// The holders of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pub process: usize,
    pub descriptor: u64,
    pub mode: LockMode,
}

#[derive(Debug)]
pub struct Machine {
    pub random: Random,
    pub clock: Clock,
    nodes: Vec<Node>,
    /// By the number of the file that is locked.
    pub locks: BTreeMap<usize, Vec<Holder>>,
    pub processes: Vec<Process>,
    pub operations: Vec<(usize, Operation)>,
    pub descriptors: u64,
    /// The limit of bytes for all named files together.
    pub space: Option<usize>,
    /// The number of bytes read from files.
    pub bytes_read: usize,
    sector: usize,
}

const ROOT: usize = 0;

/// The system writes some changes to the disk at one in so many changes of a file.
const WRITES_A_WRITE_BACK: usize = 8;

impl Machine {
    pub fn new(seed: u64, sector: usize) -> Self {
        Machine {
            random: Random::new(seed),
            clock: Clock::new(seed),
            nodes: vec![Node::Folder(Folder::default())],
            locks: BTreeMap::new(),
            processes: Vec::new(),
            operations: Vec::new(),
            descriptors: 0,
            space: None,
            bytes_read: 0,
            sector,
        }
    }

    /// The power fails. No process outlives it.
    pub fn cut(&mut self) {
        for process in 0..self.processes.len() {
            self.kill(process);
        }
        let mut odds = Odds::new(&mut self.random);
        for node in &mut self.nodes {
            match node {
                Node::File(inode) => inode.cut(&mut odds),
                Node::Folder(folder) => folder.cut(&mut odds),
            }
        }
        self.operations.clear();
    }

    /// Ends a process. The kernel drops its locks.
    pub fn kill(&mut self, process: usize) {
        self.processes[process].dead = true;
        for holders in self.locks.values_mut() {
            holders.retain(|holder| holder.process != process);
        }
    }

    /// To be asked before all that changes something; an error if the process is dead.
    pub fn fate(&mut self, process: usize, path: &Path) -> Result<Fate> {
        self.check_alive(process, path)?;
        match &mut self.processes[process].operations_left {
            None => Ok(Fate::Done),
            Some(0) => {
                self.kill(process);
                Ok(Fate::Killed)
            }
            Some(left) => {
                *left -= 1;
                Ok(Fate::Done)
            }
        }
    }

    /// The same for an operation that happens at once or not at all.
    pub fn act(&mut self, process: usize, path: &Path) -> Result<()> {
        match self.fate(process, path)? {
            Fate::Done => self.fail_once(process, path),
            Fate::Killed => Err(killed(path)),
        }
    }

    /// Fails if this operation must fail.
    pub fn fail_once(&mut self, process: usize, path: &Path) -> Result<()> {
        match self.failure(process) {
            Some(kind) => Err(refused("use", path, kind)),
            None => Ok(()),
        }
    }

    fn failure(&mut self, process: usize) -> Option<ErrorKind> {
        let failing = self.processes[process].failing.as_mut()?;
        if failing.after > 0 {
            failing.after -= 1;
            return None;
        }
        let kind = failing.kind;
        failing.count -= 1;
        if failing.count == 0 {
            self.processes[process].failing = None;
        }
        Some(kind)
    }

    pub fn check_alive(&self, process: usize, path: &Path) -> Result<()> {
        match self.processes[process].dead {
            true => Err(killed(path)),
            false => Ok(()),
        }
    }

    pub fn record(&mut self, process: usize, operation: Operation) {
        self.operations.push((process, operation));
    }

    /// A sync of a file. It fails if that was asked for.
    pub fn sync(&mut self, process: usize, number: usize, path: &Path) -> Result<()> {
        if self.fate(process, path)? == Fate::Killed {
            return Err(killed(path));
        }
        self.record(process, Operation::Sync(path.to_path_buf()));
        let fails =
            take_one(&mut self.processes[process].failing_syncs) || self.failure(process).is_some();
        let mut odds = Odds::new(&mut self.random);
        let Node::File(inode) = &mut self.nodes[number] else {
            panic!("not a file: {}", path.display());
        };
        if fails {
            inode.fail_sync(&mut odds);
            return Err(sync_failed(path));
        }
        inode.sync();
        Ok(())
    }

    /// Writes bytes. If the process is killed in the write, or the disk gets full, any first part
    /// of the bytes is written.
    pub fn write(
        &mut self,
        process: usize,
        number: usize,
        path: &Path,
        offset: u64,
        bytes: &[u8],
    ) -> Result<()> {
        let fate = self.fate(process, path)?;
        let mut failure = self.failure(process);
        let mut most = bytes.len();
        let growth = (offset as usize + bytes.len()).saturating_sub(self.file(number).live().len());
        if let Some(free) = self.free_space()
            && growth > free
        {
            most -= growth - free;
            failure = Some(ErrorKind::StorageFull);
        }
        if take_one(&mut self.processes[process].failing_writes) {
            failure = Some(ErrorKind::StorageFull);
        }
        let length = match fate == Fate::Done && failure.is_none() {
            true => bytes.len(),
            false => self.random.below(most + 1),
        };
        let operation = Operation::Write {
            path: path.to_path_buf(),
            offset,
            length,
        };
        self.record(process, operation);
        self.file(number)
            .write_at(offset as usize, &bytes[..length]);
        self.write_back(number);
        match (fate, failure) {
            (Fate::Killed, _) => Err(killed(path)),
            (Fate::Done, Some(kind)) => Err(refused("write", path, kind)),
            (Fate::Done, None) => Ok(()),
        }
    }

    /// Shortens a file.
    pub fn truncate(
        &mut self,
        process: usize,
        number: usize,
        path: &Path,
        length: u64,
    ) -> Result<()> {
        self.act(process, path)?;
        if take_one(&mut self.processes[process].failing_cuts) {
            self.processes[process].has_failed_to_cut = true;
            return Err(refused("cut off", path, ErrorKind::Other));
        }
        self.record(process, Operation::Truncate(path.to_path_buf(), length));
        self.file(number).truncate(length as usize);
        self.write_back(number);
        Ok(())
    }

    /// Lets some changes of a file reach the disk, now and then.
    fn write_back(&mut self, number: usize) {
        if self.random.chance(1, WRITES_A_WRITE_BACK) {
            let mut odds = Odds::new(&mut self.random);
            self.file(number).write_back(&mut odds);
        }
    }

    /// Returns the number of free bytes, if there is a limit.
    pub fn free_space(&self) -> Option<usize> {
        let space = self.space?;
        let folders = self.nodes.iter().filter_map(|node| match node {
            Node::Folder(folder) => Some(folder),
            Node::File(_) => None,
        });
        let named = folders.flat_map(|folder| folder.numbers());
        let lengths = named.map(|number| match &self.nodes[number] {
            Node::File(inode) => inode.live().len(),
            Node::Folder(_) => 0,
        });
        Some(space.saturating_sub(lengths.sum()))
    }

    pub fn add_file(&mut self) -> usize {
        self.nodes.push(Node::File(Inode::new(self.sector)));
        self.nodes.len() - 1
    }

    pub fn add_folder(&mut self) -> usize {
        let changed = self.clock.tick();
        self.nodes.push(Node::Folder(Folder::new(changed)));
        self.nodes.len() - 1
    }

    pub fn file(&mut self, number: usize) -> &mut Inode {
        match &mut self.nodes[number] {
            Node::File(inode) => inode,
            Node::Folder(_) => panic!("node {number} is a folder"),
        }
    }

    /// Returns the file or folder at a path.
    pub fn find(&self, path: &Path) -> Option<usize> {
        path.components().try_fold(ROOT, |number, part| match part {
            Component::Normal(name) => match &self.nodes[number] {
                Node::Folder(folder) => folder.get(name.to_str()?),
                Node::File(_) => None,
            },
            _ => Some(ROOT),
        })
    }

    /// Tells if there is a file at a path.
    pub fn has_file(&self, path: &Path) -> bool {
        let found = self.find(path).map(|number| &self.nodes[number]);
        matches!(found, Some(Node::File(_)))
    }

    pub fn folder(&mut self, path: &Path) -> Result<&mut Folder> {
        let found = self.find(path);
        match found.and_then(|number| self.nodes.get_mut(number)) {
            Some(Node::Folder(folder)) => Ok(folder),
            _ => Err(refused("open the folder", path, ErrorKind::NotFound)),
        }
    }

    /// Looks at the times of the folder at a path. `None` if there is none.
    pub fn sight(&mut self, path: &Path) -> Option<Sighting> {
        self.clock.pass();
        let number = self.find(path)?;
        let Some(Node::Folder(folder)) = self.nodes.get(number) else {
            return None;
        };
        let stamp = Stamp {
            number: (0, number as u64),
            modified: folder.changed,
            changed: folder.changed,
        };
        let at = self.clock.moment();
        Some(Sighting { stamp, at })
    }

    /// Lets a path lead to a file or folder.
    pub fn link(&mut self, path: &Path, number: usize) -> Result<()> {
        let tick = self.clock.tick();
        self.folder(parent(path))?.set(name(path), number, tick);
        Ok(())
    }

    /// Takes a path away.
    pub fn unlink(&mut self, path: &Path) -> Result<Option<usize>> {
        let tick = self.clock.tick();
        Ok(self.folder(parent(path))?.remove(name(path), tick))
    }
}

fn take_one(count: &mut usize) -> bool {
    let any = *count > 0;
    *count = count.saturating_sub(1);
    any
}

pub fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

pub fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

pub fn refused(operation: &'static str, path: &Path, kind: ErrorKind) -> Error {
    Error::Io {
        operation,
        path: path.to_path_buf(),
        source: Arc::new(io::Error::from(kind)),
    }
}

pub fn sync_failed(path: &Path) -> Error {
    Error::SyncFailed {
        path: path.to_path_buf(),
        source: Arc::new(io::Error::other("simulated")),
    }
}

/// Returns the error of every operation of a dead process.
fn killed(path: &Path) -> Error {
    refused("outlive its end at", path, ErrorKind::Interrupted)
}
