//! Waiting for a lease, on a thread that the kernel wakes when its holder gives it up or dies.
//!
//! The waiter holds the key's gate, so that nobody who comes later overtakes it, until its own turn has taken the lease.

use crate::disk::{DiskFile, LockMode};
use crate::error::Result;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a wait that has ended well keeps its gate for the turn that is to take the lease.
const TAKE_UP_WITHIN: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// Nobody wants the lease at present. The thread waits on, for one that may.
    Abandoned,
    /// The lease was free a moment ago, and the gate is held.
    Granted,
    /// A turn goes for the lease.
    TakenUp,
    Over,
}

/// A wait for one key.
#[derive(Debug)]
pub struct Wait {
    /// Held while somebody wants the lease.
    gate: Arc<dyn DiskFile>,
    /// Who waits for the gate alone has none.
    lease: Option<Arc<dyn DiskFile>>,
    mode: LockMode,
    state: Mutex<State>,
    changed: Condvar,
}

impl Wait {
    pub(super) fn new(
        gate: Arc<dyn DiskFile>,
        lease: Option<Arc<dyn DiskFile>>,
        mode: LockMode,
    ) -> Self {
        Wait {
            gate,
            lease,
            mode,
            state: Mutex::new(State::Waiting),
            changed: Condvar::new(),
        }
    }

    /// Waits until the lease is free, calls `granted`, and keeps the gate until a turn has had the time to take it up.
    /// A file that was unlinked meanwhile is free too: the turn looks anew.
    pub fn run(&self, granted: impl FnMut()) -> Result<()> {
        let waited = self.wait();
        self.grant(granted)?;
        waited
    }

    fn wait(&self) -> Result<()> {
        self.gate.lock(self.mode)?;
        let state = self.state();
        if *state == State::Abandoned {
            self.gate.unlock()?;
        } else if !self.gate.is_at_its_path()? {
            // It was unlinked before it was locked, and keeps nobody back: the turn starts anew.
            return Ok(());
        }
        drop(state);
        if let Some(lease) = &self.lease {
            lease.lock(self.mode)?;
            lease.unlock()?;
        }
        Ok(())
    }

    /// Does without waiting what [`Wait::run`] does: tells whether the wait is over.
    pub fn poll(&self, granted: impl FnMut()) -> Result<bool> {
        let mut state = self.state();
        if *state == State::Abandoned {
            *state = State::Over;
            return Ok(true);
        }
        if !self.gate.try_lock(self.mode)? {
            return Ok(false);
        }
        drop(state);
        if let Some(lease) = &self.lease
            && self.gate.is_at_its_path()?
        {
            if !lease.try_lock(self.mode)? {
                return Ok(false);
            }
            lease.unlock()?;
        }
        self.grant(granted)?;
        Ok(true)
    }

    /// Ends the wait, once `granted` has been called and somebody could have taken it up.
    fn grant(&self, mut granted: impl FnMut()) -> Result<()> {
        loop {
            let mut state = self.state();
            if *state == State::Waiting {
                *state = State::Granted;
            }
            drop(state);
            granted();
            let (mut state, _) = self
                .changed
                .wait_timeout_while(self.state(), TAKE_UP_WITHIN, |state| {
                    *state == State::Granted
                })
                .unwrap_or_else(PoisonError::into_inner);
            match *state {
                // It was abandoned, and adopted by another who has not been told yet.
                State::Waiting => {}
                // The gate is the turn's, or was.
                State::TakenUp | State::Over => return Ok(()),
                State::Granted | State::Abandoned => {
                    *state = State::Over;
                    return self.gate.unlock();
                }
            }
        }
    }

    /// Takes the outcome up for a turn, which is to call [`Wait::end`]. `false` if there is none.
    pub(super) fn take_up(&self) -> bool {
        let mut state = self.state();
        let granted = *state == State::Granted;
        if granted {
            *state = State::TakenUp;
            self.changed.notify_all();
        }
        granted
    }

    /// Opens the gate for those that come later.
    pub(super) fn end(&self) -> Result<()> {
        *self.state() = State::Over;
        self.gate.unlock()
    }

    /// Makes a wait that goes on somebody's again. `false` if it is over, or its gate was unlinked meanwhile.
    pub(super) fn adopt(&self) -> Result<bool> {
        let mut state = self.state();
        if *state == State::Abandoned && self.gate.is_at_its_path()? {
            *state = State::Waiting;
            // Through the thread's own descriptor, which it may be waiting with. If another has the gate by now, that one
            // comes first.
            self.gate.try_lock(self.mode)?;
        }
        Ok(*state == State::Waiting)
    }

    pub(super) fn abandon(&self) -> Result<()> {
        let mut state = self.state();
        if matches!(*state, State::Waiting | State::Granted) {
            *state = State::Abandoned;
            self.changed.notify_all();
            self.gate.unlock()?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
