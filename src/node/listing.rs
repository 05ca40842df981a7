//! A listing of the items for JavaScript: handed out part by part, each one text to be parsed at once.

use super::error::OrThrow;
use super::reads::expiry_text;
use super::text::text;
use crate::Result;
use crate::index::Entry;
use crate::record::{Content, Item};
use crate::store::{self, Store};
use napi::{Env, JsString};
use napi_derive::napi;

/// Items as they were at one moment, handed out part by part.
#[napi]
pub struct Listing {
    items: store::Listing,
    prefix: Vec<u8>,
    more: bool,
    count: u32,
    /// The items whose keys were handed out last.
    listed: Vec<Entry>,
    /// Those of them that were chosen and are still to be handed out, the last first.
    chosen: Vec<Entry>,
    /// What is handed out, in memory that all parts share.
    joined: Vec<u8>,
}

impl Listing {
    /// The items of a listing whose keys' JSON text begins with a prefix.
    pub fn new(items: store::Listing, prefix: String) -> Self {
        Listing {
            items,
            prefix: prefix.into_bytes(),
            more: true,
            count: 0,
            listed: Vec::new(),
            chosen: Vec::new(),
            joined: Vec::new(),
        }
    }

    /// Hands out the next keys that `wants` picks, given its key, joined by commas.
    fn join_keys(&mut self, limit: u32, wants: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        let Listing {
            items,
            prefix,
            count,
            listed,
            joined,
            ..
        } = self;
        joined.clear();
        listed.clear();
        *count = 0;
        self.more = items.read_keys(limit as usize, &mut |key, entry| {
            if key.starts_with(prefix) && wants(key) {
                joined.extend_from_slice(key);
                joined.push(b',');
                listed.push(entry);
                *count += 1;
            }
        })?;
        joined.pop();
        Ok(())
    }

    /// Hands out the next keys that had expired when the listing was begun and have expired now, joined by commas. `false` if
    /// there are no more.
    pub fn join_expired(&mut self, store: &Store, now: u64, limit: u32) -> Result<bool> {
        if !self.more {
            return Ok(false);
        }
        self.join_keys(limit, &mut |key| store.has_expired(key, now))?;
        Ok(true)
    }

    /// What was handed out last.
    pub fn joined<'env>(&self, env: &'env Env) -> napi::Result<JsString<'env>> {
        text(env, &self.joined)
    }
}

#[napi]
impl Listing {
    /// How many items were handed out last: a text that a stranger has written may be more than one, or less, when joined.
    #[napi(getter, catch_unwind)]
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
    ///
    /// For keys alone, the values of long items are not read.
    #[napi(catch_unwind)]
    pub fn next<'env>(
        &mut self,
        env: &'env Env,
        part: String,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        if !self.more {
            return Ok(None);
        }
        if part == "keys" {
            self.join_keys(limit, &mut |_| true).or_throw(*env)?;
            return self.joined(env).map(Some);
        }
        let (write, separator) = writer(&part);
        let (joined, count, prefix) = (&mut self.joined, &mut self.count, &self.prefix);
        joined.clear();
        *count = 0;
        let mut visit = |item: Item| {
            write_part(joined, &item, write, separator);
            *count += 1;
        };
        let limit = limit as usize;
        let read = match prefix.is_empty() {
            true => self.items.read(limit, &mut visit),
            false => {
                let wants = |key: &[u8]| key.starts_with(prefix);
                self.items.read_wanted(limit, &wants, &mut visit)
            }
        };
        self.more = read.or_throw(*env)?;
        joined.pop();
        self.joined(env).map(Some)
    }

    /// Counts the next items, of some thousand, without reading them; `null` when there are no more.
    #[napi(catch_unwind)]
    pub fn count_on(&mut self) -> Option<u32> {
        self.items.count_on().map(|count| count as u32)
    }

    /// Chooses, by their places among the keys that were handed out last, items for `nextChosen`.
    #[napi(catch_unwind)]
    pub fn choose(&mut self, places: Vec<u32>) {
        let places = places.iter().rev();
        let chosen = places.filter_map(|&place| self.listed.get(place as usize).copied());
        self.chosen = chosen.collect();
    }

    /// Hands out the next of the chosen items, of some `limit` bytes together; `null` when there are no more.
    #[napi(catch_unwind)]
    pub fn next_chosen<'env>(
        &mut self,
        env: &'env Env,
        part: String,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        if self.chosen.is_empty() {
            return Ok(None);
        }
        let (write, separator) = writer(&part);
        let (joined, count) = (&mut self.joined, &mut self.count);
        joined.clear();
        *count = 0;
        while joined.len() < limit as usize
            && let Some(entry) = self.chosen.pop()
        {
            let visited = self.items.visit(&entry, &mut |item| {
                write_part(joined, &item, write, separator);
                *count += 1;
            });
            visited.or_throw(*env)?;
        }
        joined.pop();
        self.joined(env).map(Some)
    }
}

/// What writes a part of an item, and what stands between two.
fn writer(part: &str) -> (Write, u8) {
    match part {
        "keys" => (write_key, b','),
        "values" => (write_value, b','),
        "entries" => (write_entry, b','),
        "items" => (write_item, b','),
        _ => (write_line, b'\n'),
    }
}

fn write_part(joined: &mut Vec<u8>, item: &Item, write: Write, separator: u8) {
    if let Content::Value { json, expires } = item.content {
        write(joined, item.key, json, expires);
        joined.push(separator);
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
