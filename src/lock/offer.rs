//! The wait for the writer lock: a thread that `waits` keeps for this lock waits in the kernel, and
//! offers the lock to the instance.
//!
//! The thread lets go of a lock that the instance does not take up soon, so that a busy event loop
//! does not block every other writer.

use super::{Inner, State, WriterLock};
use crate::disk::LockMode;
use crate::error::Result;
use crate::waits::Waiter;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time for which a granted lock is offered at first.
pub(super) const SHORTEST_OFFER: Duration = Duration::from_millis(5);
/// The longest offer. Other writers wait meanwhile, in vain if the event loop stays busy.
const LONGEST_OFFER: Duration = Duration::from_millis(50);
/// The offers in a row that must be taken up early before the next one is shorter. A single offer
/// that comes at a good moment says little about a loop that is busy for 20 ms at a time.
const EARLY_BEFORE_SHORTER: u32 = 8;

impl WriterLock {
    /// Offers the lock that this thread or poll has just got. Returns `false` if the instance has
    /// given up meanwhile.
    fn offer(&self, inner: &mut MutexGuard<Inner>) -> Result<bool> {
        if !matches!(inner.state, State::Queued | State::Waiting) {
            self.change(inner, State::Free);
            self.file.unlock()?;
            return Ok(false);
        }
        inner.offered = Some(Instant::now());
        self.change(inner, State::Granted);
        Ok(true)
    }

    /// Lets go of a lock that the instance has not taken up in time.
    fn missed(&self, mut inner: MutexGuard<'_, Inner>) -> Result<()> {
        inner.offer = (inner.offer * 2).min(LONGEST_OFFER);
        inner.early = 0;
        self.change(&mut inner, State::Free);
        self.file.unlock()
    }
}

impl Inner {
    /// Notes that the lock was taken up, if it was offered. The next offer is shorter if this one
    /// and those before it were longer than necessary.
    pub(super) fn taken_up(&mut self) {
        let Some(offered) = self.offered.take() else {
            return;
        };
        self.early = match offered.elapsed() < self.offer / 4 {
            true => self.early + 1,
            false => 0,
        };
        if self.early >= EARLY_BEFORE_SHORTER {
            self.early = 0;
            self.offer = (self.offer / 2).max(SHORTEST_OFFER);
        }
    }
}

impl Waiter for WriterLock {
    fn lock_identity(&self) -> u128 {
        self.file.identity()
    }

    fn run(&self, granted: &dyn Fn()) -> Result<()> {
        {
            let mut inner = self.inner();
            if inner.state != State::Queued {
                return Ok(());
            }
            self.change(&mut inner, State::Waiting);
        }
        if let Err(error) = self.file.lock(LockMode::Exclusive) {
            self.change(&mut self.inner(), State::Free);
            return Err(error);
        }
        if !self.offer(&mut self.inner())? {
            return Ok(());
        }
        granted();
        let inner = self.inner();
        let offer = inner.offer;
        let is_offered = |inner: &mut Inner| inner.state == State::Granted;
        let (inner, _) = self
            .changed
            .wait_timeout_while(inner, offer, is_offered)
            .unwrap_or_else(PoisonError::into_inner);
        match inner.state {
            State::Granted => self.missed(inner),
            _ => Ok(()),
        }
    }

    fn poll(&self, granted: &dyn Fn()) -> Result<bool> {
        // Kept until the end: the instance must not give up and try the same file in between.
        let mut inner = self.inner();
        match inner.state {
            State::Queued => {}
            State::Granted => {
                let is_over = inner.offered.is_none_or(|at| at.elapsed() >= inner.offer);
                return match is_over {
                    true => self.missed(inner).map(|()| true),
                    false => Ok(false),
                };
            }
            _ => return Ok(true),
        }
        if !self.file.try_lock(LockMode::Exclusive)? {
            return Ok(false);
        }
        self.offer(&mut inner)?;
        drop(inner);
        granted();
        Ok(false)
    }
}
