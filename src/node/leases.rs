//! The leases of the class: locks on single keys. Keys are JSON text.
//!
//! Most of it needs a turn, and throws outside one (I7); only `letGo`, `abandonWait` and the
//! questions for holders do not.

use super::error::OrThrow;
use super::pool::SHORT_WORK;
use super::thread;
use super::wake_ups::WaitedLock;
use super::{PersistLock, State, lock};
use crate::Result;
use crate::disk::LockMode;
use crate::lease::{Name, Owner, Seen, Subject, Wait, look};
use crate::lock::{file, holder};
use crate::panics::caught;
use crate::store::Store;
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use std::sync::Arc;

/// The holder of a lock, as it has written of itself.
#[napi(object, object_from_js = false)]
pub struct Holder {
    /// The number of its process, as that process sees itself.
    pub pid: u32,
    /// The time since which it has had the lock, in milliseconds since 1970.
    pub since: f64,
    /// The name of its machine, if that is not this one's.
    pub host: Option<String>,
}

impl From<&holder::Holder> for Holder {
    fn from(holder: &holder::Holder) -> Self {
        Holder {
            pid: holder.pid,
            since: holder.since as f64,
            host: holder.host.clone(),
        }
    }
}

/// A lock that a process has, or waits for.
#[napi(object, object_from_js = false)]
pub struct SeenLock {
    /// The thing that is locked.
    #[napi(ts_type = "'key' | 'all' | 'turn'")]
    pub subject: &'static str,
    /// The JSON text of the key, if it is known.
    pub key: Option<String>,
    /// True if views share it.
    pub shared: bool,
    /// True if the process waits.
    pub waiting: bool,
    /// The number of the process.
    pub pid: u32,
    /// The time since which it has had the lock or has waited, in milliseconds since 1970, if that
    /// is known.
    pub since: Option<f64>,
    /// The name of its machine, if that is not this one's.
    pub host: Option<String>,
}

impl SeenLock {
    /// Makes the objects of several locks.
    pub fn list(seen: Vec<Seen>) -> Vec<Self> {
        seen.into_iter().map(Self::from).collect()
    }
}

impl From<Seen> for SeenLock {
    fn from(seen: Seen) -> Self {
        SeenLock {
            subject: match seen.subject {
                Subject::Key => "key",
                Subject::AllKeys => "all",
                Subject::Turn => "turn",
            },
            key: seen.key,
            shared: seen.mode == LockMode::Shared,
            waiting: seen.is_waiting,
            pid: seen.pid,
            since: seen.since.map(|since| since as f64),
            host: seen.host,
        }
    }
}

fn name_of(key: &str) -> Name {
    Name::of(key)
}

fn mode_of(shared: bool) -> LockMode {
    match shared {
        true => LockMode::Shared,
        false => LockMode::Exclusive,
    }
}

#[napi]
impl PersistLock {
    /// Takes a key for the turn; `false` if another has it: then `waitForKey`. A view inside a view
    /// of the key is `nested`, and does not queue after those who wait for the view around it.
    #[napi(catch_unwind)]
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

    /// Takes every key for the turn. If another has one, answers `false`, waits for that one, and
    /// then adds a wake-up.
    #[napi(catch_unwind)]
    pub fn take_all_or_wait(&self, env: Env) -> napi::Result<bool> {
        let (free, wait) = self.in_turn(env, |turn| {
            let mut leases = turn.leases()?;
            match leases.take_all()? {
                None => Ok((true, None)),
                Some(busy) => Ok((false, leases.wait_for_all(&busy)?)),
            }
        })?;
        self.wait(env, wait, None)?;
        Ok(free)
    }

    /// Tells if new leases may be given. While a `clear` waits they may not: then waits, and adds
    /// a wake-up when they may.
    #[napi(catch_unwind)]
    pub fn may_lease_or_wait(&self, env: Env) -> napi::Result<bool> {
        let (free, wait) = self.in_turn(env, |turn| {
            let mut leases = turn.leases()?;
            match leases.may_be_given()? {
                true => Ok((true, None)),
                false => Ok((false, leases.wait(&Name::all(), LockMode::Shared)?)),
            }
        })?;
        self.wait(env, wait, None)?;
        Ok(free)
    }

