//! Waiting for a lease, on a thread that the kernel wakes when its holder gives it up or dies.
//!
//! The waiter holds the key's gate, so that nobody who comes later overtakes it, until its own turn has taken the lease. A gate
//! is about the order alone: the lease itself keeps callbacks apart. So a waiter that stands before a gate while nobody has
//! the lease, and nobody takes it, passes the gate: whoever holds it is stopped.

use super::folder::is_any_leased;
use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::Result;
use crate::waits::{self, Waiter};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a wait that has ended well keeps its gate for the turn that is to take the lease.
const TAKE_UP_WITHIN: Duration = Duration::from_millis(50);
/// How many looks in a row must find the lease free before its gate is passed. They are further apart together than the time
/// for which a waiter that is not stopped keeps its gate.
const LOOKS_BEFORE_PASSING: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// Nobody wants the lease at present. The thread waits on, for one that may.
    Abandoned,
    /// The lease was free a moment ago, and the gate is held.
    Granted,
    /// The lease is free and its gate is held by a process that does not take it: the turn removes the gate.
    Passing,
    /// A turn goes for the lease.
    TakenUp,
    Over,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Whether this wait has the gate.
    has_gate: bool,
    /// How many looks in a row have found the lease free and the gate held by another.
    free_looks: u32,
    granted: Option<Instant>,
}

/// What a gate keeps others back for.
#[derive(Debug)]
pub(super) enum Before {
    /// The key's lease, if its file was there.
    Lease(Option<Arc<dyn DiskFile>>),
    /// All leases in a store's folder: the gate is a `clear`'s. One of them is what this wait waits for, if it is a `clear`'s too.
    All(Arc<dyn Folder>, Option<Arc<dyn DiskFile>>),
}

/// What comes of a wait for the turn that takes it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    None,
    /// The gate is the turn's.
    Gate,
    /// The gate is another's, which the turn removes.
    Passing,
}

