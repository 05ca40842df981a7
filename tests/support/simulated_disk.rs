//! A disk that forgets unsynced writes: sector by sector, name by name.
//!
//! Readers see every write at once, as in the page cache of one machine. A sync of a file writes the
//! changes of all processes. A failed sync leaves its sectors clean and unwritten. As on Linux, it
//! is reported to the process that asked, once to every other descriptor that was open then, and to
//! none that is opened later.
//!
//! Each `SimulatedDisk` is the disk as one process sees it: the process can be killed, at once or
//! after a number of operations, and its writes, cuts and syncs can be made to fail. Locks are held
//! by open files, so several stores in one thread exclude each other. No other store runs while a
//! thread waits, so [`DiskFile::lock`] panics where it would have to wait.

use super::machine::{Failing, Machine, Operation, Process, name, parent, refused, sync_failed};
use super::simulated_file::{SimulatedFile, SimulatedNewFile};
use persist_lock::Result;
use persist_lock::disk::{Disk, DiskFile, Folder, Made, NewFile, Sighting};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub type Shared = Arc<Mutex<Machine>>;

pub fn reach(machine: &Shared) -> MutexGuard<'_, Machine> {
    machine.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The size of a sector of most disks, in bytes.
pub const SECTOR: usize = 512;

/// The disk as one process has it.
#[derive(Debug, Clone)]
pub struct SimulatedDisk {
    pub machine: Shared,
    pub process: usize,
}

impl SimulatedDisk {
    /// The first process of a new machine.
    pub fn new(seed: u64, sector: usize) -> Self {
        let machine = Arc::new(Mutex::new(Machine::new(seed, sector)));
        SimulatedDisk {
            machine,
            process: 0,
        }
        .new_process()
    }

    /// Another process of the same machine.
    pub fn new_process(&self) -> Self {
        let machine = self.machine.clone();
        let mut reached = reach(&machine);
        reached.processes.push(Default::default());
        let process = reached.processes.len() - 1;
        drop(reached);
        SimulatedDisk { machine, process }
    }

    /// The disk as the store takes it.
    pub fn shared(&self) -> Arc<dyn Disk> {
        Arc::new(self.clone())
    }

    /// Cuts the power: all processes die.
    pub fn cut(&self) {
        reach(&self.machine).cut();
    }

    /// Kills the process.
    pub fn kill(&self) {
        reach(&self.machine).kill(self.process);
    }

    /// Lets the process die in the operation that follows on so many more.
    pub fn kill_after(&self, operations: usize) {
        reach(&self.machine).processes[self.process].operations_left = Some(operations);
    }

    pub fn is_dead(&self) -> bool {
        reach(&self.machine).processes[self.process].dead
    }

    /// Lets the next write end in the middle, with a full disk.
    pub fn fail_next_write(&self) {
        self.fail_writes(1);
    }

    /// Lets the next writes end in the middle, with a full disk.
    pub fn fail_writes(&self, count: usize) {
        reach(&self.machine).processes[self.process].failing_writes = count;
    }

    /// Lets the next cuts of files fail.
    pub fn fail_cuts(&self, count: usize) {
        reach(&self.machine).processes[self.process].failing_cuts = count;
    }

    /// Returns true if a cut has failed since the last call.
    pub fn take_failed_cut(&self) -> bool {
        let process = &mut reach(&self.machine).processes[self.process];
        std::mem::take(&mut process.has_failed_to_cut)
    }

    /// Lets the next sync of a file fail.
    pub fn fail_next_sync(&self) {
        reach(&self.machine).processes[self.process].failing_syncs = 1;
    }

    /// Lets the next sync of a folder fail.
    pub fn fail_next_folder_sync(&self) {
        reach(&self.machine).processes[self.process].failing_folder_syncs = 1;
    }

    /// Lets `count` operations fail, one after the other, after some that do not. Reading, looking
    /// and locking count too.
    pub fn fail_after(&self, after: usize, count: usize, kind: ErrorKind) {
        let failing = Failing { after, count, kind };
        reach(&self.machine).processes[self.process].failing = Some(failing);
    }

    /// Returns true if some operation is still to fail.
    pub fn is_to_fail(&self) -> bool {
        reach(&self.machine).processes[self.process]
            .failing
            .is_some()
    }

