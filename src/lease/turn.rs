//! Leases in a turn: taken, kept beyond the turn, ended, and waited for. Every function here has
//! the writer lock, since only a [`Turn`](crate::store::Turn) hands out [`TurnLeases`] (I7).

use super::before::Before;
use super::folder::{Found, Since};
use super::wait::{Outcome, Wait};
use super::{Leased, Leases, Name, Owner, is_own};
use crate::disk::{DiskFile, LockMode};
use crate::error::{Error, Result};
use crate::lock::Held;
use std::collections::HashMap;
use std::sync::Arc;

/// The files a turn tries to unlink, of those that perhaps nobody needs: no turn should pay for all
/// the leases of others.
const SWEPT_IN_A_TURN: usize = 16;

/// The files a turn unlinks of leases that this instance has let go: as many as it usually has at
/// once. Their number would otherwise grow with that of the calls, and every turn reads the whole
/// folder.
const OWN_SWEPT_IN_A_TURN: usize = 256;

/// A lock on a lease's file that ends with the turn.
#[derive(Debug)]
struct Taken {
    file: Arc<dyn DiskFile>,
    mode: LockMode,
}

/// The part of leases that one turn has: the folder as it found it, and the locks that end with it.
/// Dropping it gives them up.
#[derive(Debug, Default)]
pub struct TakenForTurn {
    found: Found,
    taken: HashMap<Name, Taken>,
    /// The gates that the turn has passed. Perhaps nobody needs them any more.
    passed: Vec<String>,
}

impl TakenForTurn {
    /// Looks at the folder, once for the whole turn.
    pub fn begin(leases: &mut Leases, held: &Held, since: Since) -> Result<Self> {
        Ok(TakenForTurn {
            found: leases.folder.look(held, since, is_own)?,
            taken: HashMap::new(),
            passed: Vec::new(),
        })
    }

    /// Returns true if the turn has made a file, which others must see.
    pub fn has_made_files(&self) -> bool {
        self.found.has_made_files()
    }

    /// Returns the leases as the turn may use them.
    pub fn of<'turn>(&'turn mut self, leases: &'turn mut Leases) -> TurnLeases<'turn> {
        TurnLeases { leases, turn: self }
    }
}

impl Drop for TakenForTurn {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; closing the files ends the locks all the same.
        for taken in self.taken.values() {
            let _ = taken.file.unlock();
        }
    }
}

/// The leases of an instance in one of its turns.
#[derive(Debug)]
pub struct TurnLeases<'turn> {
    leases: &'turn mut Leases,
    turn: &'turn mut TakenForTurn,
}

