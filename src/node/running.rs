//! The work of an instance that runs on threads now, for a thread that blocks until it has ended.

use super::lock;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The number of pieces of work that run.
#[derive(Debug, Default)]
pub struct Running(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    number: Mutex<usize>,
    changed: Condvar,
}

/// One piece of work. It runs until this is dropped, also by a panic or because no thread took it.
#[derive(Debug)]
#[must_use]
pub struct Work(Arc<Count>);

impl Running {
    /// Begins a piece of work.
    pub fn begin(&self) -> Work {
        *lock(&self.0.number) += 1;
        Work(self.0.clone())
    }

    /// True while any work runs.
    pub fn any(&self) -> bool {
        *lock(&self.0.number) > 0
    }

    /// Blocks the calling thread until no work runs, for some time at most. Returns `true` if none
    /// runs.
    pub fn wait(&self, limit: Duration) -> bool {
        let number = lock(&self.0.number);
        let runs = |number: &mut usize| *number > 0;
        let (number, _) = self
            .0
            .changed
            .wait_timeout_while(number, limit, runs)
            .unwrap_or_else(PoisonError::into_inner);
        *number == 0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        *lock(&self.0.number) -= 1;
        self.0.changed.notify_all();
    }
}