    /// Lets nothing fail any more, for a process that has not died of it.
    pub fn heal(&self) {
        let process = &mut reach(&self.machine).processes[self.process];
        *process = Process {
            dead: process.dead,
            ..Process::default()
        };
    }

    /// Returns the changes that the process made to the disk since the last call.
    pub fn take_operations(&self) -> Vec<Operation> {
        let mut machine = reach(&self.machine);
        let all = std::mem::take(&mut machine.operations);
        let (own, others) = all
            .into_iter()
            .partition(|(process, _)| *process == self.process);
        machine.operations = others;
        let own: Vec<(usize, Operation)> = own;
        own.into_iter().map(|(_, operation)| operation).collect()
    }

    /// Lets all files together have no more than so many bytes more than they have.
    pub fn leave_free(&self, bytes: usize) {
        let mut machine = reach(&self.machine);
        machine.space = Some(usize::MAX);
        let used = usize::MAX - machine.free_space().unwrap_or(0);
        machine.space = Some(used + bytes);
    }

    /// Returns the number of bytes read on the machine since the last call.
    pub fn take_bytes_read(&self) -> usize {
        std::mem::take(&mut reach(&self.machine).bytes_read)
    }

    /// Lists the names in a folder, even for a dead process.
    pub fn names(&self, folder: &Path) -> Vec<String> {
        match reach(&self.machine).folder(folder) {
            Ok(folder) => folder.names().cloned().collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Returns the bytes of a file as readers see them.
    pub fn contents(&self, path: &Path) -> Vec<u8> {
        let mut machine = reach(&self.machine);
        let number = machine.find(path).expect("no such file");
        machine.file(number).live().to_vec()
    }

    /// Drops from memory the bytes of a file that a failed sync did not write.
    pub fn drop_lost(&self, path: &Path) {
        let mut machine = reach(&self.machine);
        let number = machine.find(path).expect("no such file");
        machine.file(number).drop_lost();
    }

    /// Returns the bytes of a file that a power cut would leave if nothing more reached the disk.
    pub fn durable(&self, path: &Path) -> Vec<u8> {
        let mut machine = reach(&self.machine);
        let number = machine.find(path).expect("no such file");
        machine.file(number).durable().to_vec()
    }

    /// Replaces a file's contents in place.
    pub fn damage(&self, path: &Path, contents: &[u8]) {
        let mut machine = reach(&self.machine);
        let number = machine.find(path).expect("no such file");
        machine.file(number).damage(contents);
    }

    /// Takes a name away.
    pub fn remove(&self, path: &Path) {
        let removed = reach(&self.machine).unlink(path);
        assert!(removed.expect("no such folder").is_some(), "no such file");
    }

    /// Creates a file with its contents, on disk.
    pub fn create_file(&self, path: &Path, contents: &[u8]) {
        let folder = self.folder(parent(path)).unwrap();
        folder.create_complete(name(path), contents, 0o600).unwrap();
    }

    /// Creates a folder, whose name is not on disk yet.
    pub fn create_folder_at(&self, path: &Path) {
        self.create_folder(path, 0o700).unwrap();
    }

    /// Opens a file.
    pub fn open(&self, path: &Path) -> Result<Arc<dyn DiskFile>> {
        let mut machine = self.living(path)?;
        match machine.find(path) {
            Some(number) => Ok(SimulatedFile::open(self, &mut machine, number, path)),
            None => Err(refused("open", path, ErrorKind::NotFound)),
        }
    }

    /// Tells if there is something at a path.
    pub fn exists(&self, path: &Path) -> Result<bool> {
        Ok(self.living(path)?.find(path).is_some())
    }

    pub fn step(&self, path: &Path, operation: Operation) -> Result<MutexGuard<'_, Machine>> {
        let mut machine = reach(&self.machine);
        machine.act(self.process, path)?;
        machine.record(self.process, operation);
        Ok(machine)
    }

    pub fn living(&self, path: &Path) -> Result<MutexGuard<'_, Machine>> {
        let mut machine = reach(&self.machine);
        machine.check_alive(self.process, path)?;
        machine.fail_once(self.process, path)?;
        Ok(machine)
    }
}

impl Disk for SimulatedDisk {
    fn has_folder(&self, path: &Path) -> Result<bool> {
        self.exists(path)
    }

    fn create_folder(&self, path: &Path, _mode: u32) -> Result<()> {
        if self.exists(path)? {
            return Ok(());
        }
        let mut machine = self.step(path, Operation::Create(path.to_path_buf()))?;
        let number = machine.add_folder();
        machine.link(path, number)
    }

