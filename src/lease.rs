//! Leases: locks on single keys, which outlast the turn that took them.
//!
//! A lease is a lock on a file of the key's own: exclusive for an edit, shared for a view. The
//! files are made and unlinked under the writer lock only, and unlinked only by an instance that
//! has the file's exclusive lock too (I7); so a turn's one look at the folder holds until the turn
//! ends. No instance waits for a lease while it holds the writer lock (I8).
//!
//! [`Leases`] is what an instance keeps from turn to turn, and may end outside a turn.
//! [`TurnLeases`] takes, keeps and ends leases in a turn. Knows keys, not items.

mod before;
mod folder;
mod look;
mod turn;
mod wait;

pub(crate) use folder::Since;
pub use look::{Own, Seen, Subject, look, look_with};
pub(crate) use turn::TakenForTurn;
pub use turn::TurnLeases;
pub use wait::Wait;

use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::Result;
use crate::lock::Held;
use crate::lock::holder::{self, Holder, LONGEST_KEY};
use folder::{Found, LeaseFolder};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The owner of a lease: a number that the instance gives each of its callbacks.
pub type Owner = u64;

/// The thing that is leased: a key; or all keys, for a `clear` that waits.
#[derive(Debug, Clone)]
pub struct Name {
    /// The name of the key's files, without their endings.
    stem: String,
    /// The key's JSON text, which its files tell others. `None` for all keys, for a long key, and
    /// if only a file is known.
    key: Option<String>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.stem == other.stem
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stem.hash(state);
    }
}

impl Name {
    /// Names a key's lease, by the key's JSON text.
    pub fn of(key: &str) -> Self {
        let digest = Sha256::digest(key);
        Name {
            stem: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            key: (key.len() <= LONGEST_KEY).then(|| key.to_string()),
        }
    }

    /// Names all keys. The gate of this name keeps new leases back while a `clear` waits.
    pub fn all() -> Self {
        Name {
            stem: "all".to_string(),
            key: None,
        }
    }

    /// Returns the name of the key whose lease has this file.
    fn of_lease(file_name: &str) -> Option<Self> {
        let stem = file_name.strip_suffix(".lease")?;
        Some(Name {
            stem: stem.to_string(),
            key: None,
        })
    }

    /// Makes the text by which this process names itself in the key's files.
    fn signature(&self, mode: LockMode) -> String {
        holder::text(self.key.as_deref(), mode)
    }

    fn lease(&self) -> String {
        format!("{}.lease", self.stem)
    }

    /// Names the file that every taker passes and every waiter holds, so that nobody overtakes a
    /// waiter for ever.
    fn gate(&self) -> String {
        format!("{}.gate", self.stem)
    }
}

/// Returns true if a file's name is one that is made here.
fn is_own(file_name: &str) -> bool {
    let name = [".lease", ".gate"]
        .iter()
        .find_map(|suffix| file_name.strip_suffix(suffix));
    name.is_some_and(|name| name == "all" || is_digest(name))
}

/// Returns true if a file is that of all keys.
fn is_of_all(file_name: &str) -> bool {
    file_name.starts_with("all.")
}

fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    text.len() == 64 && text.bytes().all(is_hex)
}

/// A lease that this instance has: the lock on its file, and its owners.
#[derive(Debug)]
struct Leased {
    file: Arc<dyn DiskFile>,
    mode: LockMode,
    /// The callbacks that share the lease, never none. Each gives up only a lease that it has got:
    /// its own may have failed, or the file may have been removed, and others of the instance may
    /// share the key since.
    owners: Vec<Owner>,
}

/// The leases of one instance, from turn to turn.
#[derive(Debug)]
pub struct Leases {
    folder: LeaseFolder,
    leased: HashMap<Name, Leased>,
    waits: HashMap<Name, Arc<Wait>>,
    /// The files of leases that ended outside a turn. A later turn unlinks them.
    left: Vec<String>,
    /// The lease that the last `clear` of this instance had to wait for.
    in_the_way: Option<Name>,
}

/// The leases of an instance without the folder that they are in.
#[derive(Debug, Default)]
pub(crate) struct KeptLeases {
    leased: HashMap<Name, Leased>,
    left: Vec<String>,
    in_the_way: Option<Name>,
}

impl KeptLeases {
    /// Ends an owner's lease. Does nothing if it has none. A later turn unlinks the lease's file.
    pub(crate) fn let_go(&mut self, name: &Name, owner: Owner) -> Result<()> {
        let Some(leased) = disown(&mut self.leased, name, owner) else {
            return Ok(());
        };
        self.left.push(name.lease());
        leased.file.unlock()
    }
}

/// Takes a lease from its owner. Returns it if that was its last owner.
fn disown(leases: &mut HashMap<Name, Leased>, name: &Name, owner: Owner) -> Option<Leased> {
    let owners = &mut leases.get_mut(name)?.owners;
    let at = owners.iter().position(|other| *other == owner)?;
    owners.swap_remove(at);
    match owners.is_empty() {
        true => leases.remove(name),
        false => None,
    }
}

