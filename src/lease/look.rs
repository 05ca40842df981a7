//! A look at the locks of a store: who has which key, and who waits. It takes no lock, so it delays
//! nobody, and makes nothing.
//!
//! The files of leases and gates name their keys and the process that has signed last. On Linux the
//! kernel tells which processes have locked a file, or wait for that; elsewhere a file counts as
//! locked while the process that it names lives.

use super::folder::unless_missing;
use super::{is_of_all, is_own};
use crate::disk::{Folder, LockMode, SystemLock, is_alive, system_locks};
use crate::error::Result;
use crate::lock::file;
use crate::lock::holder::Holder;
use crate::names::{LEASES, WRITER_LOCK};
use std::collections::{HashMap, HashSet};

/// The thing that is locked, or waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A key.
    Key,
    /// All keys, by a `clear` that waits.
    AllKeys,
    /// The writer lock.
    Turn,
}

/// A lock that a process has, or waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The thing that is locked.
    pub subject: Subject,
    /// The JSON text of the key, if it is known.
    pub key: Option<String>,
    /// The mode of the lock.
    pub mode: LockMode,
    /// True if the process waits.
    pub is_waiting: bool,
    /// The process, as it sees itself.
    pub pid: u32,
    /// The time since which it has had the lock, or has waited, if that is known.
    pub since: Option<u64>,
    /// The name of its machine, if that is not this process's.
    pub host: Option<String>,
}

/// The files that an instance has locked, or waits for. The instance lists its own calls, so a look
/// leaves these locks out.
#[derive(Debug, Default)]
pub struct Own(HashSet<String>);

impl Own {
    /// Adds a file by its name.
    pub(crate) fn add(&mut self, file_name: String) {
        self.0.insert(file_name);
    }
}

/// The file of a lock.
struct LockFile {
    name: String,
    subject: Subject,
    /// True if only processes that wait lock it.
    is_gate: bool,
    device: u64,
    inode: u64,
    holder: Option<Holder>,
}

/// Lists the locks of the store in a folder, without those of the instance that asks. Files that may
/// not be read are left out.
pub fn look(store: &dyn Folder, own: &Own) -> Result<Vec<Seen>> {
    look_with(store, own, system_locks())
}

/// Does what [`look`] does, with the system's table of locks, if there is one.
pub fn look_with(
    store: &dyn Folder,
    own: &Own,
    table: Option<Vec<SystemLock>>,
) -> Result<Vec<Seen>> {
    let mut files = Vec::new();
    files.extend(LockFile::open(store, WRITER_LOCK));
    if let Some(leases) = unless_missing(store.subfolder(LEASES))? {
        let names = leases.list_files()?;
        let own_names = names.iter().filter(|name| is_own(name));
        files.extend(own_names.filter_map(|name| LockFile::open(&*leases, name)));
    }
    let keys = keys_of(&files);
    let mut seen = Vec::new();
    match table {
        Some(locks) => {
            let device = device_of(&files, &locks);
            let of_store: Vec<SystemLock> = locks
                .into_iter()
                .filter(|lock| Some(lock.device) == device)
                .collect();
            for file in &files {
                file.see_by_system(&of_store, own, &mut seen);
            }
        }
        None => {
            for file in &files {
                file.see_by_text(own, &mut seen);
            }
        }
    }
    let named = |(stem, mut lock): (&str, Seen)| {
        lock.key = keys.get(stem).map(|key| key.to_string());
        lock
    };
    Ok(seen.into_iter().map(named).collect())
}

/// Finds the keys by the names of their files, without endings.
fn keys_of(files: &[LockFile]) -> HashMap<&str, &str> {
    files
        .iter()
        .filter_map(|file| {
            let holder = file.holder.as_ref()?;
            Some((file.stem(), holder.key.as_deref()?))
        })
        .collect()
}

