//! Leases: locks on single keys, which outlast the turn that took them.
//!
//! A lease is a lock on a file of the key's own, exclusive for an edit, shared for a view. The files are made and unlinked
//! under the writer lock only, and unlinked only by who has the file's exclusive lock too; so a turn's one look at the folder
//! holds until it ends. Nobody waits for a lease while holding the writer lock. Knows keys, not items.

mod folder;
mod wait;

pub use wait::Wait;

use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::{Error, Result};
use folder::LeaseFolder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use wait::{Before, Outcome};

/// Who has a lease: a number that the instance gives each of its callbacks.
pub type Owner = u64;

/// How many files that nobody may need any more a turn looks at: no turn is to pay for all the leases of others.
const SWEPT_IN_A_TURN: usize = 16;

/// How many files of leases that this instance has let go a turn looks at: as many as it usually has at once. Their number would
/// otherwise grow with that of the calls, and every turn reads the whole folder.
const OWN_SWEPT_IN_A_TURN: usize = 256;

/// What is leased: a key, or that which a `clear` waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// The name of a key's lease, from the key's JSON text.
    pub fn of(key: &[u8]) -> Self {
        let digest = Sha256::digest(key);
        Name(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// That which a `clear` waits for: its gate keeps new leases back.
    pub fn all() -> Self {
        Name("all".to_string())
    }

    fn lease(&self) -> String {
        format!("{}.lease", self.0)
    }

    /// The file that is passed before a lease is taken, and held by who waits for it: so that nobody overtakes for ever.
    fn gate(&self) -> String {
        format!("{}.gate", self.0)
    }
}

/// Whether a file's name is one that is made here.
fn is_own(file_name: &str) -> bool {
    let name = [".lease", ".gate"]
        .iter()
        .find_map(|suffix| file_name.strip_suffix(suffix));
    name.is_some_and(|name| name == "all" || is_digest(name))
}

fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    text.len() == 64 && text.bytes().all(is_hex)
}

/// A lock on a lease's file that this instance has.
#[derive(Debug)]
struct Taken {
    file: Arc<dyn DiskFile>,
    mode: LockMode,
    /// Those that have a lease on it; with none it ends with the turn. Only what one has got does it give up: its lease may
    /// have failed, or its file may have been removed, and others of the instance may share the key since.
    owners: Vec<Owner>,
}

/// The leases of one instance, and what it sees of the others'.
#[derive(Debug)]
pub struct Leases {
    folder: LeaseFolder,
    taken: HashMap<Name, Taken>,
    waits: HashMap<Name, Arc<Wait>>,
    /// The gates that this turn has passed, which perhaps nobody needs any more.
    passed: Vec<String>,
    /// The files of leases that ended outside a turn, which a turn is to unlink.
    let_go: Vec<String>,
    /// The lease that a `clear` of this instance waits for, or did last.
    in_the_way: Option<Name>,
}

impl Leases {
    /// The leases of the store in a folder. Theirs need not be there yet.
    pub fn new(store: Arc<dyn Folder>, mode: u32, folder_mode: u32) -> Self {
        Leases {
            folder: LeaseFolder::new(store, mode, folder_mode),
            taken: HashMap::new(),
            waits: HashMap::new(),
            passed: Vec::new(),
            let_go: Vec::new(),
            in_the_way: None,
        }
    }

    /// Takes over the leases that the instance had before it opened its store anew, as far as their files still stand: a
    /// callback that is under way goes on to rely on its own.
    pub fn inherit(&mut self, before: &mut Leases) {
        let stands = |taken: &Taken| taken.file.is_at_its_path().unwrap_or(false);
        let standing = before.taken.extract_if(|_, taken| stands(taken));
        self.taken.extend(standing);
    }

    /// Looks at the folder: once a turn.
    pub fn begin_turn(&mut self) -> Result<()> {
        self.folder.look(is_own)
    }

    /// Whether anybody may have a lease, or wait for one.
    pub fn any(&self) -> bool {
        !self.folder.found().is_empty()
    }

    /// Takes a key for this turn if nobody else has it. `past_gate` overtakes those that wait: for a view inside a view.
    pub fn take(&mut self, name: &Name, mode: LockMode, past_gate: bool) -> Result<bool> {
        if let Some(taken) = self.taken.get(name) {
            return Ok(taken.mode == mode || taken.mode == LockMode::Exclusive);
        }
        let wait = self.take_up(name)?;
        if wait.is_none() && !past_gate && !self.is_open(&name.gate())? {
            return Ok(false);
        }
        let taken = self.try_take(name, mode);
        if let Some(wait) = wait {
            wait.end()?;
        }
        taken
    }

