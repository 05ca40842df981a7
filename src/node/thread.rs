//! Work on threads, answered with a promise; and waits for locks.

use super::attendant;
use super::error::OrThrow;
use super::pool::{Pool, WAITS};
use crate::lock::WriterLock;
use crate::panics::caught;
use crate::waits::{self, Granted, Service, Waiter};
use crate::{Error, Result};
use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Makes the error of work on a store for which no thread could be started.
pub fn no_thread(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_path_buf();
    move |source| Error::NoThread {
        path,
        source: Arc::new(source),
    }
}

/// Runs `work` on a thread and then `finish` on the thread of JavaScript, and settles the promise
/// with its answer. Calls `finish` with an error if there is no thread for the work.
pub fn run<'env, T: Send + 'static, Answer: ToNapiValue + 'static>(
    env: &'env Env,
    pool: &'static Pool,
    path: &Path,
    work: impl FnOnce() -> Result<T> + Send + 'static,
    finish: impl FnOnce(Result<T>) -> Result<Answer> + Send + 'static,
) -> napi::Result<Object<'env>> {
    let (settle, promise) = promise(env, finish)?;
    let failed = no_thread(path);
    pool.run(Box::new(move |started| {
        settle(started.map_err(failed).and_then(|()| caught(work)));
    }));
    Ok(promise)
}

/// Makes a promise, and the function that settles it from any thread: with the answer of `finish`,
/// which runs on the thread of JavaScript.
#[allow(clippy::type_complexity)]
pub fn promise<'env, T: Send + 'static, Answer: ToNapiValue + 'static>(
    env: &'env Env,
    finish: impl FnOnce(Result<T>) -> Result<Answer> + Send + 'static,
) -> napi::Result<(impl FnOnce(Result<T>) + Send + 'static, Object<'env>)> {
    let (deferred, promise) = env.create_deferred()?;
    let settle = move |result| {
        deferred.resolve(move |env| caught(|| finish(result)).or_throw(env));
    };
    Ok((settle, promise))
}

/// Begins to wait for the writer lock, unless a wait is under way. `granted` is called when the
/// lock is offered, or when another attempt will meet an error. A wait that cannot begin leaves
/// nothing.
pub fn wait_for_lock(lock: &Arc<WriterLock>, granted: Granted) -> Result<()> {
    if !lock.begin_wait() {
        return Ok(());
    }
    let joined = join(lock.clone(), granted, lock.file().path());
    if joined.is_err() {
        lock.abandon_wait()?;
    }
    joined
}

/// Joins the line for a lock.
pub fn join(waiter: Arc<dyn Waiter>, granted: Granted, path: &Path) -> Result<()> {
    let start = |service: Service| WAITS.start(move || service.run());
    let joined = waits::join(waiter, granted, start).and_then(|has_thread| {
        let watched = match waits::attention() {
            Some(_) => attendant::watch(!has_thread),
            None => Ok(()),
        };
        // A wait with a thread only comes later to a lock that a stopped process keeps from it.
        if has_thread { Ok(()) } else { watched }
    });
    joined.map_err(no_thread(path))
}
