//! The syncs of the class: on a thread with a promise, or on the calling thread.

use super::error::OrThrow;
use super::pool::SHORT_WORK;
use super::{PersistLock, State, lock, thread};
use crate::Result;
use crate::panics::caught;
use crate::store::PendingSync;
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use std::sync::Mutex;

#[napi]
impl PersistLock {
    /// Makes all commits durable that were written or seen; `null` if they are known to be.
    #[napi(catch_unwind)]
    pub fn sync_commits<'env>(&self, env: &'env Env) -> napi::Result<Option<Object<'env>>> {
        let Some(sync) = self.with(*env, |store| Ok(store.pending_sync()))? else {
            return Ok(None);
        };
        let state = self.state.clone();
        let run = move || Ok((sync.run(), sync));
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
        let Some(sync) = self.with(env, |store| Ok(store.pending_sync()))? else {
            return Ok(false);
        };
        // Without the state's mutex, which the threads of this instance need meanwhile.
        let result = caught(|| sync.run());
        record(&self.state, &sync, &result);
        result.map(|()| true).or_throw(env)
    }
}

fn record(state: &Mutex<State>, sync: &PendingSync, result: &Result<()>) {
    if let State::Open(store) = &mut *lock(state) {
        store.synced(sync, result);
    }
}
