//! The writer lock: who has it may append. It excludes other processes, threads and instances alike.
//!
//! Tried without waiting first; else a thread waits for it and hands it over. A lock that was granted but not taken
//! up soon is let go, so that a busy event loop does not hold up every other writer. Knows nothing of what the lock guards.

pub mod file;

use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::{Error, Result};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a granted lock waits to be taken up.
const TAKE_UP_WITHIN: Duration = Duration::from_millis(5);
/// How often a wait with a limit asks for the lock.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    /// A thread waits for it.
    Waiting,
    /// The thread has it and offers it.
    Granted,
    Held,
}

/// The writer lock of one instance.
#[derive(Debug)]
pub struct WriterLock {
    file: Arc<dyn DiskFile>,
    /// Every hand-over is one change under this mutex, so that the lock is never both let go and taken up.
    state: Mutex<State>,
    changed: Condvar,
}

impl WriterLock {
    /// The lock of the store in a folder, not yet taken. Its file is made where it is missing.
    pub fn open(folder: &dyn Folder, mode: u32) -> Result<Self> {
        file::open_to_write(folder, "writer.lock", mode).map(Self::new)
    }

    /// A lock on a file, not yet taken.
    pub fn new(file: Arc<dyn DiskFile>) -> Self {
        WriterLock {
            file,
            state: Mutex::new(State::Free),
            changed: Condvar::new(),
        }
    }

    /// The file that is locked.
    pub fn file(&self) -> &dyn DiskFile {
        &*self.file
    }

    /// Takes the lock up if it was granted or is free. Never waits.
    pub fn try_acquire(&self) -> Result<bool> {
        let mut state = self.state();
        let acquired = match *state {
            State::Granted | State::Held => true,
            State::Waiting => false,
            State::Free => self.file.try_lock(LockMode::Exclusive)?,
        };
        if acquired {
            self.change(&mut state, State::Held);
        }
        Ok(acquired)
    }

    /// Waits for the lock on the calling thread; with a limit it asks again and again, since the kernel knows of none.
    pub fn acquire(&self, limit: Option<Duration>) -> Result<()> {
        match limit {
            None => self.file.lock(LockMode::Exclusive)?,
            Some(limit) => self.poll(limit)?,
        }
        self.change(&mut self.state(), State::Held);
        Ok(())
    }

    fn poll(&self, limit: Duration) -> Result<()> {
        let begun = Instant::now();
        while !self.file.try_lock(LockMode::Exclusive)? {
            if begun.elapsed() >= limit {
                return Err(Error::LockTimeout {
                    path: self.file.path().to_path_buf(),
                    waited: limit,
                });
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Announces a wait, which a thread is then to do. `false` if one is under way already.
    pub fn begin_wait(&self) -> bool {
        let mut state = self.state();
        let begun = *state == State::Free;
        if begun {
            self.change(&mut state, State::Waiting);
        }
        begun
    }

    /// Waits for the lock as announced, calls `granted`, and lets it go again if nobody takes it up.
    pub fn wait(&self, granted: impl FnOnce()) -> Result<()> {
        if let Err(error) = self.file.lock(LockMode::Exclusive) {
            self.change(&mut self.state(), State::Free);
            return Err(error);
        }
        self.change(&mut self.state(), State::Granted);
        granted();
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.state(), TAKE_UP_WITHIN, |state| {
                *state == State::Granted
            })
            .unwrap_or_else(PoisonError::into_inner);
        if *state == State::Granted {
            self.file.unlock()?;
            self.change(&mut state, State::Free);
        }
        Ok(())
    }

    /// Whether this instance has the lock.
    pub fn is_held(&self) -> bool {
        *self.state() == State::Held
    }

    /// Gives the lock up, by unlocking: closing the file alone would leave it to a child process that was being
    /// started and has the descriptor for a moment.
    pub fn release(&self) -> Result<()> {
        let mut state = self.state();
        if *state != State::Held {
            return Ok(());
        }
        self.change(&mut state, State::Free);
        self.file.unlock()
    }

    fn change(&self, state: &mut MutexGuard<State>, to: State) {
        let was = std::mem::replace(&mut **state, to);
        // None but a thread that offers the lock waits for a change; to wake nobody would still be a system call.
        if was == State::Granted {
            self.changed.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; closing the file ends the lock all the same.
        let _ = self.release();
    }
}
