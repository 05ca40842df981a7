//! A snapshot of the items for JavaScript: handed out part by part, each one text to be parsed at once.

use super::error::OrThrow;
use super::reads::expiry_text;
use super::text::text;
use crate::record::{Content, Item};
use crate::store::Snapshot;
use napi::{Env, JsString};
use napi_derive::napi;

/// Items as they were at one moment, handed out part by part.
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
}

#[napi]
impl Listing {
    /// How many items were handed out last: a text that a stranger has written may be more than one, or less, when joined.
    #[napi(getter)]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Looks at the next items, of some `limit` bytes together, and hands out those with the prefix, perhaps none; `null` when
    /// there are no more. What of them, `part` says:
    ///
    /// - `keys`: `"a","b"`
    /// - `values`: `1,{"x":2}`
    /// - `entries`: `["a",1],["b",{"x":2}]`
    /// - `items`: `["a",1,null],["b",{"x":2},1795000000000]`
    /// - `lines`: item lines as they stand in the file, joined by line feeds
    #[napi]
    pub fn next<'env>(
        &mut self,
        env: &'env Env,
        part: String,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        if !self.more {
            return Ok(None);
        }
        let (write, separator): (Write, u8) = match part.as_str() {
            "keys" => (write_key, b','),
            "values" => (write_value, b','),
            "entries" => (write_entry, b','),
            "items" => (write_item, b','),
            _ => (write_line, b'\n'),
        };
        let (joined, count, prefix) = (&mut self.joined, &mut self.count, &self.prefix);
        joined.clear();
        *count = 0;
        let mut visit = |item: Item| {
            if let Content::Value { json, expires } = item.content {
                write(joined, item.key, json, expires);
                joined.push(separator);
                *count += 1;
            }
        };
        let limit = limit as usize;
        let read = match prefix.is_empty() {
            true => self.snapshot.read(limit, &mut visit),
            false => {
                let wants = |key: &[u8]| key.starts_with(prefix);
                self.snapshot.read_wanted(limit, &wants, &mut visit)
            }
        };
        self.more = read.or_throw(*env)?;
        joined.pop();
        text(env, joined).map(Some)
    }
}

/// Writes a part of an item: of its key, its value and its expiry.
type Write = fn(&mut Vec<u8>, &[u8], &[u8], Option<u64>);

fn write_key(joined: &mut Vec<u8>, key: &[u8], _: &[u8], _: Option<u64>) {
    joined.extend_from_slice(key);
}

fn write_value(joined: &mut Vec<u8>, _: &[u8], json: &[u8], _: Option<u64>) {
    joined.extend_from_slice(json);
}

fn write_entry(joined: &mut Vec<u8>, key: &[u8], json: &[u8], _: Option<u64>) {
    for text in [b"[", key, b",", json, b"]"] {
        joined.extend_from_slice(text);
    }
}

fn write_item(joined: &mut Vec<u8>, key: &[u8], json: &[u8], expires: Option<u64>) {
    for text in [
        b"[",
        key,
        b",",
        json,
        b",",
        expiry_text(expires).as_bytes(),
        b"]",
    ] {
        joined.extend_from_slice(text);
    }
}

fn write_line(joined: &mut Vec<u8>, key: &[u8], json: &[u8], expires: Option<u64>) {
    for text in [b"{\"key\":", key, b",\"value\":", json] {
        joined.extend_from_slice(text);
    }
    if let Some(expires) = expires {
        joined.extend_from_slice(format!(",\"expires\":{expires}").as_bytes());
    }
    joined.push(b'}');
}
