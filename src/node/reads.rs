//! The reads of the class: they wait for nothing and answer at once.
//!
//! `look` reads what others have committed. All others answer as of the last look or turn. `key` is
//! always JSON text, and `now` a time in milliseconds since 1970.

use super::PersistLock;
use super::listing::Listing;
use super::text::text;
use crate::index::Choice;
use crate::record::{Content, Item};
use crate::store::Store;
use napi::{Env, JsString};
use napi_derive::napi;

/// Gives the value of an item and its expiry.
pub(super) fn value_of<'line>(item: &Item<'line>) -> Option<(&'line [u8], Option<u64>)> {
    match item.content {
        Content::Value { json, expires } => Some((json, expires)),
        Content::Removed => None,
    }
}

/// Makes the JSON text of an expiry.
pub(super) fn expiry_text(expires: Option<u64>) -> String {
    expires.map_or_else(|| "null".to_string(), |expires| expires.to_string())
}

#[napi]
impl PersistLock {
    /// Looks at the files for what others have committed. Returns a number that changes when there
    /// is anything; `null` if more may be left: then call it again, after a turn of the event loop.
    #[napi(catch_unwind)]
    pub fn look(&self, env: Env) -> napi::Result<Option<u32>> {
        self.with(env, |store| {
            let more = store.look_some()?;
            Ok((!more).then(|| store.changes()))
        })
    }

    /// Reads the JSON text of a key's value.
    #[napi(catch_unwind)]
    pub fn read_value<'env>(
        &self,
        env: &'env Env,
        key: String,
        now: f64,
    ) -> napi::Result<Option<JsString<'env>>> {
        let found = self.with(*env, |store| {
            store.read(key.as_bytes(), now as u64, |item| {
                value_of(item).map(|(json, _)| text(env, json))
            })
        })?;
        found.flatten().transpose()
    }

    /// Reads the JSON texts of a key's value and of its expiry, which may be `null`, joined by a
    /// comma.
    #[napi(catch_unwind)]
    pub fn read_item(&self, env: Env, key: String, now: f64) -> napi::Result<Option<String>> {
        let found = self.with(env, |store| {
            store.read(key.as_bytes(), now as u64, |item| {
                let (json, expires) = value_of(item)?;
                let json = String::from_utf8_lossy(json);
                Some(format!("{json},{}", expiry_text(expires)))
            })
        })?;
        Ok(found.flatten())
    }

    /// Returns true if a key is there.
    #[napi(catch_unwind)]
    pub fn has_key(&self, env: Env, key: String, now: f64) -> napi::Result<bool> {
        self.with(env, |store| Ok(store.has(key.as_bytes(), now as u64)))
    }

    /// Tells when the item of a key expires, in milliseconds since 1970; infinite for never, and
    /// `null` if there is no item.
    #[napi(catch_unwind)]
    pub fn expiry_of(&self, env: Env, key: String, now: f64) -> napi::Result<Option<f64>> {
        let expiry = self.with(env, |store| Ok(store.expiry(key.as_bytes(), now as u64)))?;
        Ok(expiry.map(|expires| expires.map_or(f64::INFINITY, |expires| expires as f64)))
    }

    /// Counts the items; `null` if one call would take too long: a listing then counts them bit by
    /// bit.
    #[napi(catch_unwind)]
    pub fn count_items(&self, env: Env, now: f64) -> napi::Result<Option<u32>> {
        let count = self.with(env, |store| Ok(store.count_at_once(now as u64)))?;
        Ok(count.map(|count| count as u32))
    }

    /// Counts the items that are there and whose keys begin with a prefix, given as JSON text.
    #[napi(catch_unwind)]
    pub fn count_with(&self, env: Env, now: f64, prefix: String) -> napi::Result<u32> {
        let choice = Choice::default().with_prefix(prefix.as_bytes());
        let count = self.with(env, |store| Ok(store.count_of(now as u64, &choice)))?;
        Ok(count as u32)
    }

    /// Finds the keys that are there: an array of true and false, in the order of the keys.
    #[napi(catch_unwind)]
    pub fn have_keys(&self, env: Env, keys: Vec<String>, now: f64) -> napi::Result<Vec<bool>> {
        let has = |store: &mut Store, key: &String| store.has(key.as_bytes(), now as u64);
        self.with(env, |store| {
            Ok(keys.iter().map(|key| has(store, key)).collect())
        })
    }

    /// Returns true if `listItems` begins at once. After the opening of a large store it first waits
    /// for a thread that sorts the keys.
    #[napi(catch_unwind)]
    pub fn is_ordered(&self, env: Env) -> napi::Result<bool> {
        self.with(env, |store| Ok(store.is_ordered()))
    }

    /// Lists the items that are there, in the order of their keys: those whose keys begin with a
    /// prefix, are not less than `from`, and are less than `to`. These are JSON texts of strings,
    /// or `null` for no bound.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments)]
    pub fn list_items(
        &self,
        env: Env,
        now: f64,
        prefix: Option<String>,
        from: Option<String>,
        to: Option<String>,
        is_reverse: bool,
        limit: Option<f64>,
    ) -> napi::Result<Listing> {
        let mut choice = Choice::default().reverse(is_reverse);
        if let Some(prefix) = prefix {
            choice = choice.with_prefix(prefix.as_bytes());
        }
        if let Some(from) = from {
            choice = choice.from(from.as_bytes());
        }
        if let Some(to) = to {
            choice = choice.to(to.as_bytes());
        }
        if let Some(limit) = limit {
            choice = choice.limit(limit as usize);
        }
        self.with(env, |store| Ok(store.listing_of(now as u64, &choice)))
            .map(Listing::new)
    }

    /// Lists those items of some keys that are there, in the order of the keys: by `nextChosen`.
    #[napi(catch_unwind)]
    pub fn list_keys(&self, env: Env, now: f64, keys: Vec<String>) -> napi::Result<Listing> {
        self.with(env, |store| Ok(store.select(&keys, now as u64)))
            .map(|(items, chosen)| Listing::of(items, chosen))
    }

    /// Lists the items that have expired and are still kept, in any order.
    #[napi(catch_unwind)]
    pub fn list_expired(&self, env: Env, now: f64) -> napi::Result<Listing> {
        self.with(env, |store| Ok(store.expired(now as u64)))
            .map(Listing::new)
    }

    /// Gives the next keys of such a listing that have expired by now and are still kept, in the
    /// form of `next`; `null` when there are no more.
    #[napi(catch_unwind)]
    pub fn next_expired<'env>(
        &self,
        env: &'env Env,
        listing: &mut Listing,
        now: f64,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        let joined = self.with(*env, |store| listing.join_expired(store, now as u64, limit))?;
        joined.then(|| listing.joined(env)).transpose()
    }

    /// Returns true if anything was ever committed.
    #[napi(catch_unwind)]
    pub fn has_commits(&self, env: Env) -> napi::Result<bool> {
        self.with(env, |store| Ok(store.has_commits()))
    }
}
