//! Stores on a simulated disk, and checks of their items.

use super::reference::Items;
use crate::support::items::{commit, put, sync};
use crate::support::sample::FOLDER;
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::record::{Content, Item};
use persist_lock::{Error, Store};
use std::path::{Path, PathBuf};

/// Names the data file of a generation.
pub fn data_path(number: u64) -> PathBuf {
    Path::new(FOLDER).join(format!("data.{number}.jsonl"))
}

/// Lists all items of a store before any expires, and checks that reading each one alone gives the
/// same.
pub fn contents(store: &mut Store) -> Items {
    let mut found = Items::new();
    store.look().unwrap();
    let mut items = store.listing(0);
    while items
        .read(1 << 20, &mut |item| {
            let Content::Value { json, expires } = item.content else {
                panic!("a removed item is listed");
            };
            let listed = found.insert(item.key.to_vec(), (json.to_vec(), expires));
            assert_eq!(listed, None, "a key is listed twice");
        })
        .unwrap()
    {}
    assert_eq!(store.count(0), found.len());
    for (key, (value, expires)) in &found {
        let (json, expires) = (&value[..], *expires);
        let content = Content::Value { json, expires };
        let is_listed = |item: &Item| assert_eq!(*item, Item { key, content });
        assert_eq!(store.read(key, 0, is_listed).unwrap(), Some(()));
    }
    found
}

/// Drops the items that have expired at time 0.
pub fn live(items: &Items) -> Items {
    let mut live = items.clone();
    live.retain(|_, (_, expires)| *expires != Some(0));
    live
}

/// Commits one more item, and checks that the store has it and all others, also after reopening.
/// Only in a file that no store has written can the numbers be used up, so that no commit can
/// follow.
pub fn check_goes_on(disk: &SimulatedDisk, store: &mut Store, held: &Items) {
    let has_no_number = store.newest_commit() == u64::MAX;
    let committed = commit(store, &put("\"next\"", "0"));
    if has_no_number {
        assert!(matches!(committed, Err(Error::Corrupt { .. })));
        assert_eq!(contents(store), *held);
        return;
    }
    committed.unwrap();
    sync(store).unwrap();
    let mut expected = held.clone();
    expected.insert(b"\"next\"".to_vec(), (b"0".to_vec(), None));
    assert_eq!(contents(store), expected);
    assert_eq!(contents(&mut open(disk).unwrap()), expected);
}

pub use crate::support::sample::open;

/// Checks that an error of opening names the place in the file, and that the file is unchanged.
pub fn check_refused(error: &Error, disk: &SimulatedDisk, bytes: &[u8]) {
    match error {
        Error::Corrupt { path, line, .. } => {
            assert_eq!(*path, data_path(1));
            let lines = bytes.split_inclusive(|&byte| byte == b'\n').count() as u64;
            assert!((1..=lines + 1).contains(line), "line {line} of {lines}");
        }
        Error::UnknownVersion { .. } => {}
        other => panic!("{other}"),
    }
    assert_eq!(disk.contents(&data_path(1)), bytes);
}
