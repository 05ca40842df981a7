//! The wake-ups of an instance: the ends of its waits for locks, in a queue.
//!
//! Threads add them, and JavaScript takes them. The listener only tells the event loop that there
//! are some; a blocking call, during which the event loop stands still, waits for the next.

use super::{PersistLock, lock};
use crate::waits::Granted;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The lock that a wait was for.
#[napi]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitedLock {
    /// The writer lock.
    Writer,
    /// The lease of a key.
    Key,
    /// All leases, or the end of a `clear` that waits for them.
    AllKeys,
}

/// The end of a wait.
#[napi(object, object_from_js = false)]
#[derive(Debug, Clone)]
pub struct WakeUp {
    /// The lock that was waited for.
    pub lock: WaitedLock,
    /// The key's JSON text, if it was the lease of a key.
    pub key: Option<String>,
}

/// The function that is told of new wake-ups.
type Listener = ThreadsafeFunction<(), (), (), napi::Status, false, true>;

/// The wake-ups of an instance that JavaScript has not taken yet.
#[derive(Default)]
pub struct WakeUps {
    queue: Mutex<VecDeque<WakeUp>>,
    added: Condvar,
    listener: Mutex<Option<Listener>>,
}

impl WakeUps {
    fn add(&self, wake_up: WakeUp) {
        lock(&self.queue).push_back(wake_up);
        self.added.notify_one();
        if let Some(listener) = &*lock(&self.listener) {
            listener.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Takes the next wake-up, and waits for it for some time at most.
    fn next(&self, limit: Duration) -> Option<WakeUp> {
        let queue = lock(&self.queue);
        let is_empty = |queue: &mut VecDeque<WakeUp>| queue.is_empty();
        let (mut queue, _) = self
            .added
            .wait_timeout_while(queue, limit, is_empty)
            .unwrap_or_else(PoisonError::into_inner);
        queue.pop_front()
    }

    /// Drops the listener, which keeps a handle of the event loop.
    pub fn stop_listening(&self) {
        *lock(&self.listener) = None;
    }
}

#[napi]
impl PersistLock {
    /// Takes the function to be called whenever there are new wake-ups. It does not keep the
    /// process alive.
    #[napi(catch_unwind)]
    pub fn listen(&self, listener: Function<(), ()>) -> napi::Result<()> {
        let listener = listener
            .build_threadsafe_function()
            .callee_handled::<false>()
            .weak::<true>()
            .build()?;
        *lock(&self.wake_ups.listener) = Some(listener);
        Ok(())
    }

    /// Takes the next wake-up; `null` if there is none. Waits for it on the calling thread for a
    /// number of milliseconds.
    #[napi(catch_unwind)]
    pub fn next_wake_up(&self, milliseconds: f64) -> Option<WakeUp> {
        let limit = Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default();
        self.wake_ups.next(limit)
    }

    /// Makes the function that adds a wake-up, from any thread.
    pub(super) fn granted(&self, lock: WaitedLock, key: Option<String>) -> Granted {
        let wake_ups = self.wake_ups.clone();
        let wake_up = WakeUp { lock, key };
        Box::new(move || wake_ups.add(wake_up.clone()))
    }
}