    /// Waits for a key on a thread, and then adds a wake-up.
    #[napi(catch_unwind)]
    pub fn wait_for_key(&self, env: Env, key: String, shared: bool) -> napi::Result<()> {
        let wait = self.in_turn(env, |turn| {
            turn.leases()?.wait(&name_of(&key), mode_of(shared))
        })?;
        self.wait(env, wait, Some(key))
    }

    /// Tells that nobody waits for a key any more.
    #[napi(catch_unwind)]
    pub fn abandon_wait(&self, env: Env, key: String) -> napi::Result<()> {
        self.with(env, |store| store.leases()?.abandon(&name_of(&key)))
    }

    /// Tells that nobody waits for all keys any more, nor for a `clear` that does.
    #[napi(catch_unwind)]
    pub fn abandon_wait_for_all(&self, env: Env) -> napi::Result<()> {
        self.with(env, |store| store.leases()?.abandon(&Name::all()))
    }

    /// Keeps keys beyond the turn, all or none, for a callback, which has a number.
    #[napi(catch_unwind)]
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
            leases.lease(&names, mode_of(shared), owner as Owner)
        })
    }

    /// Ends a callback's lease outside a turn: at once, since it leaves nothing to commit. Does
    /// nothing if it has none. A store that rests is not woken, which may fail.
    #[napi(catch_unwind)]
    pub fn let_go(&self, env: Env, key: String, owner: f64) -> napi::Result<()> {
        let (name, owner) = (name_of(&key), owner as Owner);
        let at_rest = match &mut *lock(&self.state) {
            State::Resting(asleep) => Some(caught(|| asleep.store().let_go(&name, owner))),
            _ => None,
        };
        match at_rest {
            Some(ended) => ended.or_throw(env),
            None => self.with(env, |store| store.let_go(&name, owner)),
        }
    }

    /// Lists the locks of other instances and processes, of which this one's are left out.
    #[napi(catch_unwind, ts_return_type = "Promise<SeenLock[]>")]
    pub fn locks<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let place = self.with(*env, |store| Ok(store.locks()))?;
        let work = move || match place {
            Some((folder, own)) => look(&*folder, &own),
            None => Ok(Vec::new()),
        };
        thread::run(env, &SHORT_WORK, &self.dir, work, |seen| {
            seen.map(SeenLock::list)
        })
    }

    /// Reads the holder of a key.
    #[napi(catch_unwind)]
    pub fn holder_of_key(&self, env: Env, key: String) -> napi::Result<Option<Holder>> {
        self.holder(env, |store| Ok(store.leases()?.holder(&name_of(&key))))
    }

    /// Reads the holder of the key that a `clear` of this instance waits for.
    #[napi(catch_unwind)]
    pub fn holder_of_all_keys(&self, env: Env) -> napi::Result<Option<Holder>> {
        self.holder(env, |store| Ok(store.leases()?.holder(&Name::all())))
    }

    /// Reads the process whose `clear` keeps new leases back, and since when it has waited.
    #[napi(catch_unwind)]
    pub fn holder_of_clear(&self, env: Env) -> napi::Result<Option<Holder>> {
        self.holder(env, |store| Ok(store.leases()?.clearer()))
    }

    /// Reads the last holder of the writer lock.
    #[napi(catch_unwind)]
    pub fn last_writer(&self, env: Env) -> napi::Result<Option<Holder>> {
        self.holder(env, |store| Ok(file::holder(store.lock()?.file())))
    }

    fn holder(
        &self,
        env: Env,
        read: impl FnOnce(&mut Store) -> Result<Option<holder::Holder>>,
    ) -> napi::Result<Option<Holder>> {
        let found = self.with(env, read)?;
        Ok(found.as_ref().map(Holder::from))
    }

    /// Begins a wait for a key, or for all. If that fails, nothing is left of it.
    fn wait(&self, env: Env, wait: Option<Arc<Wait>>, key: Option<String>) -> napi::Result<()> {
        let Some(wait) = wait else { return Ok(()) };
        let (name, lock) = match &key {
            Some(key) => (name_of(key), WaitedLock::Key),
            None => (Name::all(), WaitedLock::AllKeys),
        };
        let joined = thread::join(wait, self.granted(lock, key), &self.dir);
        if joined.is_err() {
            self.with(env, |store| store.leases()?.forget(&name))?;
        }
        joined.or_throw(env)
    }
}