/// A wait for one key.
#[derive(Debug)]
pub struct Wait {
    /// Held while somebody wants the lease.
    gate: Arc<dyn DiskFile>,
    before: Before,
    mode: LockMode,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Wait {
    /// Makes a wait that goes through a gate, and takes the gate if it is free: a gate that nobody has is unlinked by the next
    /// turn.
    pub(super) fn new(gate: Arc<dyn DiskFile>, before: Before, mode: LockMode) -> Result<Self> {
        let has_gate = gate.try_lock(mode)?;
        Ok(Wait {
            gate,
            before,
            mode,
            inner: Mutex::new(Inner {
                state: State::Waiting,
                has_gate,
                free_looks: 0,
                granted: None,
            }),
            changed: Condvar::new(),
        })
    }

    /// Waits for the gate and then for the lease. `false` if nothing is left to be told.
    ///
    /// A file that was unlinked meanwhile is free too: the turn starts again.
    fn wait(&self) -> Result<bool> {
        self.gate.lock(self.mode)?;
        let mut inner = self.inner();
        match inner.state {
            State::Abandoned => self.gate.unlock()?,
            State::Waiting => {
                inner.has_gate = true;
                if !self.gate.is_at_its_path()? {
                    // It was unlinked before it was locked, and keeps nobody back.
                    return Ok(true);
                }
            }
            // It has been passed meanwhile.
            _ => {
                self.gate.unlock()?;
                return Ok(false);
            }
        }
        drop(inner);
        if let Some(lease) = self.before.lease() {
            lease.lock(self.mode)?;
            lease.unlock()?;
        }
        Ok(true)
    }

    /// Ends the wait, once `granted` has been called and somebody could have taken it up.
    fn grant(&self, granted: &dyn Fn()) -> Result<()> {
        loop {
            let mut inner = self.inner();
            if inner.state == State::Waiting {
                inner.state = State::Granted;
            }
            drop(inner);
            granted();
            let is_granted = |inner: &mut Inner| inner.state == State::Granted;
            let (mut inner, _) = self
                .changed
                .wait_timeout_while(self.inner(), TAKE_UP_WITHIN, is_granted)
                .unwrap_or_else(PoisonError::into_inner);
            match inner.state {
                // It was abandoned, and adopted by another who has not been told yet.
                State::Waiting => {}
                // The gate is the turn's, or was.
                State::Passing | State::TakenUp | State::Over => return Ok(()),
                State::Granted | State::Abandoned => {
                    inner.state = State::Over;
                    return self.gate.unlock();
                }
            }
        }
    }

    /// Takes the outcome up for a turn, which is to call [`Wait::end`] if there is one.
    pub(super) fn take_up(&self) -> Outcome {
        let mut inner = self.inner();
        let outcome = match inner.state {
            State::Granted => Outcome::Gate,
            State::Passing => Outcome::Passing,
            _ => return Outcome::None,
        };
        inner.state = State::TakenUp;
        self.changed.notify_all();
        outcome
    }

    /// Whether the gate that was stood before still has its name.
    pub(super) fn is_gate_at_its_path(&self) -> Result<bool> {
        self.gate.is_at_its_path()
    }

    /// Opens the gate for those that come later.
    pub(super) fn end(&self) -> Result<()> {
        self.inner().state = State::Over;
        self.gate.unlock()
    }

    /// Makes a wait that goes on somebody's again. `false` if it is over, or its gate was unlinked meanwhile.
    pub(super) fn adopt(&self) -> Result<bool> {
        let mut inner = self.inner();
        if inner.state == State::Abandoned && self.gate.is_at_its_path()? {
            inner.state = State::Waiting;
            // Through the thread's own descriptor, which it may be waiting with. If another has the gate by now, that one
            // comes first.
            inner.has_gate = self.gate.try_lock(self.mode)?;
        }
        Ok(inner.state == State::Waiting)
    }

    /// Tells the wait that nobody wants its outcome.
    pub(super) fn abandon(&self) -> Result<()> {
        let is_served = !waits::leave(self);
        let mut inner = self.inner();
        if !matches!(
            inner.state,
            State::Waiting | State::Granted | State::Passing
        ) {
            return Ok(());
        }
        // One that its thread has not come to is of no use to those who come later.
        inner.state = match is_served {
            true => State::Abandoned,
            false => State::Over,
        };
        inner.has_gate = false;
        self.changed.notify_all();
        self.gate.unlock()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter for Wait {
    fn lock_identity(&self) -> u128 {
        self.gate.identity()
    }

    fn run(&self, granted: &dyn Fn()) -> Result<()> {
        match self.wait() {
            Ok(false) => Ok(()),
            waited => {
                self.grant(granted)?;
                waited.map(drop)
            }
        }
    }

    fn poll(&self, granted: &dyn Fn()) -> Result<bool> {
        let mut inner = self.inner();
        match inner.state {
            State::Waiting => {}
            State::Granted
                if inner
                    .granted
                    .is_some_and(|at| at.elapsed() < TAKE_UP_WITHIN) =>
            {
                return Ok(false);
            }
            State::Granted => {
                inner.state = State::Over;
                return self.gate.unlock().map(|()| true);
            }
            State::Abandoned => {
                inner.state = State::Over;
                return Ok(true);
            }
            State::Passing | State::TakenUp | State::Over => return Ok(true),
        }
        // Under the mutex, so that nobody gives up in between.
        if !self.gate.try_lock(self.mode)? {
            return Ok(false);
        }
        inner.has_gate = true;
        if let Some(lease) = self.before.lease()
            && self.gate.is_at_its_path()?
        {
            if !lease.try_lock(self.mode)? {
                return Ok(false);
            }
            lease.unlock()?;
        }
        inner.state = State::Granted;
        inner.granted = Some(Instant::now());
        drop(inner);
        granted();
        let mut inner = self.inner();
        if inner.state == State::Abandoned {
            inner.state = State::Over;
        }
        Ok(!matches!(inner.state, State::Waiting | State::Granted))
    }

    fn stand_behind(&self) -> Result<()> {
        let mut inner = self.inner();
        match std::mem::take(&mut inner.has_gate) {
            true => self.gate.unlock(),
            false => Ok(()),
        }
    }

    fn needs_looks(&self) -> bool {
        let inner = self.inner();
        inner.state == State::Waiting && !inner.has_gate
    }

    fn look(&self, granted: &dyn Fn()) -> Result<()> {
        let mut inner = self.inner();
        if inner.state != State::Waiting || inner.has_gate {
            return Ok(());
        }
        if self.gate.is_at_its_path()? {
            if !self.before.is_free()? {
                inner.free_looks = 0;
                return Ok(());
            }
            inner.free_looks += 1;
            if inner.free_looks < LOOKS_BEFORE_PASSING {
                return Ok(());
            }
        }
        inner.state = State::Passing;
        drop(inner);
        granted();
        Ok(())
    }
}

impl Before {
    fn lease(&self) -> Option<&Arc<dyn DiskFile>> {
        match self {
            Before::Lease(lease) | Before::All(_, lease) => lease.as_ref(),
        }
    }

    /// Whether nobody has a lease that the gate's holder may wait for. Asked for as an exclusive one, whatever the waiter
    /// wants: those who only look at the item keep a waiting edit from it rightly.
    fn is_free(&self) -> Result<bool> {
        let lease = match self {
            Before::Lease(None) => return Ok(true),
            Before::Lease(Some(lease)) => lease,
            Before::All(store, _) => {
                let is_lease = |name: &str| name.ends_with(".lease") && super::is_own(name);
                return Ok(!is_any_leased(&**store, is_lease)?);
            }
        };
        let is_free = lease.try_lock(LockMode::Exclusive)?;
        if is_free {
            lease.unlock()?;
        }
        Ok(is_free)
    }
}
