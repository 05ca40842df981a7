//! The bindings: the napi-rs class `PersistLock`, which `index.js` extends.
//!
//! Turns calls, texts and errors of the one side into those of the other; decides nothing. Items cross as JSON text, in
//! few calls. Methods for `index.js` alone begin with an underscore, so that no class that extends it takes their names.
//! What may wait or sync runs on a thread and answers with a promise; the rest is quick and answers at once.

mod error;
mod listing;
mod thread;

use crate::disk::RealDisk;
use crate::record::{Content, Item};
use crate::store::{Options, Store};
use crate::{Error, Result};
use error::{OrThrow, text};
use listing::Listing;
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What an instance has of its store.
#[derive(Debug)]
enum State {
    Unopened,
    Open(Box<Store>),
    Closed,
}

impl State {
    fn store(&mut self) -> Result<&mut Store> {
        match self {
            State::Open(store) => Ok(store),
            State::Unopened => Err(Error::Moved),
            State::Closed => Err(Error::Closed),
        }
    }
}

/// One store, as one instance of the JavaScript class has it.
#[napi]
pub struct PersistLock {
    dir: PathBuf,
    options: Options,
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[napi]
impl PersistLock {
    /// Touches nothing yet.
    #[napi(constructor)]
    pub fn new(dir: String, mode: u32) -> Self {
        PersistLock {
            dir: dir.into(),
            options: Options { mode },
            state: Arc::new(Mutex::new(State::Unopened)),
        }
    }

    /// Opens the store, or opens it anew after `ERR_PERSIST_LOCK_MOVED` or a failed sync.
    #[napi(js_name = "_openStore")]
    pub fn open_store<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let state = self.state.clone();
        let dir = self.dir.clone();
        let options = self.options;
        let opened = move || Store::open(Arc::new(RealDisk), &dir, options);
        thread::run(env, opened, move |store| {
            let mut state = lock(&state);
            match (&*state, store) {
                (State::Closed, Ok(_)) => Err(Error::Closed),
                (_, Ok(store)) => {
                    *state = State::Open(Box::new(store));
                    Ok(())
                }
                (_, Err(error)) => Err(error),
            }
        })
    }

    /// Begins a writer turn; `false` if another has the lock: then `waitForTurn`, and try again.
    #[napi(js_name = "_beginTurn")]
    pub fn begin_turn(&self, env: Env) -> napi::Result<bool> {
        self.with(env, Store::begin_turn)
    }

    /// Resolves when a turn may be had, for a moment; at once if that is being waited for already.
    #[napi(js_name = "_waitForTurn")]
    pub fn wait_for_turn<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let lock = self.with(*env, |store| Ok(store.lock().clone()))?;
        thread::wait_for(env, lock)
    }

    /// Commits item lines in the turn; with `clear`, after removing all that was there.
    #[napi(js_name = "_commit")]
    pub fn commit(&self, env: Env, lines: String, clear: bool) -> napi::Result<()> {
        self.with(env, |store| store.commit(lines.into_bytes(), clear))
    }

    /// Ends the turn.
    #[napi(js_name = "_endTurn")]
    pub fn end_turn(&self, env: Env) -> napi::Result<()> {
        self.with(env, Store::end_turn)
    }

    /// Makes all commits durable that were written or seen; `null` if they are known to be.
    #[napi(js_name = "_syncCommits")]
    pub fn sync_commits<'env>(&self, env: &'env Env) -> napi::Result<Option<Object<'env>>> {
        let Some(sync) = self.with(*env, |store| Ok(store.pending_sync()))? else {
            return Ok(None);
        };
        let state = self.state.clone();
        let run = move || Ok((sync.run(), sync));
        thread::run(env, run, move |outcome| {
            let (result, sync) = outcome?;
            if let State::Open(store) = &mut *lock(&state) {
                store.synced(&sync, &result);
            }
            result
        })
        .map(Some)
    }

    /// The JSON text of a key's value. `key` is JSON text, `now` in milliseconds since 1970.
    #[napi(js_name = "_readValue")]
    pub fn read_value(&self, env: Env, key: String, now: f64) -> napi::Result<Option<String>> {
        self.with(env, |store| {
            let Some(line) = store.read(key.as_bytes(), now as u64)? else {
                return Ok(None);
            };
            match Item::parse(&line).map(|item| item.content) {
                Some(Content::Value { json, .. }) => Ok(Some(text(json))),
                _ => Ok(None),
            }
        })
    }

    /// The item line of a key.
    #[napi(js_name = "_readLine")]
    pub fn read_line(&self, env: Env, key: String, now: f64) -> napi::Result<Option<String>> {
        self.with(env, |store| {
            let line = store.read(key.as_bytes(), now as u64)?;
            Ok(line.map(|line| text(&line)))
        })
    }

    /// Whether a key is there.
    #[napi(js_name = "_hasKey")]
    pub fn has_key(&self, env: Env, key: String, now: f64) -> napi::Result<bool> {
        self.with(env, |store| store.has(key.as_bytes(), now as u64))
    }

    /// How many items are there.
    #[napi(js_name = "_countItems")]
    pub fn count_items(&self, env: Env, now: f64) -> napi::Result<u32> {
        self.with(env, |store| {
            store.count(now as u64).map(|count| count as u32)
        })
    }

    /// The items that are there, as they are now. `prefix` is the JSON text of a string without its closing quote.
    #[napi(js_name = "_listItems")]
    pub fn list_items(&self, env: Env, now: f64, prefix: String) -> napi::Result<Listing> {
        self.with(env, |store| store.snapshot(now as u64))
            .map(|snapshot| Listing::new(snapshot, prefix))
    }

    /// The items that have expired and are still kept.
    #[napi(js_name = "_listExpired")]
    pub fn list_expired(&self, env: Env, now: f64) -> napi::Result<Listing> {
        self.with(env, |store| store.expired(now as u64))
            .map(|snapshot| Listing::new(snapshot, String::new()))
    }

    /// Closes the store. If the lock is free, it leaves word of what is on disk, so that the next to open the store
    /// knows more; that is no more than a help.
    #[napi(js_name = "_closeStore")]
    pub fn close_store(&self) {
        let mut state = lock(&self.state);
        if let State::Open(store) = &mut *state {
            if let Ok(true) = store.begin_turn() {
                let _ = store.claim();
            }
            let _ = store.end_turn();
        }
        *state = State::Closed;
    }

    fn with<T>(&self, env: Env, call: impl FnOnce(&mut Store) -> Result<T>) -> napi::Result<T> {
        lock(&self.state).store().and_then(call).or_throw(env)
    }
}
