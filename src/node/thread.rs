//! Work that may block, on threads of tokio's blocking pool, answered with a promise.
//!
//! The runtime is ours and is never dropped: dropping one joins its threads, and a thread may be waiting for the lock of
//! a process that is stopped. It has no workers of its own, so it costs nothing until the first call.

use super::error::OrThrow;
use crate::Result;
use crate::lease::Wait;
use crate::lock::WriterLock;
use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Runs `work` on a thread. It does not keep the process alive.
pub fn spawn(work: impl FnOnce() + Send + 'static) -> napi::Result<()> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let built = Builder::new_current_thread().build()?;
            RUNTIME.get_or_init(|| built)
        }
    };
    runtime.spawn_blocking(work);
    Ok(())
}

/// Runs `work` on a thread and then `finish` on JavaScript's own, and settles the promise with what that returns.
pub fn run<'env, T: Send + 'static, Answer: ToNapiValue + 'static>(
    env: &'env Env,
    work: impl FnOnce() -> Result<T> + Send + 'static,
    finish: impl FnOnce(Result<T>) -> Result<Answer> + Send + 'static,
) -> napi::Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    spawn(move || {
        let result = work();
        deferred.resolve(move |env| finish(result).or_throw(env));
    })?;
    Ok(promise)
}

/// Waits for the writer lock on a thread, unless one does so already. `granted` is called when the lock is there to be
/// taken up, or when trying again will say what is wrong.
pub fn wait_for_lock(
    lock: Arc<WriterLock>,
    granted: impl Fn() + Send + 'static,
) -> napi::Result<()> {
    if !lock.begin_wait() {
        return Ok(());
    }
    spawn(move || {
        if lock.wait(&granted).is_err() {
            granted();
        }
    })
}

/// How many leases are waited for on a thread each; one more thread asks for all others by turns.
const MOST_WAITING_THREADS: usize = 64;
const POLL_INTERVAL: Duration = Duration::from_millis(5);

type Granted = Box<dyn Fn() + Send>;

/// Waits for a lease.
pub fn wait_for_lease(wait: Arc<Wait>, granted: impl Fn() + Send + 'static) -> napi::Result<()> {
    static WAITING: AtomicUsize = AtomicUsize::new(0);
    if WAITING.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING_THREADS {
        WAITING.fetch_sub(1, Ordering::Relaxed);
        return poll(wait, Box::new(granted));
    }
    spawn(move || {
        let waited = wait.run(&granted);
        WAITING.fetch_sub(1, Ordering::Relaxed);
        if waited.is_err() {
            granted();
        }
    })
}

/// Leaves a wait to the thread that polls.
fn poll(wait: Arc<Wait>, granted: Granted) -> napi::Result<()> {
    static POLLED: Mutex<Vec<(Arc<Wait>, Granted)>> = Mutex::new(Vec::new());
    let polled = || POLLED.lock().unwrap_or_else(PoisonError::into_inner);
    let first = polled().is_empty();
    polled().push((wait, granted));
    if !first {
        return Ok(());
    }
    spawn(move || {
        loop {
            std::thread::sleep(POLL_INTERVAL);
            // Taken out while they are asked, so that adding one need not wait for that.
            let mut waits = std::mem::take(&mut *polled());
            waits.retain(|(wait, granted)| match wait.poll(granted) {
                Ok(over) => !over,
                Err(_) => {
                    granted();
                    false
                }
            });
            let mut polled = polled();
            polled.append(&mut waits);
            if polled.is_empty() {
                return;
            }
        }
    })
}
