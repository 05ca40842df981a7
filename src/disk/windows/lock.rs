//! The lock of an open file on Windows, made to behave as `flock` does.
//!
//! Three rules of `LockFileEx` differ. It knows no repeated lock, change of mode or needless unlock,
//! so the mode is kept here. It would let nobody read what is locked, so it locks a byte that no
//! file has (`system`). And while a thread waits for a lock, the system holds up all other
//! operations on the same handle. So locks have a handle of their own, which nobody uses while a
//! thread waits with it: a lock that is waited for counts as taken.
//!
//! An overlapped handle would need none of that rule, but a structure that outlives each wait, and
//! wine leaves such a wait pending for ever.

use super::Identity;
use super::naming::{SCANNED, while_scanned};
use super::system::{self, IfTaken};
use crate::disk::LockMode;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The state of a lock, which changes under a mutex.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Free,
    Held(LockMode),
    /// A thread waits with the handle.
    Waiting,
}

/// The lock of one open file.
#[derive(Debug, Default)]
pub struct FileLock {
    /// The handle for locks. `None` for a file that was not opened to be locked.
    handle: Option<File>,
    state: Mutex<State>,
    changed: Condvar,
}

impl FileLock {
    /// Opens the handle for locks beside a file that was just opened. `None` if another file is at
    /// the path by now. A file that was deleted cannot be opened any more, so this cannot wait for
    /// the first lock.
    pub fn beside(path: &Path, identity: &Identity) -> io::Result<Option<Self>> {
        let handle = while_scanned(&SCANNED, || File::open(path))?;
        let is_same = Identity::of_file(&handle)? == *identity;
        Ok(is_same.then(|| FileLock {
            handle: Some(handle),
            ..FileLock::default()
        }))
    }

    pub fn try_lock(&self, _file: &File, mode: LockMode) -> io::Result<bool> {
        let mut state = self.state();
        match *state {
            State::Waiting => return Ok(false),
            State::Held(held) if held == mode => return Ok(true),
            State::Held(_) | State::Free => self.free(&mut state)?,
        }
        let is_locked = system::lock(self.handle()?, mode, IfTaken::Refuse)?;
        if is_locked {
            *state = State::Held(mode);
        }
        Ok(is_locked)
    }

    pub fn lock(&self, _file: &File, mode: LockMode) -> io::Result<()> {
        let is_waiting = |state: &mut State| *state == State::Waiting;
        let waited = self.changed.wait_while(self.state(), is_waiting);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if *state == State::Held(mode) {
            return Ok(());
        }
        self.free(&mut state)?;
        let handle = self.handle()?;
        *state = State::Waiting;
        drop(state);
        let locked = system::lock(handle, mode, IfTaken::Wait);
        let mut state = self.state();
        *state = match locked {
            Ok(true) => State::Held(mode),
            Ok(false) | Err(_) => State::Free,
        };
        drop(state);
        self.changed.notify_all();
        match locked? {
            true => Ok(()),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Unlocks the file, if it is locked. A wait goes on.
    pub fn unlock(&self, _file: &File) -> io::Result<()> {
        self.free(&mut self.state())
    }

    fn free(&self, state: &mut State) -> io::Result<()> {
        if matches!(state, State::Held(_)) {
            system::unlock(self.handle()?)?;
            *state = State::Free;
        }
        Ok(())
    }

    fn handle(&self) -> io::Result<&File> {
        self.handle
            .as_ref()
            .ok_or(io::ErrorKind::Unsupported.into())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
