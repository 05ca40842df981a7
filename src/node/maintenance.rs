//! Maintenance of a store's file: compaction and backups, and the work of the command line.
//!
//! All of it runs on a thread and answers with a promise; reports are objects (`reports`).

// A build for tests registers no functions with Node.
#![cfg_attr(test, allow(dead_code))]

use super::leases::SeenLock;
use super::opening::LONGEST_WAIT;
use super::pool::LONG_WORK;
use super::reports::{Repaired, Stat, Verified};
use super::{PersistLock, State, limit, lock, thread};
use crate::disk::{Disk, RealDisk};
use crate::store::{self, DOUBTED_FOR, Options};
use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};
use napi_derive::napi;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The progress of long work, which can be read while the work runs.
#[napi]
#[derive(Default)]
pub struct Progress {
    inner: Arc<store::Progress>,
}

#[napi]
impl Progress {
    /// Makes the progress of work that has not begun.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of bytes done.
    #[napi(getter, catch_unwind)]
    pub fn done(&self) -> f64 {
        self.inner.done() as f64
    }

    /// Returns the number of bytes to do; 0 while it is not known.
    #[napi(getter, catch_unwind)]
    pub fn total(&self) -> f64 {
        self.inner.total() as f64
    }
}

#[napi]
impl PersistLock {
    /// Compacts the data file. Resolves with `false` if another instance does so already, and
    /// `wait` is false.
    #[napi(catch_unwind)]
    pub fn compact<'env>(&self, env: &'env Env, wait: bool) -> napi::Result<Object<'env>> {
        let (dir, options) = (self.dir.clone(), self.options);
        let running = self.compactions.begin();
        let state = self.state.clone();
        let source = move || match &mut *lock(&state) {
            State::Open(store) => store.compaction_source(),
            _ => None,
        };
        let work = move || {
            let _running = running;
            let progress = Default::default();
            store::compact_beside(&disk(), &dir, options, wait, &progress, &source)
        };
        thread::run(env, &LONG_WORK, &self.dir, work, |done| done)
    }

    /// Blocks the calling thread until this instance's compactions and backups have ended, whose
    /// promises settle later, or for a while. Returns `true` if they have ended. Between two calls a
    /// worker thread can be terminated.
    #[napi(catch_unwind)]
    pub fn wait_for_long_work(&self) -> bool {
        self.compactions.wait(LONGEST_WAIT) && self.backups.wait(LONGEST_WAIT)
    }

    /// True while a thread compacts for this instance.
    pub(super) fn is_compacting(&self) -> bool {
        self.compactions.any()
    }

    /// Writes the present items to a file.
    #[napi(catch_unwind)]
    pub fn backup<'env>(&self, env: &'env Env, file: String) -> napi::Result<Object<'env>> {
        let backup = self.with(*env, |store| Ok(store.backup()))?;
        let running = self.backups.begin();
        let work = move || {
            let _running = running;
            backup.write(&PathBuf::from(file), &Default::default())
        };
        thread::run(env, &LONG_WORK, &self.dir, work, |done| done)
    }
}

/// Checks the data file of a folder's store, or a file on its own.
#[napi(catch_unwind, ts_return_type = "Promise<Verified>")]
pub fn verify_store<'env>(
    env: &'env Env,
    dir: String,
    progress: &Progress,
) -> napi::Result<Object<'env>> {
    let progress = progress.inner.clone();
    report(env, dir.into(), move |dir| {
        store::verify(&RealDisk, dir, DOUBTED_FOR, &progress).map(Verified::from)
    })
}

/// Keeps all that is intact in a damaged store. `lock_timeout` is in milliseconds, or infinite.
#[napi(catch_unwind, ts_return_type = "Promise<Repaired>")]
pub fn repair_store<'env>(
    env: &'env Env,
    dir: String,
    lock_timeout: f64,
    progress: &Progress,
) -> napi::Result<Object<'env>> {
    let progress = progress.inner.clone();
    let options = options(lock_timeout);
    report(env, dir.into(), move |dir| {
        store::repair(&disk(), dir, options, &progress).map(Repaired::from)
    })
}

/// Compacts the data file of a folder's store, and tells what is in it then. `lock_timeout` is in
/// milliseconds, or infinite.
#[napi(catch_unwind, ts_return_type = "Promise<Stat>")]
pub fn compact_store<'env>(
    env: &'env Env,
    dir: String,
    lock_timeout: f64,
    progress: &Progress,
) -> napi::Result<Object<'env>> {
    let progress = progress.inner.clone();
    let options = options(lock_timeout);
    report(env, dir.into(), move |dir| {
        store::compact(&disk(), dir, options, true, &progress)?;
        store::stat(disk(), dir, now()).map(Stat::from)
    })
}

/// Lists the locks of a folder's store. A file on its own has none.
#[napi(catch_unwind, ts_return_type = "Promise<SeenLock[]>")]
pub fn store_locks<'env>(env: &'env Env, dir: String) -> napi::Result<Object<'env>> {
    report(env, dir.into(), move |dir| {
        store::locks(&RealDisk, dir).map(SeenLock::list)
    })
}

/// Tells how much is in a folder's store, or in a file on its own.
#[napi(catch_unwind, ts_return_type = "Promise<Stat>")]
pub fn stat_store<'env>(env: &'env Env, dir: String) -> napi::Result<Object<'env>> {
    report(env, dir.into(), move |dir| {
        store::stat(disk(), dir, now()).map(Stat::from)
    })
}

/// Tells the path of the current data file of a folder's store, or of the file that a new store
/// would begin with.
#[napi(catch_unwind)]
pub fn current_data_file(dir: String) -> String {
    let path = store::current_data_file(&RealDisk, Path::new(&dir));
    path.to_string_lossy().into_owned()
}

/// Runs work on a folder or file, on a thread, that ends in a report.
fn report<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    path: PathBuf,
    work: impl FnOnce(&Path) -> crate::Result<T> + Send + 'static,
) -> napi::Result<Object<'env>> {
    let worked_on = path.clone();
    let work = move || work(&worked_on);
    thread::run(env, &LONG_WORK, &path, work, |report| report)
}

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk)
}

fn options(lock_timeout: f64) -> Options {
    Options {
        lock_timeout: limit(lock_timeout),
        ..Options::default()
    }
}

/// Returns the time in milliseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}
