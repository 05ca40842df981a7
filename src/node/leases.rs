//! The leases of the class: locks on single keys. Keys are JSON text; all but `_letGo`, `_abandonWait` and `_holder` need a
//! turn.

use super::PersistLock;
use super::error::OrThrow;
use super::thread;
use crate::Result;
use crate::disk::LockMode;
use crate::lease::{Name, Owner, Wait};
use crate::lock::file::holder;
use crate::store::{COUNTER_OFFSET, Store};
use napi::Env;
use napi_derive::napi;
use std::sync::Arc;

/// What the listener is told, in place of a key, when the wait of a `clear` is over. No JSON text is alike.
const ALL: &str = "all";

fn name_of(key: &str) -> Name {
    match key {
        ALL => Name::all(),
        _ => Name::of(key.as_bytes()),
    }
}

fn mode_of(shared: bool) -> LockMode {
    match shared {
        true => LockMode::Shared,
        false => LockMode::Exclusive,
    }
}

#[napi]
impl PersistLock {
    /// True if anybody may have a lease or wait for one: otherwise no key needs to be taken before it is used.
    #[napi(js_name = "_anyLeases", catch_unwind)]
    pub fn any_leases(&self, env: Env) -> napi::Result<bool> {
        self.in_turn(env, |turn| Ok(turn.leases()?.any()))
    }

    /// Takes a key for the turn; `false` if another has it: then `_waitForKey`. A view inside a view of the key is
    /// `nested`, and does not wait behind those who wait for the view around it.
    #[napi(js_name = "_takeKey", catch_unwind)]
    pub fn take_key(
        &self,
        env: Env,
        key: String,
        shared: bool,
        nested: bool,
    ) -> napi::Result<bool> {
        self.in_turn(env, |turn| {
            let mut leases = turn.leases()?;
            leases.take(&name_of(&key), mode_of(shared), nested)
        })
    }

    /// Takes every key for the turn; if another has one, waits for that one, and calls the listener with `all`.
    #[napi(js_name = "_takeAllOrWait", catch_unwind)]
    pub fn take_all_or_wait(&self, env: Env) -> napi::Result<bool> {
        let (free, wait) = self.in_turn(env, |turn| {
            let mut leases = turn.leases()?;
            match leases.take_all()? {
                None => Ok((true, None)),
                Some(busy) => Ok((false, leases.wait_for_all(&busy)?)),
            }
        })?;
        self.wait(env, wait, ALL)?;
        Ok(free)
    }

    /// True if new leases may be given. If not, since a `clear` waits, calls the listener with `all` when they may.
    #[napi(js_name = "_mayLeaseOrWait", catch_unwind)]
    pub fn may_lease_or_wait(&self, env: Env) -> napi::Result<bool> {
        let (free, wait) = self.in_turn(env, |turn| {
            let mut leases = turn.leases()?;
            match leases.may_be_given()? {
                true => Ok((true, None)),
                false => Ok((false, leases.wait(&Name::all(), LockMode::Shared)?)),
            }
        })?;
        self.wait(env, wait, ALL)?;
        Ok(free)
    }

    /// Waits for a key on a thread, and then calls the listener with it.
    #[napi(js_name = "_waitForKey", catch_unwind)]
    pub fn wait_for_key(&self, env: Env, key: String, shared: bool) -> napi::Result<()> {
        let wait = self.in_turn(env, |turn| {
            turn.leases()?.wait(&name_of(&key), mode_of(shared))
        })?;
        self.wait(env, wait, &key)
    }

    /// Tells that nobody waits for a key, or `all`, any more.
    #[napi(js_name = "_abandonWait", catch_unwind)]
    pub fn abandon_wait(&self, env: Env, key: String) -> napi::Result<()> {
        self.with(env, |store| store.leases()?.abandon(&name_of(&key)))
    }

    /// Keeps keys beyond the turn, all or none, for a callback that has a number of its own.
    #[napi(js_name = "_leaseKeys", catch_unwind)]
    pub fn lease_keys(
        &self,
        env: Env,
        keys: Vec<String>,
        shared: bool,
        owner: f64,
    ) -> napi::Result<()> {
        let names: Vec<Name> = keys.iter().map(|key| name_of(key)).collect();
        self.in_turn(env, |turn| {
            let mut leases = turn.leases()?;
            leases.lease(&names, mode_of(shared), owner as Owner, &holder())
        })
    }

    /// Ends a callback's lease, in the turn that has committed what came of it. Does nothing if it has none.
    #[napi(js_name = "_endLease", catch_unwind)]
    pub fn end_lease(&self, env: Env, key: String, owner: f64) -> napi::Result<()> {
        self.in_turn(env, |turn| {
            turn.leases()?.end(&name_of(&key), owner as Owner)
        })
    }

    /// Ends a callback's lease that leaves nothing to commit, at once. Does nothing if it has none.
    #[napi(js_name = "_letGo", catch_unwind)]
    pub fn let_go(&self, env: Env, key: String, owner: f64) -> napi::Result<()> {
        self.with(env, |store| store.let_go(&name_of(&key), owner as Owner))
    }

    /// Who has a key, or, with `null`, who had the writer lock last: `{"pid":…,"since":…}` as far as it is known.
    #[napi(js_name = "_holder", catch_unwind)]
    pub fn holder_of(&self, env: Env, key: Option<String>) -> napi::Result<Option<String>> {
        self.with(env, |store| match key {
            Some(key) => Ok(store.leases()?.holder(&name_of(&key))),
            None => last_writer(store).map(Some),
        })
    }

    /// The store's folder: the same for all instances that have it open, whatever symbolic links lead there.
    #[napi(js_name = "_folder", catch_unwind)]
    pub fn folder(&self, env: Env) -> napi::Result<String> {
        self.with(env, |store| Ok(store.real_folder().display().to_string()))
    }

    /// Begins a wait. If that fails, nothing is left of it.
    fn wait(&self, env: Env, wait: Option<Arc<Wait>>, what: &str) -> napi::Result<()> {
        let Some(wait) = wait else { return Ok(()) };
        let joined = thread::join(wait, self.granted(what.to_string()), &self.dir);
        if joined.is_err() {
            self.with(env, |store| store.leases()?.forget(&name_of(what)))?;
        }
        joined.or_throw(env)
    }
}

fn last_writer(store: &Store) -> Result<String> {
    // Behind it lies the counter of news, which is no text.
    let mut text = vec![0; COUNTER_OFFSET as usize];
    let read = store.lock()?.file().read_at(0, &mut text)?;
    text.truncate(read);
    Ok(String::from_utf8_lossy(&text).into_owned())
}