    fn is_empty_except(&self, path: &Path, name: &str) -> bool {
        self.names(path).iter().all(|found| found == name)
    }

    fn folder(&self, path: &Path) -> Result<Arc<dyn Folder>> {
        self.living(path)?.folder(path)?;
        let path = path.to_path_buf();
        let disk = self.clone();
        Ok(Arc::new(SimulatedFolder { disk, path }))
    }

    fn open_read_only(&self, path: &Path) -> Result<Arc<dyn DiskFile>> {
        self.open(path)
    }

    fn sync_folder(&self, path: &Path) -> Result<()> {
        let mut machine = self.step(path, Operation::SyncFolder(path.to_path_buf()))?;
        // Names go through the journal, which never counts unwritten changes as clean.
        if std::mem::take(&mut machine.processes[self.process].failing_folder_syncs) > 0 {
            return Err(sync_failed(path));
        }
        machine.folder(path)?.sync();
        Ok(())
    }
}

/// A folder as one process has opened it. Nobody renames folders here, so its path will do.
#[derive(Debug)]
struct SimulatedFolder {
    disk: SimulatedDisk,
    path: PathBuf,
}

impl Folder for SimulatedFolder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn free_space(&self) -> Result<Option<u64>> {
        let machine = reach(&self.disk.machine);
        Ok(machine.free_space().map(|free| free as u64))
    }

    fn sight(&self) -> Option<Sighting> {
        self.disk.living(&self.path).ok()?.sight(&self.path)
    }

    fn sight_subfolder(&self, name: &str) -> Option<Sighting> {
        let path = self.path.join(name);
        self.disk.living(&path).ok()?.sight(&path)
    }

    fn subfolder(&self, name: &str) -> Result<Arc<dyn Folder>> {
        self.disk.folder(&self.path.join(name))
    }

    fn create_subfolder(&self, name: &str, mode: u32) -> Result<Arc<dyn Folder>> {
        self.disk.create_folder(&self.path.join(name), mode)?;
        self.subfolder(name)
    }

    fn list(&self) -> Result<Vec<String>> {
        let mut machine = self.disk.living(&self.path)?;
        Ok(machine.folder(&self.path)?.names().cloned().collect())
    }

    fn list_files(&self) -> Result<Vec<String>> {
        let mut names = self.list()?;
        let machine = reach(&self.disk.machine);
        names.retain(|name| machine.has_file(&self.path.join(name)));
        Ok(names)
    }

    fn open(&self, name: &str) -> Result<Arc<dyn DiskFile>> {
        self.disk.open(&self.path.join(name))
    }

    fn open_or_create(&self, name: &str, _mode: u32) -> Result<(Arc<dyn DiskFile>, Made)> {
        let path = self.path.join(name);
        if self.disk.exists(&path)? {
            return Ok((self.disk.open(&path)?, Made::Before));
        }
        let operation = Operation::Create(path.clone());
        let mut machine = self.disk.step(&path, operation)?;
        let number = machine.add_file();
        machine.link(&path, number)?;
        let file = SimulatedFile::open(&self.disk, &mut machine, number, &path);
        Ok((file, Made::Now))
    }

    fn open_read_only(&self, name: &str) -> Result<Arc<dyn DiskFile>> {
        self.open(name)
    }

    fn new_file(&self, _mode: u32) -> Result<Box<dyn NewFile>> {
        let operation = Operation::Create(self.path.clone());
        let mut machine = self.disk.step(&self.path, operation)?;
        machine.descriptors += 1;
        let name = format!("new-{:06}.tmp", machine.descriptors);
        let path = self.path.join(name);
        let number = machine.add_file();
        machine.link(&path, number)?;
        Ok(Box::new(SimulatedNewFile {
            disk: self.disk.clone(),
            path,
            number,
            length: 0,
        }))
    }

    fn exists(&self, name: &str) -> Result<bool> {
        self.disk.exists(&self.path.join(name))
    }

    fn remove(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        let mut machine = self.disk.step(&path, Operation::Remove(path.clone()))?;
        match machine.unlink(&path)? {
            Some(_) => Ok(()),
            None => Err(refused("remove", &path, ErrorKind::NotFound)),
        }
    }

    fn sync(&self) -> Result<()> {
        self.disk.sync_folder(&self.path)
    }
}
