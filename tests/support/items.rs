//! Items as text: lines to commit, and the items of a store.

use persist_lock::record::{Content, Item, unescape};
use persist_lock::{Result, Store};
use std::collections::BTreeMap;

/// The JSON text of each value by that of its key.
pub type Items = BTreeMap<String, String>;

/// The line that sets an item.
pub fn put(key: &str, value: &str) -> String {
    line(key, &value_until(value, None))
}

/// The line that sets an item which ends.
pub fn put_until(key: &str, value: &str, expires: u64) -> String {
    line(key, &value_until(value, Some(expires)))
}

/// The line that removes an item.
pub fn removal(key: &str) -> String {
    line(key, &Content::Removed)
}

fn value_until(value: &str, expires: Option<u64>) -> Content<'_> {
    let json = value.as_bytes();
    Content::Value { json, expires }
}

fn line(key: &str, content: &Content) -> String {
    let (key, content) = (key.as_bytes(), *content);
    let mut line = Vec::new();
    Item { key, content }.write(&mut line);
    String::from_utf8(line).unwrap()
}

/// Key and value of an item that has one.
pub fn parts(item: &Item) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match item.content {
        Content::Value { json, .. } => (text(item.key), text(json)),
        Content::Removed => panic!("a removed item is listed"),
    }
}

/// All items that a store holds before any expires.
pub fn items(store: &mut Store) -> Result<Items> {
    items_at(store, 0)
}

/// All items that a store holds at a time. Checks that they are listed in the order of their keys.
pub fn items_at(store: &mut Store, now: u64) -> Result<Items> {
    let mut found = Items::new();
    store.look()?;
    let mut listing = store.listing(now);
    let mut last = None;
    while listing.read(1 << 20, &mut |item| {
        let mut plain = Vec::new();
        unescape(item.key, &mut plain);
        let plain = Some(plain);
        assert!(last < plain, "keys are not listed in order");
        last = plain;
        let (key, value) = parts(&item);
        found.insert(key, value);
    })? {}
    Ok(found)
}

/// One item of a store before any expires.
pub fn value(store: &mut Store, key: &str) -> Result<Option<String>> {
    store.look()?;
    store.read(key.as_bytes(), 0, |item| parts(item).1)
}

/// A turn with one commit, not synced.
pub fn commit(store: &mut Store, lines: &str) -> Result<()> {
    let mut turn = store.begin_turn()?.expect("another has the lock");
    let committed = turn.commit(lines.as_bytes().to_vec(), false);
    turn.end()?;
    committed
}

/// A sync of all that was committed.
pub fn sync(store: &mut Store) -> Result<()> {
    let Some(sync) = store.pending_sync() else {
        return Ok(());
    };
    let result = sync.run();
    store.synced(&sync, &result);
    result
}

/// Runs a turn that claims the commits known to be on disk.
pub fn claim(store: &mut Store) -> Result<()> {
    let mut turn = store.begin_turn()?.expect("another has the lock");
    let claimed = turn.claim();
    turn.end()?;
    claimed
}

/// Runs a turn that cuts the room off.
pub fn trim(store: &mut Store) -> Result<()> {
    let mut turn = store.begin_turn()?.expect("another has the lock");
    let trimmed = turn.trim();
    turn.end()?;
    trimmed
}
