//! Watching for JavaScript: the changes of a watcher, in parts, each a text to be parsed at once.

use super::pool::LONG_WORK;
use super::reads::{expiry_text, value_of};
use super::text::text;
use super::{PersistLock, State, lock, thread};
use crate::Result;
use crate::store::{Change, Filter, Passed, Store, Told};
use napi::bindgen_prelude::Object;
use napi::{Env, JsString};
use napi_derive::napi;

/// The size of a part, in bytes, unless one change is larger.
const PART: usize = 64 << 10;

/// A watcher that has begun.
#[napi(object, object_from_js = false)]
pub struct Watched {
    /// The watcher's number. `null` if it has not begun: the data file begins after the commit, there
    /// is no such commit yet, or the file is on its own.
    pub id: Option<u32>,
    /// True for a file on its own, such as a backup, which nothing is committed to.
    pub is_alone: bool,
    /// The newest commit.
    pub newest: f64,
    /// The oldest commit that a watcher can follow on.
    pub oldest: f64,
}

/// The progress of a watcher, or of the reader of new commits.
#[napi]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchState {
    /// There may be more.
    More,
    /// There is nothing more.
    AtHead,
    /// `findKeys` must find the keys that the next record removes.
    NeedsKeys,
    /// `passWatched` must read all new commits first.
    NeedsHead,
    /// `compareWatched` must compare the items with those of the store before.
    NeedsComparison,
}

/// The progress of the reader of new commits.
#[napi(object, object_from_js = false)]
pub struct PassedPart {
    pub state: WatchState,
    /// The numbers of the watchers that the commits concern.
    pub woken: Vec<u32>,
}

/// A part of a watcher's changes.
#[napi(object, object_from_js = false)]
pub struct ToldPart<'env> {
    pub state: WatchState,
    /// Number of changes in the text.
    pub count: u32,
    /// The changes.
    pub text: Option<JsString<'env>>,
}

#[napi]
impl PersistLock {
    /// Begins to watch a key, or the keys with a prefix: after the newest commit of the last look
    /// or turn, or after the commit `since`. `key` is JSON text, `prefix` too but without its
    /// closing quote.
    #[napi(catch_unwind)]
    pub fn watch(
        &self,
        env: Env,
        key: Option<String>,
        prefix: String,
        since: Option<f64>,
    ) -> napi::Result<Watched> {
        let filter = match key {
            Some(key) => Filter::key(key),
            None => Filter::prefix(prefix),
        };
        self.with(env, |store| {
            let is_alone = store.is_alone();
            Ok(Watched {
                id: match is_alone {
                    true => None,
                    false => store.watch(filter, since.map(|since| since as u64)),
                },
                is_alone,
                newest: store.newest_commit() as f64,
                oldest: store.oldest_watched() as f64,
            })
        })
    }

    /// Ends a watcher.
    #[napi(catch_unwind)]
    pub fn end_watch(&self, id: u32) {
        if let State::Open(store) = &mut *lock(&self.state) {
            store.end_watch(id);
        }
    }

    /// Counts the watchers.
    #[napi(catch_unwind)]
    pub fn watchers(&self) -> u32 {
        match &*lock(&self.state) {
            State::Open(store) => store.watchers() as u32,
            State::Unopened | State::Resting(_) | State::Closed => 0,
        }
    }

    /// Reads some new commits, and tells which watchers they concern.
    #[napi(catch_unwind)]
    pub fn pass_watched(&self, env: Env) -> napi::Result<PassedPart> {
        self.with(env, |store| {
            let mut woken = Vec::new();
            let state = match store.pass_watched(&mut woken)? {
                Passed::All => WatchState::AtHead,
                Passed::Some => WatchState::More,
                Passed::NeedsKeys => WatchState::NeedsKeys,
                Passed::NeedsComparison => WatchState::NeedsComparison,
            };
            Ok(PassedPart { state, woken })
        })
    }

    /// Gives the next changes of a watcher: `[key,value,expires,commit,removed,merged],…`, the last
    /// two of them 0 or 1; or with `lines` as JSON Lines.
    #[napi(catch_unwind)]
    pub fn tell_watched<'env>(
        &self,
        env: &'env Env,
        id: u32,
        lines: bool,
    ) -> napi::Result<ToldPart<'env>> {
        let write = match lines {
            true => write_line,
            false => write_tuple,
        };
        let mut joined = Vec::new();
        let mut count = 0;
        let told = self.with(*env, |store| {
            store.tell_watched(id, &mut |change| {
                write(&mut joined, &change);
                count += 1;
                joined.len() < PART
            })
        })?;
        joined.pop();
        Ok(ToldPart {
            state: match told {
                Told::Some => WatchState::More,
                Told::All => WatchState::AtHead,
                Told::NeedsKeys => WatchState::NeedsKeys,
                Told::NeedsHead => WatchState::NeedsHead,
            },
            count,
            text: match count {
                0 => None,
                _ => Some(text(env, &joined)?),
            },
        })
    }

    /// Finds, on a thread, the keys that a watcher needs, or without a number the reader of new
    /// commits. `null` if they are known already.
    #[napi(catch_unwind)]
    pub fn find_keys<'env>(
        &self,
        env: &'env Env,
        id: Option<u32>,
    ) -> napi::Result<Option<Object<'env>>> {
        let Some(finding) = self.with(*env, |store| Ok(store.finding(id)))? else {
            return Ok(None);
        };
        self.run_for_watchers(
            env,
            || finding.run(),
            move |store, found| store.found(id, &found),
        )
        .map(Some)
    }

    /// Compares, on a thread, the items with those of the store before it was reopened. `null` if
    /// there is nothing to compare.
    #[napi(catch_unwind)]
    pub fn compare_watched<'env>(&self, env: &'env Env) -> napi::Result<Option<Object<'env>>> {
        let Some(comparison) = self.with(*env, |store| Ok(store.comparison()))? else {
            return Ok(None);
        };
        self.run_for_watchers(env, || comparison.run(), Store::compared)
            .map(Some)
    }

    fn run_for_watchers<'env, T: Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce() -> Result<T> + Send + 'static,
        take: impl FnOnce(&mut Store, T) + Send + 'static,
    ) -> napi::Result<Object<'env>> {
        let state = self.state.clone();
        let finish = move |result: Result<T>| {
            let result = result?;
            if let State::Open(store) = &mut *lock(&state) {
                take(store, result);
            }
            Ok(())
        };
        thread::run(env, &LONG_WORK, &self.dir, work, finish)
    }
}

fn write_tuple(joined: &mut Vec<u8>, change: &Change) {
    let (json, expires, removed) = match value_of(&change.item) {
        Some((json, expires)) => (json, expiry_text(expires), 0),
        None => (&b"null"[..], expiry_text(None), 1),
    };
    let rest = format!(
        ",{expires},{},{removed},{}],",
        change.commit,
        u8::from(change.is_merged)
    );
    let parts: [&[u8]; 5] = [b"[", change.item.key, b",", json, rest.as_bytes()];
    parts.iter().for_each(|part| joined.extend_from_slice(part));
}

/// Writes the item's line, with more fields.
fn write_line(joined: &mut Vec<u8>, change: &Change) {
    change.item.write(joined);
    joined.truncate(joined.len() - "}\n".len());
    let merged = if change.is_merged {
        ",\"merged\":true"
    } else {
        ""
    };
    let rest = format!(",\"commit\":{}{merged}}}\n", change.commit);
    joined.extend_from_slice(rest.as_bytes());
}