impl Drop for KeptLeases {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; closing the files ends the locks all the same.
        for leased in self.leased.values() {
            let _ = leased.file.unlock();
        }
    }
}

impl Leases {
    /// Makes the leases of the store in a folder. Touches no file yet.
    pub fn new(store: Arc<dyn Folder>, mode: u32, folder_mode: u32) -> Self {
        Leases {
            folder: LeaseFolder::new(store, mode, folder_mode),
            leased: HashMap::new(),
            waits: HashMap::new(),
            left: Vec::new(),
            in_the_way: None,
        }
    }

    /// Hands over the leases, for an instance that goes on with another folder descriptor.
    pub(crate) fn keep(&mut self) -> KeptLeases {
        KeptLeases {
            leased: std::mem::take(&mut self.leased),
            left: std::mem::take(&mut self.left),
            in_the_way: self.in_the_way.take(),
        }
    }

    /// Takes the leases that the instance had with another descriptor of the same folder.
    pub(crate) fn with(mut self, mut kept: KeptLeases) -> Self {
        self.leased = std::mem::take(&mut kept.leased);
        self.left = std::mem::take(&mut kept.left);
        self.in_the_way = kept.in_the_way.take();
        self
    }

    /// Takes the leases that the instance had before it reopened its store, if their files are
    /// still at their paths: a callback that is under way goes on to rely on its own.
    pub(crate) fn inherit(&mut self, mut before: KeptLeases) {
        let is_there = |leased: &Leased| leased.file.is_at_its_path().unwrap_or(false);
        let kept = before.leased.extract_if(|_, leased| is_there(leased));
        self.leased.extend(kept);
    }

    /// Returns true if a wait is under way, or has an outcome that no call has taken up.
    pub(crate) fn waits(&self) -> bool {
        self.waits.values().any(|wait| !wait.is_over())
    }

    /// Ends an owner's lease outside a turn. Does nothing if it has none. The lease's file is
    /// unlinked under `held`, if that is given; otherwise a later turn unlinks it.
    pub fn let_go(&mut self, name: &Name, owner: Owner, held: Option<&Held>) -> Result<()> {
        let Some(leased) = self.disown(name, owner) else {
            return Ok(());
        };
        let held = held.filter(|held| held.file().is_at_its_path().unwrap_or(false));
        match held.map(|held| self.folder.open(held)) {
            Some(Ok(mut folder)) => folder.give_up(name, &*leased.file, leased.mode),
            _ => {
                self.left.push(name.lease());
                leased.file.unlock()
            }
        }
    }

    fn disown(&mut self, name: &Name, owner: Owner) -> Option<Leased> {
        disown(&mut self.leased, name, owner)
    }

    /// Forgets a wait that could not be begun.
    pub fn forget(&mut self, name: &Name) -> Result<()> {
        match self.waits.remove(name) {
            Some(wait) => wait.abandon(),
            None => Ok(()),
        }
    }

    /// Abandons a wait whose outcome no call wants any more. The kernel keeps its thread; its gate
    /// opens at once.
    pub fn abandon(&mut self, name: &Name) -> Result<()> {
        match self.waits.get(name) {
            Some(wait) => wait.abandon(),
            None => Ok(()),
        }
    }

    /// Adds the files that the instance has locked or waits for.
    pub(crate) fn add_own(&self, own: &mut Own) {
        for name in self.leased.keys() {
            own.add(name.lease());
        }
        for (name, wait) in &self.waits {
            if wait.is_wanted() {
                own.add(name.gate());
            }
        }
    }

    /// Reads the holder of a key, as that one has written it. For all keys: the holder of the lease
    /// that a `clear` waits for.
    pub fn holder(&self, name: &Name) -> Option<Holder> {
        match &self.in_the_way {
            Some(busy) if *name == Name::all() => self.folder.holder(&busy.lease()),
            _ => self.folder.holder(&name.lease()),
        }
    }

    /// Reads the process whose `clear` keeps new leases back, as that one has written it: it has
    /// waited since the time that it names.
    pub fn clearer(&self) -> Option<Holder> {
        let holder = self.folder.holder(&Name::all().gate());
        // Those that wait for a `clear` share its gate.
        holder.filter(|holder| !holder.is_view)
    }
}

impl Found {
    /// Gives a lock on a lease's file up, and unlinks the file if nobody shares it. A view that is
    /// not the last leaves the file to the last one, or to a turn.
    fn give_up(&mut self, name: &Name, file: &dyn DiskFile, mode: LockMode) -> Result<()> {
        let is_alone = mode == LockMode::Exclusive || file.try_lock(LockMode::Exclusive)?;
        let removed = match is_alone {
            true => self.remove(&name.lease()),
            false => Ok(()),
        };
        file.unlock()?;
        removed
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; closing the files ends the locks all the same.
        for leased in self.leased.values() {
            let _ = leased.file.unlock();
        }
        for wait in self.waits.values() {
            let _ = wait.abandon();
        }
    }
}
