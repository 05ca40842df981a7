//! Facts about an instance's store for those who watch it: sizes, and tails that were cut off.

use super::PersistLock;
use super::reports::{Cut, Sizes};
use napi::Env;
use napi_derive::napi;

#[napi]
impl PersistLock {
    /// Tells how much is in the store, and how many torn tails this instance has cut off.
    #[napi(catch_unwind)]
    pub fn sizes(&self, env: Env) -> napi::Result<Sizes> {
        self.with(env, Sizes::of)
    }

    /// Tells what the beginning of the present turn, or of the last one, has cut off; `null` if
    /// nothing.
    #[napi(catch_unwind)]
    pub fn cut(&self, env: Env) -> napi::Result<Option<Cut>> {
        self.with(env, |store| {
            Ok(store.cuts().of_turn.as_ref().map(Cut::from))
        })
    }
}
