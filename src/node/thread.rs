//! Work that may block, on threads of tokio's blocking pool, answered with a promise.
//!
//! The runtime is ours and is never dropped: dropping one joins its threads, and a thread may be waiting for the lock of
//! a process that is stopped. It has no workers of its own, so it costs nothing until the first call.

use super::error::OrThrow;
use crate::Result;
use crate::lock::WriterLock;
use napi::Env;
use napi::bindgen_prelude::Object;
use std::sync::{Arc, OnceLock};
use tokio::runtime::{Builder, Runtime};

fn spawn(work: impl FnOnce() + Send + 'static) -> napi::Result<()> {
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
pub fn run<'env, T: Send + 'static>(
    env: &'env Env,
    work: impl FnOnce() -> Result<T> + Send + 'static,
    finish: impl FnOnce(Result<T>) -> Result<()> + Send + 'static,
) -> napi::Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    spawn(move || {
        let result = work();
        deferred.resolve(move |env| finish(result).or_throw(env));
    })?;
    Ok(promise)
}

/// Waits for the writer lock on a thread. The promise resolves when it is granted; whoever does not take it up then
/// tries again.
pub fn wait_for(env: &Env, lock: Arc<WriterLock>) -> napi::Result<Object<'_>> {
    let (deferred, promise) = env.create_deferred()?;
    let mut deferred = Some(deferred);
    let mut settle = move |result: Result<()>| {
        if let Some(deferred) = deferred.take() {
            deferred.resolve(move |env| result.or_throw(env));
        }
    };
    if !lock.begin_wait() {
        settle(Ok(()));
        return Ok(promise);
    }
    spawn(move || {
        let waited = lock.wait(|| settle(Ok(())));
        if waited.is_err() {
            settle(waited);
        }
    })?;
    Ok(promise)
}
