//! A file of the simulated disk as one process has opened it.

use super::machine::{Holder, Machine, Operation, sync_failed};
use super::simulated_disk::{SimulatedDisk, reach};
use persist_lock::Result;
use persist_lock::disk::{DiskFile, LockMode, NewFile, Status};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file as one process has opened it.
#[derive(Debug)]
pub struct SimulatedFile {
    disk: SimulatedDisk,
    path: PathBuf,
    /// The file, under any name.
    number: usize,
    descriptor: u64,
    /// The number of failed syncs that this descriptor has reported, or was opened after.
    failures_told: Mutex<u64>,
}

impl SimulatedFile {
    pub fn open(
        disk: &SimulatedDisk,
        machine: &mut Machine,
        number: usize,
        path: &Path,
    ) -> Arc<dyn DiskFile> {
        machine.descriptors += 1;
        Arc::new(SimulatedFile {
            disk: disk.clone(),
            path: path.to_path_buf(),
            number,
            descriptor: machine.descriptors,
            failures_told: Mutex::new(machine.file(number).failures),
        })
    }

    fn living(&self) -> Result<MutexGuard<'_, Machine>> {
        self.disk.living(&self.path)
    }

    /// Takes the lock unless another open file has one that excludes it.
    fn try_take(&self, mode: LockMode) -> Result<bool> {
        let own = Holder {
            process: self.disk.process,
            descriptor: self.descriptor,
            mode,
        };
        let mut machine = self.living()?;
        let holders = machine.locks.entry(self.number).or_default();
        // As with flock, another mode replaces the lock, which is lost if the other mode is not available.
        holders.retain(|holder| holder.descriptor != own.descriptor);
        let excludes =
            |holder: &Holder| LockMode::Exclusive == mode || LockMode::Exclusive == holder.mode;
        let free = !holders.iter().any(excludes);
        if free {
            holders.push(own);
        }
        Ok(free)
    }
}

impl DiskFile for SimulatedFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn status(&self) -> Result<Status> {
        let mut machine = self.living()?;
        Ok(Status {
            length: machine.file(self.number).live().len() as u64,
            mode: 0o600,
            owner: (0, 0),
        })
    }

    fn identity(&self) -> u128 {
        self.number as u128
    }

    fn is_at_its_path(&self) -> Result<bool> {
        Ok(self.living()?.find(&self.path) == Some(self.number))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut machine = self.living()?;
        let read = machine.file(self.number).read_at(offset as usize, buffer);
        machine.bytes_read += read;
        Ok(read)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut machine = reach(&self.disk.machine);
        machine.write(self.disk.process, self.number, &self.path, offset, bytes)
    }

    fn truncate(&self, length: u64) -> Result<()> {
        let mut machine = reach(&self.disk.machine);
        machine.truncate(self.disk.process, self.number, &self.path, length)
    }

    fn sync(&self) -> Result<()> {
        let mut machine = reach(&self.disk.machine);
        let synced = machine.sync(self.disk.process, self.number, &self.path);
        let failures = machine.file(self.number).failures;
        let mut told = self
            .failures_told
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let news = failures > *told;
        *told = failures;
        match synced {
            Ok(()) if news => Err(sync_failed(&self.path)),
            other => other,
        }
    }

    fn has_unwritten(&self, range: &Range<u64>) -> Result<bool> {
        let mut machine = self.living()?;
        let range = range.start as usize..range.end as usize;
        Ok(machine.file(self.number).has_unwritten(&range))
    }

    fn try_lock(&self, mode: LockMode) -> Result<bool> {
        self.try_take(mode)
    }

    fn lock(&self, mode: LockMode) -> Result<()> {
        let taken = self.try_take(mode)?;
        assert!(taken, "waits for a lock that this very thread holds");
        Ok(())
    }

    fn unlock(&self) -> Result<()> {
        let mut machine = reach(&self.disk.machine);
        let own = self.descriptor;
        for holders in machine.locks.values_mut() {
            holders.retain(|holder| holder.descriptor != own);
        }
        Ok(())
    }
}

impl Drop for SimulatedFile {
    fn drop(&mut self) {
        let _ = self.unlock();
    }
}

/// A file that has not been given its name yet.
#[derive(Debug)]
pub struct SimulatedNewFile {
    pub disk: SimulatedDisk,
    pub path: PathBuf,
    pub number: usize,
    pub length: u64,
}

impl NewFile for SimulatedNewFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let mut machine = reach(&self.disk.machine);
        let process = self.disk.process;
        machine.write(process, self.number, &self.path, self.length, bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        let mut machine = reach(&self.disk.machine);
        machine.sync(self.disk.process, self.number, &self.path)
    }

    fn persist(self: Box<Self>, name: &str) -> Result<()> {
        let path = self.path.with_file_name(name);
        let operation = Operation::Rename(path.clone());
        let mut machine = self.disk.step(&path, operation)?;
        machine.unlink(&self.path)?;
        machine.link(&path, self.number)
    }
}

/// The temporary file goes if it has no name yet, but not with a process that is killed.
impl Drop for SimulatedNewFile {
    fn drop(&mut self) {
        if self.disk.is_dead() {
            return;
        }
        let mut machine = reach(&self.disk.machine);
        if machine.find(&self.path) == Some(self.number) {
            let _ = machine.unlink(&self.path);
        }
    }
}
