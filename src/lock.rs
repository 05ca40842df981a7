//! The writer lock: its holder may append (I2). It excludes other processes, threads and instances
//! alike.
//!
//! An instance tries the lock first. If another has it, a thread waits for it, and offers it to the
//! instance: `offer`. Knows nothing of what the lock guards.

pub mod file;
pub mod holder;
mod offer;

use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::{Error, Result};
use crate::names;
use crate::waits;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The interval at which a wait with a limit tries the lock.
pub const POLL_INTERVAL: Duration = Duration::from_millis(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    /// The instance is in the line of the waits, and no thread uses its file yet.
    Queued,
    /// A thread waits with this instance's file.
    Waiting,
    /// The instance has given up, but the kernel keeps the thread.
    Abandoned,
    /// A thread has the lock and offers it.
    Granted,
    Held,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// The time for which the next grant is offered. It doubles with each offer that the event loop
    /// misses, so that a program whose loop is busy for some milliseconds at a time gets its turn.
    /// It halves after a number of offers that were all taken up early.
    offer: Duration,
    /// The number of offers in a row that were taken up early.
    early: u32,
    offered: Option<Instant>,
}

/// The writer lock of one instance.
#[derive(Debug)]
pub struct WriterLock {
    file: Arc<dyn DiskFile>,
    /// The state. Every hand-over is one change under this mutex, so that the lock is never both
    /// let go and taken up.
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl WriterLock {
    /// Makes the lock of the store in a folder, not yet taken. Its file is made if it is missing.
    pub fn open(folder: &dyn Folder, mode: u32) -> Result<Self> {
        file::open_to_write(folder, names::WRITER_LOCK, mode).map(Self::new)
    }

    /// Makes a lock on a file, not yet taken.
    pub fn new(file: Arc<dyn DiskFile>) -> Self {
        WriterLock {
            file,
            inner: Mutex::new(Inner {
                state: State::Free,
                offer: offer::SHORTEST_OFFER,
                early: 0,
                offered: None,
            }),
            changed: Condvar::new(),
        }
    }

    /// The file that is locked.
    pub fn file(&self) -> &dyn DiskFile {
        &*self.file
    }

    /// Takes the lock if it is offered or free. Never waits. `None` if another has it, or this
    /// instance already.
    ///
    /// While a thread waits with this instance's file, the lock is not tried: the kernel tells
    /// holders apart by the open file, and would give it to both.
    pub fn try_acquire(self: &Arc<Self>) -> Result<Option<Held>> {
        let mut inner = self.inner();
        let acquired = match inner.state {
            State::Granted => true,
            State::Queued | State::Waiting | State::Abandoned | State::Held => false,
            State::Free => self.file.try_lock(LockMode::Exclusive)?,
        };
        if acquired {
            inner.taken_up();
            self.change(&mut inner, State::Held);
        }
        Ok(acquired.then(|| Held::of(self)))
    }

    /// Takes the lock if it is free and no turn is due: while a thread waits with this instance's file,
    /// or offers the lock, the lock is for the turn that waits.
    pub fn try_acquire_aside(self: &Arc<Self>) -> Result<Option<Held>> {
        let is_free = self.inner().state == State::Free;
        match is_free {
            true => self.try_acquire(),
            false => Ok(None),
        }
    }

    /// Waits for the lock on the calling thread. Polls if there is a limit, of which the kernel
    /// knows nothing, and while a thread waits with this instance's file: that thread will offer
    /// the lock.
    pub fn acquire(self: &Arc<Self>, limit: Option<Duration>) -> Result<Held> {
        let begun = Instant::now();
        loop {
            if let Some(held) = self.try_acquire()? {
                return Ok(held);
            }
            match limit {
                Some(limit) if begun.elapsed() >= limit => return Err(self.timeout(limit)),
                None if self.waits_alone() => return self.wait_in_kernel(),
                _ => std::thread::sleep(POLL_INTERVAL),
            }
        }
    }

    /// Begins to wait with this instance's file on the calling thread, unless it is in use.
    fn waits_alone(&self) -> bool {
        let mut inner = self.inner();
        let is_free = inner.state == State::Free;
        if is_free {
            self.change(&mut inner, State::Waiting);
        }
        is_free
    }

    fn wait_in_kernel(self: &Arc<Self>) -> Result<Held> {
        let locked = self.file.lock(LockMode::Exclusive);
        let state = match locked {
            Ok(()) => State::Held,
            Err(_) => State::Free,
        };
        self.change(&mut self.inner(), state);
        locked.map(|()| Held::of(self))
    }

    /// Makes the error of a wait that has lasted too long.
    pub fn timeout(&self, waited: Duration) -> Error {
        Error::LockTimeout {
            path: self.file.path().to_path_buf(),
            waited,
            holder: file::holder(self.file()),
        }
    }

    /// Announces a wait, which must then join its line in `waits`. Returns `false` if one is under
    /// way.
    pub fn begin_wait(&self) -> bool {
        let mut inner = self.inner();
        match inner.state {
            State::Free => self.change(&mut inner, State::Queued),
            State::Abandoned => {
                self.change(&mut inner, State::Waiting);
                return false;
            }
            _ => return false,
        }
        true
    }

    /// Ends a wait, or an offer, that no call wants any more.
    pub fn abandon_wait(&self) -> Result<()> {
        waits::leave(self);
        let mut inner = self.inner();
        match inner.state {
            State::Queued => self.change(&mut inner, State::Free),
            State::Waiting => self.change(&mut inner, State::Abandoned),
            State::Granted => {
                self.change(&mut inner, State::Free);
                return self.file.unlock();
            }
            State::Free | State::Abandoned | State::Held => {}
        }
        Ok(())
    }

    /// True if this instance has the lock.
    pub fn is_held(&self) -> bool {
        self.inner().state == State::Held
    }

    /// True if this instance has the lock, or a thread waits for it.
    pub fn is_used(&self) -> bool {
        self.inner().state != State::Free
    }

    /// Gives the lock up by unlocking (I6). Closing the file alone would leave it to a child
    /// process that is just being started, and has the descriptor for a moment.
    fn release(&self) -> Result<()> {
        let mut inner = self.inner();
        self.change(&mut inner, State::Free);
        self.file.unlock()
    }

    fn change(&self, inner: &mut MutexGuard<Inner>, to: State) {
        let was = std::mem::replace(&mut inner.state, to);
        // Only a thread that offers the lock waits for a change. Waking nobody is a system call
        // too.
        if was == State::Granted {
            self.changed.notify_all();
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer lock, held. A function that takes this value may append (I2). Dropping it unlocks.
#[derive(Debug)]
#[must_use]
pub struct Held {
    lock: Arc<WriterLock>,
    is_released: bool,
}

impl Held {
    fn of(lock: &Arc<WriterLock>) -> Self {
        Held {
            lock: lock.clone(),
            is_released: false,
        }
    }

    /// True if it is this lock that is held.
    pub fn is_of(&self, lock: &Arc<WriterLock>) -> bool {
        Arc::ptr_eq(&self.lock, lock)
    }

    /// The file that is locked.
    pub fn file(&self) -> &dyn DiskFile {
        self.lock.file()
    }

    /// Unlocks, and tells if that failed.
    pub fn release(mut self) -> Result<()> {
        self.is_released = true;
        self.lock.release()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_released {
            // Nobody is left to hear of an error.
            let _ = self.lock.release();
        }
    }
}
