//! Waiting for a lease, on a thread that the kernel wakes when the holder ends the lease or dies.
//!
//! The waiter holds the key's gate until its own turn has taken the lease, so that no later call
//! overtakes it. It holds nothing else: neither the writer lock nor another lease (I8). Gates are
//! only about order; the lease keeps callbacks apart. So a waiter passes a gate whose holder does
//! not take a lease that nobody has: that holder was stopped.

use super::before::Before;
use crate::disk::{DiskFile, LockMode};
use crate::error::Result;
use crate::waits::{self, Waiter};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time for which a granted wait keeps its gate for the turn that takes the lease.
const TAKE_UP_WITHIN: Duration = Duration::from_millis(50);
/// The looks in a row that must find the lease free before its gate is passed. Together they take
/// longer than [`TAKE_UP_WITHIN`], for which a running waiter keeps its gate.
const LOOKS_BEFORE_PASSING: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// No call wants the lease at present. The thread waits on, for one that comes later.
    Abandoned,
    /// The lease was free a moment ago, and the gate is held.
    Granted,
    /// The lease is free, and the holder of its gate does not take it: the turn removes the gate.
    Passing,
    /// A turn is taking the lease.
    TakenUp,
    Over,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// True while this wait has the gate.
    has_gate: bool,
    /// The number of looks in a row that found the lease free and the gate held by another.
    free_looks: u32,
    granted: Option<Instant>,
}

/// The outcome of a wait, for the turn that takes it up.
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
    /// The key's gate, held while a call wants the lease.
    gate: Arc<dyn DiskFile>,
    before: Before,
    mode: LockMode,
    /// The text that names this process and the key in the gate; `None` if the gate may be another
    /// user's.
    signature: Option<String>,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Wait {
    /// Makes a wait that goes through a gate. Takes the gate if it is free: the next turn unlinks a
    /// gate that nobody has.
    pub(super) fn new(
        gate: Arc<dyn DiskFile>,
        before: Before,
        mode: LockMode,
        signature: Option<String>,
    ) -> Result<Self> {
        let has_gate = gate.try_lock(mode)?;
        let wait = Wait {
            gate,
            before,
            mode,
            signature,
            inner: Mutex::new(Inner {
                state: State::Waiting,
                has_gate: false,
                free_looks: 0,
                granted: None,
            }),
            changed: Condvar::new(),
        };
        if has_gate {
            wait.got_gate(&mut wait.inner());
        }
        Ok(wait)
    }

    /// Notes that this wait has the gate, and names this process in it.
    fn got_gate(&self, inner: &mut Inner) {
        let had_gate = std::mem::replace(&mut inner.has_gate, true);
        if !had_gate && let Some(signature) = &self.signature {
            // For those who look at the locks: a wait must not fail for want of a signature.
            let _ = self.gate.write_at(0, signature.as_bytes());
        }
    }

    /// Returns true while a call wants the lease.
    pub(super) fn is_wanted(&self) -> bool {
        let state = self.inner().state;
        matches!(state, State::Waiting | State::Granted | State::Passing)
    }

    /// Returns true if the wait has ended without an outcome for a turn.
    pub(super) fn is_over(&self) -> bool {
        self.inner().state == State::Over
    }

    /// Waits for the gate and then for the lease. Returns `false` if the instance need not be told.
    ///
    /// A file that was unlinked meanwhile is free too: the turn starts again.
    fn wait(&self) -> Result<bool> {
        self.gate.lock(self.mode)?;
        let mut inner = self.inner();
        match inner.state {
            State::Abandoned => self.gate.unlock()?,
            State::Waiting => {
                self.got_gate(&mut inner);
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

    /// Takes the outcome up for a turn, which must call [`Wait::end`] if there is one.
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

    /// Returns true if the gate still has its name.
    pub(super) fn is_gate_at_its_path(&self) -> Result<bool> {
        self.gate.is_at_its_path()
    }

    /// Opens the gate for later calls.
    pub(super) fn end(&self) -> Result<()> {
        self.inner().state = State::Over;
        self.gate.unlock()
    }

    /// Gives a wait that was abandoned to a new call. Returns `false` if it is over, or its gate
    /// was unlinked meanwhile.
    pub(super) fn adopt(&self) -> Result<bool> {
        let mut inner = self.inner();
        if inner.state == State::Abandoned && self.gate.is_at_its_path()? {
            inner.state = State::Waiting;
            // Through the thread's own descriptor, which it may be waiting with. If another has the
            // gate by now, that one comes first.
            match self.gate.try_lock(self.mode)? {
                true => self.got_gate(&mut inner),
                false => inner.has_gate = false,
            }
        }
        Ok(inner.state == State::Waiting)
    }

    /// Abandons the wait: no call wants its outcome.
    pub(super) fn abandon(&self) -> Result<()> {
        let is_served = !waits::leave(self);
        let mut inner = self.inner();
        if !matches!(
            inner.state,
            State::Waiting | State::Granted | State::Passing
        ) {
            return Ok(());
        }
        // Of no use to those who come later, without a thread that waits on: one that the thread
        // has not come to, and one that is passed, which the thread leaves once it has the gate.
        inner.state = match is_served && inner.state != State::Passing {
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
        self.got_gate(&mut inner);
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

    fn yield_to_earlier(&self) -> Result<()> {
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