    fn try_take(&mut self, name: &Name, mode: LockMode) -> Result<bool> {
        let Some(file) = self.folder.open(&name.lease())? else {
            return Ok(true);
        };
        let free = file.try_lock(mode)?;
        if free {
            self.insert(name, file, mode);
        }
        Ok(free)
    }

    fn insert(&mut self, name: &Name, file: Arc<dyn DiskFile>, mode: LockMode) {
        let owners = Vec::new();
        self.taken
            .insert(name.clone(), Taken { file, mode, owners });
    }

    /// Takes every key for this turn, or tells which one another has.
    pub fn take_all(&mut self) -> Result<Option<Name>> {
        self.end_wait(&Name::all())?;
        let names: Vec<Name> = self
            .folder
            .found()
            .iter()
            .filter_map(|file| file.strip_suffix(".lease"))
            .map(|name| Name(name.to_string()))
            .collect();
        for name in names {
            if !self.take_alone(&name)? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn take_alone(&mut self, name: &Name) -> Result<bool> {
        let Some(taken) = self.taken.get_mut(name) else {
            return self.try_take(name, LockMode::Exclusive);
        };
        if taken.mode == LockMode::Exclusive {
            return Ok(true);
        }
        // A refused change of mode loses the lock that was had: here it was for a view that has ended in this turn.
        let alone = taken.owners.is_empty() && taken.file.try_lock(LockMode::Exclusive)?;
        match alone {
            true => taken.mode = LockMode::Exclusive,
            false if taken.owners.is_empty() => drop(self.taken.remove(name)),
            false => {}
        }
        Ok(alone)
    }

    /// Whether new leases may be given: no `clear` waits for those that stand.
    pub fn may_be_given(&mut self) -> Result<bool> {
        self.end_wait(&Name::all())?;
        self.is_open(&Name::all().gate())
    }

    /// Ends a wait whose outcome is there, and so opens its gate.
    fn end_wait(&mut self, name: &Name) -> Result<()> {
        match self.take_up(name)? {
            Some(wait) => wait.end(),
            None => Ok(()),
        }
    }

    /// Takes up the outcome of a wait, if it is there. A gate whose holder does not take what is free is removed: it keeps
    /// nobody back any more, and its holder comes in the order in which it goes on.
    fn take_up(&mut self, name: &Name) -> Result<Option<Arc<Wait>>> {
        let outcome = self.waits.get(name).map(|wait| wait.take_up());
        let wait = match outcome {
            None | Some(Outcome::None) => return Ok(None),
            Some(Outcome::Gate | Outcome::Passing) => self.waits.remove(name),
        };
        if let (Some(Outcome::Passing), Some(wait)) = (outcome, &wait)
            && wait.is_gate_at_its_path()?
        {
            self.folder.remove(&name.gate())?;
        }
        self.passed.push(name.gate());
        Ok(wait)
    }

    /// Whether nobody waits behind a gate.
    fn is_open(&mut self, gate: &str) -> Result<bool> {
        let Some(file) = self.folder.open(gate)? else {
            return Ok(true);
        };
        let open = file.try_lock(LockMode::Shared)?;
        if open {
            file.unlock()?;
            self.passed.push(gate.to_string());
        }
        Ok(open)
    }

    /// Keeps keys that were taken, or are free, beyond the turn: all or none. `holder` is what others are told of who has
    /// them.
    pub fn lease(
        &mut self,
        names: &[Name],
        mode: LockMode,
        owner: Owner,
        holder: &str,
    ) -> Result<()> {
        for (at, name) in names.iter().enumerate() {
            if let Err(error) = self.lease_one(name, mode, owner, holder) {
                for name in names.iter().take(at) {
                    // The first error tells more; what cannot be given up ends with the process.
                    let _ = self.end(name, owner);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn lease_one(&mut self, name: &Name, mode: LockMode, owner: Owner, holder: &str) -> Result<()> {
        if !self.taken.contains_key(name) {
            let file = self.folder.create(&name.lease())?;
            if !file.try_lock(mode)? {
                return Err(Error::NotInTurn);
            }
            self.insert(name, file, mode);
        }
        if let Some(taken) = self.taken.get_mut(name) {
            taken.owners.push(owner);
            // For messages only: a failure to say who one is must not fail an edit whose callback already runs.
            let _ = self.folder.sign(&*taken.file, holder);
        }
        Ok(())
    }

    /// Ends an owner's lease, in a turn. Does nothing if it has none.
    pub fn end(&mut self, name: &Name, owner: Owner) -> Result<()> {
        match self.disown(name, owner) {
            true => self.give_up(name),
            false => Ok(()),
        }
    }

    /// Ends an owner's lease outside a turn. Its file is left for a turn to unlink.
    pub fn let_go(&mut self, name: &Name, owner: Owner) -> Result<()> {
        if self.disown(name, owner)
            && let Some(taken) = self.taken.remove(name)
        {
            self.let_go.push(name.lease());
            taken.file.unlock()?;
        }
        Ok(())
    }

    /// Takes a lease from its owner. `true` if it was the last on its key.
    fn disown(&mut self, name: &Name, owner: Owner) -> bool {
        let Some(taken) = self.taken.get_mut(name) else {
            return false;
        };
        let Some(at) = taken.owners.iter().position(|other| *other == owner) else {
            return false;
        };
        taken.owners.swap_remove(at);
        taken.owners.is_empty()
    }

    /// Gives up what was taken for the turn, and unlinks some of what nobody has.
    pub fn end_turn(&mut self) -> Result<()> {
        let ending: Vec<Name> = self
            .taken
            .iter()
            .filter(|(_, taken)| taken.owners.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        for name in ending {
            self.give_up(&name)?;
        }
        self.sweep();
        self.folder.close();
        Ok(())
    }

    fn give_up(&mut self, name: &Name) -> Result<()> {
        let Some(taken) = self.taken.remove(name) else {
            return Ok(());
        };
        // Who shares it with others leaves it; the last of them, or a turn, unlinks it.
        if taken.mode == LockMode::Exclusive || taken.file.try_lock(LockMode::Exclusive)? {
            self.folder.remove(&name.lease())?;
        }
        taken.file.unlock()
    }

    fn sweep(&mut self) {
        let mut candidates = std::mem::take(&mut self.passed);
        let kept = self.let_go.len().saturating_sub(OWN_SWEPT_IN_A_TURN);
        candidates.extend(self.let_go.drain(kept..));
        candidates.extend(self.folder.found().iter().take(SWEPT_IN_A_TURN).cloned());
        for file_name in candidates {
            let ours = file_name
                .strip_suffix(".lease")
                .is_some_and(|name| self.taken.contains_key(&Name(name.to_string())));
            if !ours {
                // One that may not be opened or removed is left, and fails no turn.
                let _ = self.sweep_file(&file_name);
            }
        }
    }

    fn sweep_file(&mut self, file_name: &str) -> Result<()> {
        if let Some(file) = self.folder.open(file_name)?
            && file.try_lock(LockMode::Exclusive)?
        {
            self.folder.remove(file_name)?;
            file.unlock()?;
        }
        Ok(())
    }

    /// A wait for a key, to join a line in `waits`: one at a time for each key. `None` if one is under way.
    pub fn wait(&mut self, name: &Name, mode: LockMode) -> Result<Option<Arc<Wait>>> {
        let before = match *name == Name::all() {
            true => Before::All(self.folder.store(), None),
            false => Before::Lease(self.folder.open(&name.lease())?),
        };
        self.wait_behind(name, before, mode)
    }

    /// A wait for one of the keys that a `clear` needs, which keeps new leases back meanwhile.
    pub fn wait_for_all(&mut self, busy: &Name) -> Result<Option<Arc<Wait>>> {
        self.in_the_way = Some(busy.clone());
        let lease = self.folder.open(&busy.lease())?;
        let before = Before::All(self.folder.store(), lease);
        self.wait_behind(&Name::all(), before, LockMode::Exclusive)
    }

    fn wait_behind(
        &mut self,
        name: &Name,
        before: Before,
        mode: LockMode,
    ) -> Result<Option<Arc<Wait>>> {
        if let Some(wait) = self.waits.get(name)
            && wait.adopt()?
        {
            return Ok(None);
        }
        let gate = self.folder.create(&name.gate())?;
        let wait = Arc::new(Wait::new(gate, before, mode)?);
        self.waits.insert(name.clone(), wait.clone());
        Ok(Some(wait))
    }

    /// Forgets a wait that could not be begun.
    pub fn forget(&mut self, name: &Name) -> Result<()> {
        match self.waits.remove(name) {
            Some(wait) => wait.abandon(),
            None => Ok(()),
        }
    }

    /// Tells a wait that nobody wants its outcome any more. Its thread cannot be called back; its gate can be opened.
    pub fn abandon(&mut self, name: &Name) -> Result<()> {
        match self.waits.get(name) {
            Some(wait) => wait.abandon(),
            None => Ok(()),
        }
    }

    /// Who has a key, as that one has said of itself. For what a `clear` waits for, who has the lease that is in its way.
    pub fn holder(&self, name: &Name) -> Option<String> {
        match &self.in_the_way {
            Some(busy) if *name == Name::all() => self.folder.text(&busy.lease()),
            _ => self.folder.text(&name.lease()),
        }
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; closing the files ends the locks all the same.
        for taken in self.taken.values() {
            let _ = taken.file.unlock();
        }
        for wait in self.waits.values() {
            let _ = wait.abandon();
        }
    }
}