/// Finds the device that the kernel's table names for the files of a store. It is mostly the files'
/// own; otherwise a file that its holder has locked shows it.
fn device_of(files: &[LockFile], locks: &[SystemLock]) -> Option<u64> {
    let find = |is_of: fn(&SystemLock, &LockFile) -> bool| {
        let is_of_store = |lock: &&SystemLock| {
            let is_of_file = |file: &LockFile| lock.inode == file.inode && is_of(lock, file);
            files.iter().any(is_of_file)
        };
        locks.iter().find(is_of_store).map(|lock| lock.device)
    };
    let by_device = find(|lock, file| lock.device == file.device);
    by_device.or_else(|| {
        find(|lock, file| {
            let holder = file.holder.as_ref();
            holder.is_some_and(|holder| holder.pid == lock.pid)
        })
    })
}

impl LockFile {
    fn open(folder: &dyn Folder, name: &str) -> Option<Self> {
        let file = folder.open_read_only(name).ok()?;
        let number = file.identity();
        let is_gate = name.ends_with(".gate");
        Some(LockFile {
            name: name.to_string(),
            subject: match name {
                WRITER_LOCK => Subject::Turn,
                _ if is_gate && is_of_all(name) => Subject::AllKeys,
                _ => Subject::Key,
            },
            is_gate,
            device: (number >> 64) as u64,
            inode: number as u64,
            holder: file::holder(&*file),
        })
    }

    fn stem(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// Adds the locks of this file in the kernel's table.
    fn see_by_system<'file>(
        &'file self,
        locks: &[SystemLock],
        own: &Own,
        seen: &mut Vec<(&'file str, Seen)>,
    ) {
        let mut of_file: Vec<&SystemLock> = locks
            .iter()
            .filter(|lock| lock.inode == self.inode)
            .collect();
        if of_file.is_empty() {
            // The kernel tells nothing of processes in other containers.
            return self.see_holder(own, seen, |holder| holder.host.is_some());
        }
        let is_own = |lock: &&SystemLock| lock.pid == std::process::id();
        if own.0.contains(&self.name)
            && let Some(at) = of_file.iter().position(is_own)
        {
            of_file.remove(at);
        }
        for lock in of_file {
            // A thread that waits for a lease holds the gate, or waits for that.
            if lock.is_waiting && self.subject == Subject::Key && !self.is_gate {
                continue;
            }
            let signed = self.holder.as_ref().filter(|holder| {
                !lock.is_waiting && (holder.pid == lock.pid || holder.host.is_some())
            });
            let lock = Seen {
                subject: self.subject,
                key: None,
                mode: lock.mode,
                is_waiting: lock.is_waiting || self.is_gate,
                pid: lock.pid,
                since: signed.map(|holder| holder.since),
                host: None,
            };
            self.add(lock, seen);
        }
    }

    /// Adds the process that this file names, if it lives.
    fn see_by_text<'file>(&'file self, own: &Own, seen: &mut Vec<(&'file str, Seen)>) {
        if self.subject != Subject::Turn {
            self.see_holder(own, seen, |holder| {
                holder.host.is_some() || is_alive(holder.pid)
            });
        }
    }

    fn see_holder<'file>(
        &'file self,
        own: &Own,
        seen: &mut Vec<(&'file str, Seen)>,
        counts: impl Fn(&Holder) -> bool,
    ) {
        let is_known = own.0.contains(&self.name);
        let Some(holder) = self.holder.as_ref().filter(|holder| counts(holder)) else {
            return;
        };
        if is_known {
            return;
        }
        let lock = Seen {
            subject: self.subject,
            key: None,
            mode: match holder.is_view {
                true => LockMode::Shared,
                false => LockMode::Exclusive,
            },
            is_waiting: self.is_gate,
            pid: holder.pid,
            since: Some(holder.since),
            host: holder.host.clone(),
        };
        self.add(lock, seen);
    }

    fn add<'file>(&'file self, lock: Seen, seen: &mut Vec<(&'file str, Seen)>) {
        // Those that share the gate of all keys wait for a `clear`, with keys that it does not name.
        if self.subject != Subject::AllKeys || lock.mode == LockMode::Exclusive {
            seen.push((self.stem(), lock));
        }
    }
}
