//! A snapshot of the items for JavaScript: handed out part by part, each one text to be parsed at once.

use super::error::OrThrow;
use super::reads::expiry_text;
use super::text::text;
use crate::record::{Content, Item};
use crate::store::Snapshot;
use napi::{Env, JsString};
use napi_derive::napi;

/// Items as they were at one moment. Each method looks at the next of them, of some `limit` bytes together, and hands out those
/// with the prefix, perhaps none: as JSON texts joined by commas, but for `nextLines`. When there are no more, it is `null`.
#[napi]
pub struct Listing {
    snapshot: Snapshot,
    prefix: Vec<u8>,
    more: bool,
    count: u32,
    /// What is handed out, in memory that all parts share.
    joined: Vec<u8>,
}

impl Listing {
    /// The items of a snapshot whose keys' JSON text begins with a prefix.
    pub fn new(snapshot: Snapshot, prefix: String) -> Self {
        Listing {
            snapshot,
            prefix: prefix.into_bytes(),
            more: true,
            count: 0,
            joined: Vec::new(),
        }
    }

    fn next<'env>(
        &mut self,
        env: &'env Env,
        limit: u32,
        separator: u8,
        mut write: impl FnMut(&mut Vec<u8>, &[u8], &[u8], Option<u64>),
    ) -> napi::Result<Option<JsString<'env>>> {
        if !self.more {
            return Ok(None);
        }
        let (joined, count, prefix) = (&mut self.joined, &mut self.count, &self.prefix);
        joined.clear();
        *count = 0;
        let read = self.snapshot.read(limit as usize, &mut |item: Item| {
            if let (true, Content::Value { json, expires }) =
                (item.key.starts_with(prefix), item.content)
            {
                write(joined, item.key, json, expires);
                joined.push(separator);
                *count += 1;
            }
        });
        self.more = read.or_throw(*env)?;
        joined.pop();
        text(env, joined).map(Some)
    }
}

#[napi]
impl Listing {
    /// How many items were handed out last: a text that a stranger has written may be more than one, or less, when joined.
    #[napi(getter)]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// `"a","b"`
    #[napi]
    pub fn next_keys<'env>(
        &mut self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        self.next(env, limit, b',', |joined, key, _, _| {
            joined.extend_from_slice(key)
        })
    }

    /// `1,{"x":2}`
    #[napi]
    pub fn next_values<'env>(
        &mut self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        self.next(env, limit, b',', |joined, _, json, _| {
            joined.extend_from_slice(json)
        })
    }

    /// `["a",1],["b",{"x":2}]`
    #[napi]
    pub fn next_entries<'env>(
        &mut self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        self.next(env, limit, b',', |joined, key, json, _| {
            joined.push(b'[');
            joined.extend_from_slice(key);
            joined.push(b',');
            joined.extend_from_slice(json);
            joined.push(b']');
        })
    }

    /// `["a",1,null],["b",{"x":2},1795000000000]`
    #[napi]
    pub fn next_items<'env>(
        &mut self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        self.next(env, limit, b',', |joined, key, json, expires| {
            joined.push(b'[');
            joined.extend_from_slice(key);
            joined.push(b',');
            joined.extend_from_slice(json);
            joined.push(b',');
            joined.extend_from_slice(expiry_text(expires).as_bytes());
            joined.push(b']');
        })
    }

    /// Item lines as they stand in the file, joined by line feeds.
    #[napi]
    pub fn next_lines<'env>(
        &mut self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        self.next(env, limit, b'\n', |joined, key, json, expires| {
            joined.extend_from_slice(b"{\"key\":");
            joined.extend_from_slice(key);
            joined.extend_from_slice(b",\"value\":");
            joined.extend_from_slice(json);
            if let Some(expires) = expires {
                joined.extend_from_slice(format!(",\"expires\":{expires}").as_bytes());
            }
            joined.push(b'}');
        })
    }
}
