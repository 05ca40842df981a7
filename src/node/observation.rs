//! What an instance tells of its store to those who watch over it: sizes, and ends that were cut off. As JSON text.

use super::PersistLock;
use super::maintenance::in_words;
use crate::Result;
use crate::store::Store;
use napi::Env;
use napi_derive::napi;
use serde::Serialize;

/// The part of `stats()` that the native side knows without a look at every item.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sizes {
    /// The number of items, expired ones included.
    kept: u64,
    file_bytes: u64,
    live_bytes: u64,
    recoveries: u64,
}

fn sizes(store: &mut Store) -> Result<Sizes> {
    store.look()?;
    Ok(Sizes {
        kept: store.kept(),
        file_bytes: store.file_bytes()?,
        live_bytes: store.live_bytes(),
        recoveries: store.cuts().count,
    })
}

#[napi]
impl PersistLock {
    /// How much is in the store, and how many ends this instance has cut off.
    #[napi(js_name = "_sizes", catch_unwind)]
    pub fn sizes(&self, env: Env) -> napi::Result<String> {
        self.with(env, |store| in_words(&sizes(store)?))
    }

    /// The end that the present turn, or the last one, has cut off in its beginning; `null` if it did not.
    #[napi(js_name = "_cut", catch_unwind)]
    pub fn cut(&self, env: Env) -> napi::Result<Option<String>> {
        self.with(env, |store| {
            store.cuts().of_turn.as_ref().map(in_words).transpose()
        })
    }
}
