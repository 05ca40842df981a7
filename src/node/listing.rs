//! A listing of the items for JavaScript, handed out in parts, each a text to be parsed at once.

use super::drop_elsewhere;
use super::error::OrThrow;
use super::reads::{expiry_text, value_of};
use super::text::text;
use crate::Result;
use crate::index::Entry;
use crate::panics::caught;
use crate::record::Item;
use crate::store::{self, Store};
use napi::{Env, JsString};
use napi_derive::napi;

/// The items of one moment, handed out in parts.
#[napi]
pub struct Listing {
    /// `None` once the listing has ended: it holds files open, which Windows cannot remove then.
    items: Option<store::Listing>,
    more: bool,
    count: u32,
    /// The items whose keys were handed out last.
    listed: Vec<Entry>,
    /// The items that were chosen of those and are left, the last first.
    chosen: Vec<Entry>,
    /// The part handed out last. All parts share its memory.
    joined: Vec<u8>,
}

impl Listing {
    pub fn new(items: store::Listing) -> Self {
        Listing {
            items: Some(items),
            more: true,
            count: 0,
            listed: Vec::new(),
            chosen: Vec::new(),
            joined: Vec::new(),
        }
    }

    /// Makes a listing whose chosen items are those of some entries.
    pub fn of(items: store::Listing, mut chosen: Vec<Entry>) -> Self {
        chosen.reverse();
        let mut listing = Self::new(items);
        listing.chosen = chosen;
        listing
    }

    /// Joins by commas the next keys that `wants` picks.
    fn join_keys(&mut self, limit: u32, wants: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        let Listing {
            items,
            count,
            listed,
            joined,
            ..
        } = self;
        joined.clear();
        listed.clear();
        *count = 0;
        let Some(items) = items else {
            self.more = false;
            return Ok(());
        };
        self.more = items.read_keys(limit as usize, &mut |key, entry| {
            if wants(key) {
                joined.extend_from_slice(key);
                joined.push(b',');
                listed.push(entry);
                *count += 1;
            }
        })?;
        joined.pop();
        Ok(())
    }

    /// Joins by commas the next keys that had expired when the listing began, and have expired by
    /// `now`. `false` if there are no more.
    pub fn join_expired(&mut self, store: &Store, now: u64, limit: u32) -> Result<bool> {
        if !self.more {
            return Ok(false);
        }
        self.join_keys(limit, &mut |key| store.has_expired(key, now))?;
        if !self.more {
            self.end();
        }
        Ok(true)
    }

    /// Returns the part handed out last.
    pub fn joined<'env>(&self, env: &'env Env) -> napi::Result<JsString<'env>> {
        text(env, &self.joined)
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.end();
    }
}

#[napi]
impl Listing {
    /// Ends the listing, and closes the files that only it has open.
    #[napi(catch_unwind)]
    pub fn end(&mut self) {
        let Some(mut items) = self.items.take() else {
            return;
        };
        self.more = false;
        self.chosen.clear();
        let entries = items.take_entries();
        if entries.is_large() {
            // Nobody is left to hear of a panic.
            let _ = caught(|| {
                drop_elsewhere(entries);
                Ok(())
            });
        }
    }

    /// Returns the number of items in the part handed out last. A text that a stranger has written
    /// may parse as more, or fewer.
    #[napi(getter, catch_unwind)]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Returns true unless the last key is known to be handed out.
    #[napi(getter, catch_unwind)]
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Hands out the next items, of about `limit` bytes; perhaps none. `null` when there are no more.
    /// `part` selects the part of each item:
    ///
    /// - `keys`: `"a","b"`
    /// - `values`: `1,{"x":2}`
    /// - `entries`: `["a",1],["b",{"x":2}]`
    /// - `items`: `["a",1,null],["b",{"x":2},1795000000000]`
    /// - `lines`: item lines as in the file, joined by line feeds
    ///
    /// Keys alone need no read of the file.
    #[napi(catch_unwind)]
    pub fn next<'env>(
        &mut self,
        env: &'env Env,
        part: String,
        limit: u32,
    ) -> napi::Result<Option<JsString<'env>>> {
        if !self.more {
            self.end();
            return Ok(None);
        }
        if part == "keys" {
            self.join_keys(limit, &mut |_| true).or_throw(*env)?;
            return self.joined(env).map(Some);
        }
        let write = writer(&part);
        let (joined, count) = (&mut self.joined, &mut self.count);
        joined.clear();
        *count = 0;
        let mut visit = |item: Item| {
            write(joined, &item);
            *count += 1;
        };
        self.more = match &mut self.items {
            Some(items) => items.read(limit as usize, &mut visit).or_throw(*env)?,
            None => false,
        };
        joined.pop();
        self.joined(env).map(Some)
    }

    /// Counts the next items, some thousand, without reading them. `null` when there are no more.
    #[napi(catch_unwind)]
    pub fn count_on(&mut self) -> Option<u32> {
        let count = self.items.as_mut()?.count_on();
        if count.is_none() {
            self.end();
        }
        count.map(|count| count as u32)
    }

    /// Chooses items for `nextChosen`, by their indexes among the keys that were handed out last.
    #[napi(catch_unwind)]
    pub fn choose(&mut self, places: Vec<u32>) {
        let places = places.iter().rev();
        let chosen = places.filter_map(|&place| self.listed.get(place as usize).copied());
        self.chosen = chosen.collect();
    }

    /// Hands out the next of the chosen items, of about `limit` bytes. `null` when there are no
    /// more.
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
        let write = writer(&part);
        let (joined, count) = (&mut self.joined, &mut self.count);
        joined.clear();
        *count = 0;
        let mut total = 0;
        let mut taken = Vec::new();
        while total < limit as usize
            && let Some(entry) = self.chosen.pop()
        {
            total += entry.place().length as usize;
            taken.push(entry);
        }
        if let Some(items) = &mut self.items {
            let visited = items.visit(taken, &mut |item| {
                write(joined, &item);
                *count += 1;
            });
            visited.or_throw(*env)?;
        }
        joined.pop();
        self.joined(env).map(Some)
    }
}

/// Writes one part of an item, and the byte that separates it from the next.
type Write = fn(&mut Vec<u8>, &Item);

/// Picks the writer of a part.
fn writer(part: &str) -> Write {
    match part {
        "keys" => |joined, item| write_texts(joined, &[item.key, b","]),
        "values" => |joined, item| {
            if let Some((json, _)) = value_of(item) {
                write_texts(joined, &[json, b","]);
            }
        },
        "entries" => |joined, item| {
            if let Some((json, _)) = value_of(item) {
                write_texts(joined, &[b"[", item.key, b",", json, b"],"]);
            }
        },
        "items" => |joined, item| {
            if let Some((json, expires)) = value_of(item) {
                let expires = expiry_text(expires);
                let texts = [b"[", item.key, b",", json, b",", expires.as_bytes(), b"],"];
                write_texts(joined, &texts);
            }
        },
        _ => |joined, item| item.write(joined),
    }
}

fn write_texts(joined: &mut Vec<u8>, texts: &[&[u8]]) {
    for text in texts {
        joined.extend_from_slice(text);
    }
}
