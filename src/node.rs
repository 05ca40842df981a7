//! The bindings: the napi-rs class `PersistLock`, which `lib/file/engine.js` keeps to itself.
//!
//! Turns calls, texts and errors of one side into those of the other. Which turn runs which calls,
//! and what an error leads to, JavaScript decides; the bindings see to it that a turn ends. Items
//! cross as JSON text, in few calls. Work that may wait or sync runs on a thread and answers with a
//! promise; the rest is quick and answers at once.

mod attendant;
mod awake;
mod error;
mod leases;
mod listing;
mod maintenance;
mod observation;
mod opening;
mod pool;
mod raw;
mod reads;
mod reports;
mod running;
mod stack;
mod syncs;
mod text;
mod thread;
mod turn;
mod wake_ups;
mod watch;

use crate::panics::caught;
use crate::store::{Options, Paused, Relocation, Room, Store};
use crate::{Error, Result};
use awake::{Asleep, Awake};
use error::OrThrow;
use napi::Env;
use napi::bindgen_prelude::ObjectFinalize;
use napi_derive::napi;
use pool::SHORT_WORK;
use running::Running;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use wake_ups::WakeUps;

/// The store of an instance, as far as it is open.
#[derive(Debug)]
enum State {
    Unopened,
    Open(Awake),
    /// Open, without descriptors.
    Resting(Asleep),
    Closed,
}

impl State {
    /// Returns the open store, which is woken if it rests.
    fn store(&mut self) -> Result<&mut Store> {
        if let State::Resting(_) = self {
            awake::wake(self)?;
        }
        match self {
            State::Open(store) => {
                store.is_used = true;
                Ok(store)
            }
            State::Resting(_) => Err(Error::Untrusted),
            State::Unopened => Err(Error::NotOpen),
            State::Closed => Err(Error::Closed),
        }
    }
}

/// The memory of an instance, in bytes, that the collector of JavaScript is told of: the least that a
/// store takes that was read. Without it the collector would let unused instances be for long.
const MEMORY: i64 = 128 << 10;

/// One store, as one instance of the JavaScript class has it.
#[napi(custom_finalize)]
pub struct PersistLock {
    dir: PathBuf,
    options: Options,
    /// True if calls wait until their changes are on disk.
    syncs_each_commit: bool,
    state: Arc<Mutex<State>>,
    /// The turn that is under way, while JavaScript works in it.
    turn: Mutex<Option<Paused>>,
    wake_ups: Arc<WakeUps>,
    opening_is_given_up: Arc<AtomicBool>,
    /// The number of stores that openings have given this instance.
    adopted: Arc<AtomicU32>,
    compactions: Running,
    backups: Running,
}

impl ObjectFinalize for PersistLock {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-MEMORY).map(drop)
    }
}

impl Drop for PersistLock {
    fn drop(&mut self) {
        self.opening_is_given_up.store(true, Ordering::Relaxed);
        // Nobody is left to hear of a panic, and none may go on into the collector, which the event
        // loop waits for.
        let _ = caught(|| {
            let state = std::mem::replace(&mut *lock(&self.state), State::Closed);
            match state {
                State::Open(mut store) => drop_elsewhere(store.take_index()),
                State::Resting(mut asleep) => drop_elsewhere(asleep.store().take_index()),
                State::Unopened | State::Closed => {}
            }
            Ok(())
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops a large value on another thread, or on this one if no thread can be started.
fn drop_elsewhere(large: impl Send + 'static) {
    SHORT_WORK.run(Box::new(move |_| drop(large)));
}

/// A time limit, from milliseconds or infinity.
fn limit(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1000.0).ok()
}

#[napi]
impl PersistLock {
    /// Touches nothing yet. `lock_timeout` is in milliseconds, or infinite. `syncs_each_commit`
    /// tells that each commit is awaited until it is on disk.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        dir: String,
        mode: u32,
        lock_timeout: f64,
        read_only: bool,
        syncs_each_commit: bool,
    ) -> Self {
        // Measured on Linux alone. Where nothing is synced, room gains nothing.
        let room = match syncs_each_commit && cfg!(target_os = "linux") {
            true => Room::AHEAD,
            false => Room::None,
        };
        // An error changes nothing for the instance.
        let _ = env.adjust_external_memory(MEMORY);
        PersistLock {
            dir: dir.into(),
            options: Options {
                mode,
                lock_timeout: limit(lock_timeout),
                read_only,
                room,
            },
            syncs_each_commit,
            state: Arc::new(Mutex::new(State::Unopened)),
            turn: Mutex::default(),
            wake_ups: Arc::default(),
            opening_is_given_up: Arc::default(),
            adopted: Arc::default(),
            compactions: Running::default(),
            backups: Running::default(),
        }
    }

    /// Closes the store. If the lock is free, it claims what is on disk, so that the next to open
    /// the store knows more, and cuts off the room ahead. Neither is needed.
    #[napi(catch_unwind)]
    pub fn close_store(&self) {
        let mut state = lock(&self.state);
        // For the claim and the room. If it cannot be woken, these stay.
        let _ = state.store();
        if let State::Open(store) = &mut *state {
            if let Ok(Some(mut turn)) = store.begin_turn() {
                let _ = turn.claim();
                let _ = turn.trim();
            }
            drop_elsewhere(store.take_index());
        }
        *state = State::Closed;
        self.opening_is_given_up.store(true, Ordering::Relaxed);
        self.wake_ups.stop_listening();
    }

    /// Runs a call on the open store. Throws its error once the store is free again: making an
    /// error of JavaScript runs the program's code if it has changed `Error.prototype`, and that
    /// code may call the store.
    fn with<T>(&self, env: Env, call: impl FnOnce(&mut Store) -> Result<T>) -> napi::Result<T> {
        self.with_store(call).or_throw(env)
    }

    fn with_store<T>(&self, call: impl FnOnce(&mut Store) -> Result<T>) -> Result<T> {
        let mut state = lock(&self.state);
        let store = state.store()?;
        let result = caught(|| call(store));
        match result {
            // It may have been left half done: the store is reopened before it is used again.
            Err(Error::Panicked { .. }) => store.distrust(),
            _ => {
                if let Some(relocation) = store.relocation() {
                    self.relocate(relocation);
                }
            }
        }
        let cleared = store.take_cleared();
        if !cleared.is_empty() {
            drop_elsewhere(cleared);
        }
        result
    }

    /// Leads the index into a new file on a thread, after a rewrite. Nobody waits for it, and if it
    /// fails the next rewrite tries again.
    fn relocate(&self, relocation: Relocation) {
        let state = self.state.clone();
        SHORT_WORK.run(Box::new(move |started| {
            if started.is_err() {
                return;
            }
            let number = relocation.generation();
            let with_store = |use_store: &mut dyn FnMut(&mut Store)| {
                if let State::Open(store) = &mut *lock(&state) {
                    let used = caught(|| {
                        use_store(store);
                        Ok(())
                    });
                    if used.is_err() {
                        store.distrust();
                    }
                }
            };
            let relocated = relocation.run(&mut |copies| {
                let mut goes_on = false;
                with_store(&mut |store| goes_on = store.relocate(number, copies));
                goes_on
            });
            if relocated.is_err() {
                return;
            }
            let mut older = Vec::new();
            with_store(&mut |store| older = store.end_relocation(number));
            // They are dropped on this thread, so that the event loop does not wait.
            drop(older);
        }));
    }
}
