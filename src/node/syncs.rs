//! The syncs of the class: on a thread with a promise, or on the calling thread.

use super::awake;
use super::error::OrThrow;
use super::pool::SHORT_WORK;
use super::{PersistLock, State, lock, thread};
use crate::Result;
use crate::panics::caught;
use crate::store::{PendingSync, Store};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The time for which a sync without a descriptor tries again, and the pause between two attempts.
const TRIES_FOR: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);

#[napi]
impl PersistLock {
    /// Makes all commits durable that were written or seen; `null` if they are known to be.
    #[napi(catch_unwind)]
    pub fn sync_commits<'env>(&self, env: &'env Env) -> napi::Result<Option<Object<'env>>> {
        let Some(sync) = self.with(*env, |store| self.sync_of(store))? else {
            return Ok(None);
        };
        let state = self.state.clone();
        let run = move || Ok((run(&sync), sync));
        thread::run(env, &SHORT_WORK, &self.dir, run, move |outcome| {
            let (result, sync) = outcome?;
            record(&state, &sync, &result);
            result
        })
        .map(Some)
    }

    /// Does the same on the calling thread. Returns `false` if there was nothing to sync.
    #[napi(catch_unwind)]
    pub fn sync_now(&self, env: Env) -> napi::Result<bool> {
        let Some(sync) = self.with(env, |store| self.sync_of(store))? else {
            return Ok(false);
        };
        // Without the state's mutex, which the threads of this instance need meanwhile.
        let result = caught(|| run(&sync));
        record(&self.state, &sync, &result);
        result.map(|()| true).or_throw(env)
    }
}

impl PersistLock {
    /// Makes the sync that calls wait for, or that is made in the background.
    fn sync_of(&self, store: &mut Store) -> Result<Option<PendingSync>> {
        match self.syncs_each_commit {
            true => store.pending_sync_of_calls(),
            false => Ok(store.pending_sync()),
        }
    }
}

/// Runs a sync, which needs a descriptor for each folder that it syncs. If there is none, stores that
/// are not in use rest, and it tries again for a while: a failed sync costs the store a new file.
fn run(sync: &PendingSync) -> Result<()> {
    let begun = Instant::now();
    loop {
        match sync.run() {
            Err(error) if error.is_of_descriptors() && begun.elapsed() < TRIES_FOR => {
                awake::rest_all();
                sleep(PAUSE);
            }
            result => return result,
        }
    }
}

fn record(state: &Mutex<State>, sync: &PendingSync, result: &Result<()>) {
    if let State::Open(store) = &mut *lock(state) {
        store.synced(sync, result);
    }
}
