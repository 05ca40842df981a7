//! Opening the store of an instance. An opening that must wait for the writer lock does so without
//! a thread of its own, and ends when the instance is closed.

use super::attendant::Place;
use super::pool::{LONG_WORK, SHORT_WORK};
use super::thread::{no_thread, promise};
use super::{PersistLock, State, drop_elsewhere, lock};
use crate::disk::{Disk, RealDisk};
use crate::panics::caught;
use crate::store::{self, Opening, Options, Store};
use crate::{Error, Result};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The first and the longest interval at which the lock is tried.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(32));

#[napi]
impl PersistLock {
    /// Opens the store, or reopens it after `ERR_PERSIST_LOCK_MOVED`. With `renew`, after
    /// `ERR_PERSIST_LOCK_DISOWNED`, first moves it to a new file; until then, and if that fails,
    /// the open store keeps serving reads. Resolves with the store's folder: the same for all
    /// instances that have it open, whatever symbolic links lead there.
    #[napi(catch_unwind)]
    pub fn open_store<'env>(&self, env: &'env Env, renew: bool) -> napi::Result<Object<'env>> {
        let state = self.state.clone();
        let disowned = match &*lock(&state) {
            State::Open(store) if renew => store.disowned_generation(),
            _ => None,
        };
        let (settle, promise) = promise(env, move |store| adopt(&mut lock(&state), store))?;
        let opening = Opening::new(Arc::new(RealDisk), &self.dir, self.options);
        attempt(Attempt {
            opening,
            disowned,
            options: self.options,
            dir: self.dir.clone(),
            begun: Instant::now(),
            is_given_up: self.opening_is_given_up.clone(),
            settle: Box::new(settle),
        });
        Ok(promise)
    }

    /// Ends the wait of an opening for the writer lock.
    #[napi(catch_unwind)]
    pub fn give_up_opening(&self) {
        self.opening_is_given_up.store(true, Ordering::Relaxed);
    }
}

/// Replaces the instance's store by one that was opened, and returns its folder. The old store may
/// know why there is none.
fn adopt(state: &mut State, opened: Result<Store>) -> Result<String> {
    let store = match (&mut *state, opened) {
        (State::Open(before), Err(error)) => return Err(before.explain(error)),
        (_, Err(error)) => return Err(error),
        (State::Closed, Ok(_)) => return Err(Error::Closed),
        (State::Open(before), Ok(mut store)) => {
            store.inherit(before);
            drop_elsewhere(before.take_index());
            store
        }
        (State::Unopened, Ok(store)) => store,
    };
    let folder = store.real_folder().display().to_string();
    *state = State::Open(Box::new(store));
    Ok(folder)
}

struct Attempt {
    opening: Opening,
    dir: PathBuf,
    options: Options,
    /// The generation from which the store must be moved first.
    disowned: Option<u64>,
    begun: Instant,
    is_given_up: Arc<AtomicBool>,
    settle: Box<dyn FnOnce(Result<Store>) + Send>,
}

/// Tries to open the store, on a thread. Moving it first is long work.
fn attempt(mut attempt: Attempt) {
    let pool = match attempt.disowned {
        Some(_) => &LONG_WORK,
        None => &SHORT_WORK,
    };
    pool.run(Box::new(move |started| {
        let started = started.map_err(no_thread(&attempt.dir));
        match started.and_then(|()| caught(|| attempt.run())) {
            Err(Error::Locked) => wait(attempt),
            opened => (attempt.settle)(opened),
        }
    }));
}

impl Attempt {
    fn run(&mut self) -> Result<Store> {
        if let Some(number) = self.disowned {
            let disk: Arc<dyn Disk> = Arc::new(RealDisk);
            store::renew(&disk, &self.dir, self.options, number)?;
            self.disowned = None;
        }
        self.opening.attempt()
    }
}

/// Waits for the writer lock, and then tries again.
fn wait(mut waiting: Attempt) {
    match Place::take() {
        Err(error) => {
            let error = no_thread(&waiting.dir)(error);
            (waiting.settle)(Err(error));
        }
        Ok(place) => place.attend(async move {
            match until_locked(&mut waiting).await {
                Ok(()) => attempt(waiting),
                Err(error) => (waiting.settle)(Err(error)),
            }
        }),
    }
}

/// Waits until the lock is taken. Borrows exclusively, since threads must not share the function
/// that settles the promise.
async fn until_locked(waiting: &mut Attempt) -> Result<()> {
    let (mut interval, longest) = INTERVALS;
    // A panic would drop the function that settles the promise.
    while !caught(|| waiting.opening.try_lock())? {
        if waiting.is_given_up.load(Ordering::Relaxed) {
            return Err(Error::Closed);
        }
        if waiting
            .options
            .lock_timeout
            .is_some_and(|limit| waiting.begun.elapsed() >= limit)
        {
            return Err(waiting.opening.timeout());
        }
        sleep(interval).await;
        interval = (interval * 2).min(longest);
    }
    Ok(())
}
