//! The work of an instance that runs on threads now, for a thread that blocks until it has ended.

use super::lock;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

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

    /// Blocks the calling thread until no work runs.
    pub fn wait(&self) {
        let mut number = lock(&self.0.number);
        while *number > 0 {
            let changed = self.0.changed.wait(number);
            number = changed.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        *lock(&self.0.number) -= 1;
        self.0.changed.notify_all();
    }
}