impl TurnLeases<'_> {
    /// Returns true if anybody may have a lease, or wait for one.
    pub fn any(&self) -> bool {
        !self.turn.found.names().is_empty()
    }

    /// Takes a key for this turn if nobody else has it (I5). `past_gate` overtakes those that wait:
    /// for a view inside a view.
    pub fn take(&mut self, name: &Name, mode: LockMode, past_gate: bool) -> Result<bool> {
        if let Some(has) = self.mode_of(name) {
            return Ok(has == mode || has == LockMode::Exclusive);
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

    /// Returns the mode in which this instance has a key, in this turn or beyond it.
    fn mode_of(&self, name: &Name) -> Option<LockMode> {
        let leased = self.leases.leased.get(name).map(|leased| leased.mode);
        leased.or_else(|| self.turn.taken.get(name).map(|taken| taken.mode))
    }

    fn try_take(&mut self, name: &Name, mode: LockMode) -> Result<bool> {
        let Some(file) = self.turn.found.open(&name.lease())? else {
            return Ok(true);
        };
        let free = file.try_lock(mode)?;
        if free {
            self.turn.taken.insert(name.clone(), Taken { file, mode });
        }
        Ok(free)
    }

    /// Takes every key for this turn, or returns one that another has.
    pub fn take_all(&mut self) -> Result<Option<Name>> {
        self.end_wait(&Name::all())?;
        let names = self.turn.found.names().iter();
        let names: Vec<Name> = names.filter_map(|file| Name::of_lease(file)).collect();
        for name in names {
            if !self.take_alone(&name)? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn take_alone(&mut self, name: &Name) -> Result<bool> {
        match self.mode_of(name) {
            Some(LockMode::Exclusive) => return Ok(true),
            Some(LockMode::Shared) if self.leases.leased.contains_key(name) => return Ok(false),
            Some(LockMode::Shared) | None => {}
        }
        let Some(mut taken) = self.turn.taken.remove(name) else {
            return self.try_take(name, LockMode::Exclusive);
        };
        // A refused change of mode loses the lock. It was for a view that has ended in this turn.
        let alone = taken.file.try_lock(LockMode::Exclusive)?;
        if alone {
            taken.mode = LockMode::Exclusive;
            self.turn.taken.insert(name.clone(), taken);
        }
        Ok(alone)
    }

    /// Returns true if new leases may be given, since no `clear` waits for those that are there.
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

    /// Takes up the outcome of a wait, if it is there. A gate whose holder does not take a free
    /// lease is removed: it keeps nobody back any more, and its holder comes in the order in which
    /// it goes on.
    fn take_up(&mut self, name: &Name) -> Result<Option<Arc<Wait>>> {
        let outcome = self.leases.waits.get(name).map(|wait| wait.take_up());
        let wait = match outcome {
            None | Some(Outcome::None) => return Ok(None),
            Some(Outcome::Gate | Outcome::Passing) => self.leases.waits.remove(name),
        };
        if let (Some(Outcome::Passing), Some(wait)) = (outcome, &wait)
            && wait.is_gate_at_its_path()?
        {
            self.turn.found.remove(&name.gate())?;
        }
        self.turn.passed.push(name.gate());
        Ok(wait)
    }

    /// Returns true if nobody waits at a gate.
    fn is_open(&mut self, gate: &str) -> Result<bool> {
        let Some(file) = self.turn.found.open(gate)? else {
            return Ok(true);
        };
        let open = file.try_lock(LockMode::Shared)?;
        if open {
            file.unlock()?;
            self.turn.passed.push(gate.to_string());
        }
        Ok(open)
    }

    /// Keeps keys that were taken, or are free, beyond the turn: all or none.
    pub fn lease(&mut self, names: &[Name], mode: LockMode, owner: Owner) -> Result<()> {
        for (at, name) in names.iter().enumerate() {
            if let Err(error) = self.lease_one(name, mode, owner) {
                for name in names.iter().take(at) {
                    // The first error tells more; a lock that cannot be given up ends with the
                    // process.
                    let _ = self.end(name, owner);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn lease_one(&mut self, name: &Name, mode: LockMode, owner: Owner) -> Result<()> {
        if !self.leases.leased.contains_key(name) {
            let Taken { file, mode } = match self.turn.taken.remove(name) {
                Some(taken) => taken,
                None => self.create(name, mode)?,
            };
            let owners = Vec::new();
            let leased = Leased { file, mode, owners };
            self.leases.leased.insert(name.clone(), leased);
        }
        if let Some(leased) = self.leases.leased.get_mut(name) {
            leased.owners.push(owner);
            // For messages only: an edit whose callback already runs must not fail for want of a
            // signature.
            let _ = self.turn.found.sign(&*leased.file, &name.signature(mode));
        }
        Ok(())
    }

    fn create(&mut self, name: &Name, mode: LockMode) -> Result<Taken> {
        let file = self
            .turn
            .found
            .create(&mut self.leases.folder, &name.lease())?;
        match file.try_lock(mode)? {
            true => Ok(Taken { file, mode }),
            // Another has it: a fault of the caller, who has not taken the key.
            false => Err(Error::NotInTurn),
        }
    }

    /// Ends an owner's lease. Does nothing if it has none.
    pub fn end(&mut self, name: &Name, owner: Owner) -> Result<()> {
        match self.leases.disown(name, owner) {
            Some(Leased { file, mode, .. }) => self.turn.found.give_up(name, &*file, mode),
            None => Ok(()),
        }
    }

    /// Gives up the keys that were taken for the turn, and unlinks some files that nobody needs.
    pub(crate) fn end_turn(mut self) -> Result<()> {
        let mut ended = Ok(());
        for (name, taken) in std::mem::take(&mut self.turn.taken) {
            let given_up = self.turn.found.give_up(&name, &*taken.file, taken.mode);
            ended = ended.and(given_up);
        }
        // Each has two open files.
        self.leases.waits.retain(|_, wait| !wait.is_over());
        self.sweep();
        ended
    }

    fn sweep(&mut self) {
        let mut candidates = std::mem::take(&mut self.turn.passed);
        let left = &mut self.leases.left;
        let kept = left.len().saturating_sub(OWN_SWEPT_IN_A_TURN);
        candidates.extend(left.drain(kept..));
        let found = self.turn.found.names().iter();
        candidates.extend(found.take(SWEPT_IN_A_TURN).cloned());
        for file_name in candidates {
            let name = Name::of_lease(&file_name);
            let is_ours = name.is_some_and(|name| self.leases.leased.contains_key(&name));
            if !is_ours {
                // A file that may not be opened or removed is left, and fails no turn.
                let _ = self.sweep_file(&file_name);
            }
        }
    }

    fn sweep_file(&mut self, file_name: &str) -> Result<()> {
        if let Some(file) = self.turn.found.open(file_name)?
            && file.try_lock(LockMode::Exclusive)?
        {
            self.turn.found.remove(file_name)?;
            file.unlock()?;
        }
        Ok(())
    }

    /// Makes a wait for a key, which must then join a line in `waits`: one at a time for each key.
    /// `None` if one is under way.
    pub fn wait(&mut self, name: &Name, mode: LockMode) -> Result<Option<Arc<Wait>>> {
        let before = match *name == Name::all() {
            true => Before::All(self.leases.folder.store(), None),
            false => Before::Lease(self.turn.found.open(&name.lease())?),
        };
        self.wait_at_gate(name, before, mode)
    }

    /// Makes a wait for one of the keys that a `clear` needs. It keeps new leases back meanwhile.
    pub fn wait_for_all(&mut self, busy: &Name) -> Result<Option<Arc<Wait>>> {
        self.leases.in_the_way = Some(busy.clone());
        let lease = self.turn.found.open(&busy.lease())?;
        let before = Before::All(self.leases.folder.store(), lease);
        self.wait_at_gate(&Name::all(), before, LockMode::Exclusive)
    }

    fn wait_at_gate(
        &mut self,
        name: &Name,
        before: Before,
        mode: LockMode,
    ) -> Result<Option<Arc<Wait>>> {
        if let Some(wait) = self.leases.waits.get(name)
            && wait.adopt()?
        {
            return Ok(None);
        }
        let gate = self
            .turn
            .found
            .create(&mut self.leases.folder, &name.gate())?;
        let signature = match self.turn.found.may_sign(&*gate) {
            Ok(true) => Some(name.signature(mode)),
            _ => None,
        };
        let wait = Arc::new(Wait::new(gate, before, mode, signature)?);
        self.leases.waits.insert(name.clone(), wait.clone());
        Ok(Some(wait))
    }
}
