//! The leases of the class: locks on single keys. Keys are JSON text; all but `_letGo`, `_abandonWait` and `_holder` need a
//! turn.

use super::PersistLock;
use super::thread;
use crate::Result;
use crate::disk::LockMode;
use crate::lease::{Name, Wait};
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
    /// Whether anybody may have a lease or wait for one: else nothing is to be taken before it is used.
    #[napi(js_name = "_anyLeases")]
    pub fn any_leases(&self, env: Env) -> napi::Result<bool> {
        self.with(env, |store| Ok(store.leases()?.any()))
    }

    /// Takes a key for the turn; `false` if another has it: then `_waitForKey`. A view inside a view of the key is
    /// `nested`, and does not wait behind those who wait for the view around it.
    #[napi(js_name = "_takeKey")]
    pub fn take_key(
        &self,
        env: Env,
        key: String,
        shared: bool,
        nested: bool,
    ) -> napi::Result<bool> {
        self.with(env, |store| {
            store
                .leases()?
                .take(&name_of(&key), mode_of(shared), nested)
        })
    }

    /// Takes every key for the turn; if another has one, waits for that one, and calls the listener with `all`.
    #[napi(js_name = "_takeAllOrWait")]
    pub fn take_all_or_wait(&self, env: Env) -> napi::Result<bool> {
        let mut free = true;
        let wait = self.with(env, |store| match store.leases()?.take_all()? {
            None => Ok(None),
            Some(busy) => {
                free = false;
                store.leases()?.wait_for_all(&busy)
            }
        })?;
        self.wait(wait, ALL)?;
        Ok(free)
    }

    /// Whether new leases may be given; if not, since a `clear` waits, calls the listener with `all` when they may.
    #[napi(js_name = "_mayLeaseOrWait")]
    pub fn may_lease_or_wait(&self, env: Env) -> napi::Result<bool> {
        let mut free = true;
        let wait = self.with(env, |store| {
            free = store.leases()?.may_be_given()?;
            match free {
                true => Ok(None),
                false => store.leases()?.wait(&Name::all(), LockMode::Shared),
            }
        })?;
        self.wait(wait, ALL)?;
        Ok(free)
    }

    /// Waits for a key on a thread, and then calls the listener with it.
    #[napi(js_name = "_waitForKey")]
    pub fn wait_for_key(&self, env: Env, key: String, shared: bool) -> napi::Result<()> {
        let wait = self.with(env, |store| {
            store.leases()?.wait(&name_of(&key), mode_of(shared))
        })?;
        self.wait(wait, &key)
    }

    /// Tells that nobody waits for a key, or `all`, any more.
    #[napi(js_name = "_abandonWait")]
    pub fn abandon_wait(&self, env: Env, key: String) -> napi::Result<()> {
        self.with(env, |store| store.leases()?.abandon(&name_of(&key)))
    }

    /// Keeps a key beyond the turn.
    #[napi(js_name = "_leaseKey")]
    pub fn lease_key(&self, env: Env, key: String, shared: bool) -> napi::Result<()> {
        self.with(env, |store| {
            store
                .leases()?
                .lease(&name_of(&key), mode_of(shared), &holder())
        })
    }

    /// Ends a lease, in the turn that has committed what came of it.
    #[napi(js_name = "_endLease")]
    pub fn end_lease(&self, env: Env, key: String) -> napi::Result<()> {
        self.with(env, |store| store.leases()?.end(&name_of(&key)))
    }

    /// Ends a lease that leaves nothing to commit, at once.
    #[napi(js_name = "_letGo")]
    pub fn let_go(&self, env: Env, key: String) -> napi::Result<()> {
        self.with(env, |store| store.leases()?.let_go(&name_of(&key)))
    }

    /// Who has a key, or, with `null`, who had the writer lock last: `{"pid":…,"since":…}` as far as it is known.
    #[napi(js_name = "_holder")]
    pub fn holder_of(&self, env: Env, key: Option<String>) -> napi::Result<Option<String>> {
        self.with(env, |store| match key {
            Some(key) => Ok(store.leases()?.holder(&name_of(&key))),
            None => last_writer(store).map(Some),
        })
    }

    /// The store's folder: the same for all instances that have it open, whatever symbolic links lead there.
    #[napi(js_name = "_folder")]
    pub fn folder(&self, env: Env) -> napi::Result<String> {
        self.with(env, |store| Ok(store.real_folder().display().to_string()))
    }

    fn wait(&self, wait: Option<Arc<Wait>>, what: &str) -> napi::Result<()> {
        match wait {
            Some(wait) => thread::wait_for_lease(wait, self.granted(what.to_string())),
            None => Ok(()),
        }
    }
}

fn last_writer(store: &Store) -> Result<String> {
    // Behind it lies the counter of news, which is no text.
    let mut text = vec![0; COUNTER_OFFSET as usize];
    let read = store.lock()?.file().read_at(0, &mut text)?;
    text.truncate(read);
    Ok(String::from_utf8_lossy(&text).into_owned())
}
