//! Several open stores of one folder, on a real disk: they see each other's commits, and changes of the folder by other programs.

use crate::support::items::{claim, commit, items, parts, put, put_until, removal, sync, value};
use persist_lock::disk::{Disk, RealDisk};
use persist_lock::record::{Checksum, Commit, HEADER};
use persist_lock::{Error, Options, Result, Store};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn open(dir: &TempDir) -> Result<Store> {
    Store::open(Arc::new(RealDisk), dir.path(), Options::default())
}

fn folder(dir: &TempDir) -> PathBuf {
    dir.path().join(".persist-lock")
}

fn data_path(dir: &TempDir) -> PathBuf {
    folder(dir).join("data.1.jsonl")
}

fn needs_reopening<T: std::fmt::Debug>(result: Result<T>) -> bool {
    result.is_err_and(|error| error.needs_reopening())
}

/// Makes a file whose last commit always has the same length: its value is one digit.
fn file_with(values: &[&str]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    let mut prev = Checksum(0);
    for (at, value) in values.iter().enumerate() {
        let mut lines = put("\"a\"", value).into_bytes();
        prev = Commit::close(&mut lines, at as u64 + 1, 0, prev).checksum;
        bytes.extend(lines);
    }
    bytes
}

#[test]
fn a_look_notices_a_file_that_has_become_shorter() {
    for lost in [1, 20, 1000] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(&dir).unwrap();
        commit(&mut store, &put("\"a\"", "1")).unwrap();
        let mut reader = open(&dir).unwrap();
        let file = fs::OpenOptions::new().write(true).open(data_path(&dir));
        let file = file.unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(lost)).unwrap();
        assert!(needs_reopening(reader.look()), "{lost} bytes less");
    }
}

#[test]
fn two_stores_see_each_others_commits() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = open(&dir).unwrap();
    let mut other = open(&dir).unwrap();
    for round in 0..5 {
        commit(&mut one, &put("\"a\"", &round.to_string())).unwrap();
        let found = value(&mut other, "\"a\"").unwrap().unwrap();
        assert_eq!(found, round.to_string());
        commit(
            &mut other,
            &(removal("\"a\"") + &put("\"b\"", &round.to_string())),
        )
        .unwrap();
        assert_eq!(value(&mut one, "\"a\"").unwrap(), None);
        assert_eq!(items(&mut one).unwrap(), items(&mut other).unwrap());
        assert_eq!(one.count(0), 1);
    }
}

#[test]
fn only_one_store_at_a_time_has_a_turn() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = open(&dir).unwrap();
    let mut other = open(&dir).unwrap();
    let paused = one.begin_turn().unwrap().unwrap().pause();
    assert!(one.begin_turn().unwrap().is_none(), "nor two");
    assert!(other.begin_turn().unwrap().is_none());
    one.resume(paused).unwrap().end().unwrap();
    let paused = other.begin_turn().unwrap().unwrap().pause();
    drop(other);
    assert!(one.begin_turn().unwrap().is_none(), "its turn is not over");
    drop(paused);
    assert!(one.begin_turn().unwrap().is_some());
}

#[test]
fn a_listing_stays_the_same_while_commits_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(&dir).unwrap();
    let mut reader = open(&dir).unwrap();
    let keys: Vec<String> = (0..200).map(|key| format!("\"{key:03}\"")).collect();
    let lines: String = keys.iter().rev().map(|key| put(key, "\"old\"")).collect();
    commit(&mut writer, &lines).unwrap();
    reader.look().unwrap();
    let mut listing = reader.listing(0);
    let mut seen = Vec::new();
    let mut more = true;
    while more {
        more = listing
            .read(100, &mut |item| seen.push(parts(&item)))
            .unwrap();
        let at = seen.len() % keys.len();
        commit(&mut writer, &put(&keys[at], "\"new\"")).unwrap();
        commit(&mut writer, &removal(&keys[keys.len() - 1])).unwrap();
        reader.look().unwrap();
    }
    let expected: Vec<(String, String)> = keys
        .iter()
        .map(|key| (key.clone(), "\"old\"".to_string()))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(reader.count(0), keys.len() - 1);
}

#[test]
fn a_store_sees_a_replaced_last_commit_of_the_same_length() {
    // The last commit was damaged and cut off, and another of its length replaced it.
    let dir = tempfile::tempdir().unwrap();
    drop(open(&dir).unwrap());
    fs::write(data_path(&dir), file_with(&["1", "2"])).unwrap();
    let mut store = open(&dir).unwrap();
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "2");
    fs::write(data_path(&dir), file_with(&["1", "3"])).unwrap();
    assert!(needs_reopening(store.begin_turn()));
    assert!(
        open(&dir).unwrap().begin_turn().unwrap().is_some(),
        "it let the lock go"
    );
    let mut store = open(&dir).unwrap();
    commit(&mut store, &put("\"b\"", "4")).unwrap();
    let expected =
        [("\"a\"", "3"), ("\"b\"", "4")].map(|(key, value)| (key.to_string(), value.to_string()));
    assert_eq!(items(&mut store).unwrap(), expected.into());
}

#[test]
fn a_store_sees_a_file_of_the_same_length_that_lacks_all_its_commits() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(&dir).unwrap());
    fs::write(data_path(&dir), file_with(&["1"])).unwrap();
    let mut store = open(&dir).unwrap();
    fs::write(data_path(&dir), HEADER).unwrap();
    assert!(needs_reopening(store.begin_turn()));
    assert_eq!(open(&dir).unwrap().count(0), 0);
}

/// Removes a file as another program does. On Windows not every way of removing one takes the name at once.
fn remove(folder: &Path, name: &str) {
    RealDisk.folder(folder).unwrap().remove(name).unwrap();
}

/// Puts a new file in the place of another.
fn replace(folder: &Path, name: &str, contents: &[u8]) {
    let folder = RealDisk.folder(folder).unwrap();
    folder.create_complete(name, contents, 0o600).unwrap();
}

/// Changes the folder under an open store, which must notice it, and work again once it is reopened.
fn notices(change: impl Fn(&Path), items_left: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    sync(&mut store).unwrap();
    change(&folder(&dir));
    assert!(needs_reopening(store.begin_turn()));
    assert!(needs_reopening(store.begin_turn()), "and again");
    let mut store = open(&dir).unwrap();
    assert_eq!(store.count(0), items_left);
    commit(&mut store, &put("\"b\"", "2")).unwrap();
    sync(&mut store).unwrap();
    assert_eq!(open(&dir).unwrap().count(0), items_left + 1);
}

#[test]
fn a_deleted_data_file_is_noticed() {
    notices(|folder| remove(folder, "data.1.jsonl"), 0);
}

#[test]
fn a_replaced_data_file_is_noticed() {
    let copy = |folder: &Path| {
        let contents = fs::read(folder.join("data.1.jsonl")).unwrap();
        replace(folder, "data.1.jsonl", &contents);
    };
    notices(copy, 1);
}

#[test]
fn a_data_file_of_the_next_generation_is_noticed() {
    let rewrite = |folder: &Path| {
        fs::copy(folder.join("data.1.jsonl"), folder.join("data.2.jsonl")).unwrap();
        // An opening finds that one of the two does not continue the other.
        remove(folder, "data.1.jsonl");
    };
    notices(rewrite, 1);
}

#[test]
fn a_deleted_lock_file_is_noticed() {
    notices(|folder| remove(folder, "writer.lock"), 1);
}

#[test]
fn a_replaced_lock_file_is_noticed() {
    // Otherwise one store would lock the old file and another the new one, and both would write.
    notices(|folder| replace(folder, "writer.lock", b""), 1);
}

#[test]
fn a_deleted_folder_is_noticed() {
    notices(|folder| fs::remove_dir_all(folder).unwrap(), 0);
}

#[test]
fn a_reader_notices_a_deleted_data_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    remove(&folder(&dir), "data.1.jsonl");
    assert!(needs_reopening(store.look()));
    assert!(needs_reopening(store.look()), "and again");
}

#[test]
#[cfg_attr(windows, ignore = "Windows renames no folder with open files in it")]
fn a_reader_notices_that_its_folder_was_moved_away() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    fs::rename(folder(&dir), dir.path().join("moved")).unwrap();
    assert!(needs_reopening(store.look()));
    drop(open(&dir).unwrap());
    assert!(needs_reopening(store.look()), "another has taken its place");
}

#[test]
fn a_torn_tail_is_invisible_to_readers_and_cut_off_by_the_next_writer() {
    let dir = tempfile::tempdir().unwrap();
    let mut reader = open(&dir).unwrap();
    let mut writer = open(&dir).unwrap();
    commit(&mut writer, &put("\"a\"", "1")).unwrap();
    let whole = fs::read(data_path(&dir)).unwrap();
    let torn = [
        &whole,
        &b"{\"key\":\"a\",\"value\":2}\n{\"key\":\"b\",\"va"[..],
    ]
    .concat();
    fs::write(data_path(&dir), torn).unwrap();
    assert_eq!(value(&mut reader, "\"a\"").unwrap().unwrap(), "1");
    assert_eq!(open(&dir).unwrap().count(0), 1);
    commit(&mut writer, &put("\"c\"", "3")).unwrap();
    assert_eq!(items(&mut reader).unwrap().len(), 2);
    assert!(fs::read(data_path(&dir)).unwrap().starts_with(&whole));
}

#[test]
fn damage_under_an_open_store_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let mut other = open(&dir).unwrap();
    commit(&mut other, &put("\"a\"", "2")).unwrap();
    sync(&mut other).unwrap();
    claim(&mut other).unwrap();
    let whole = fs::read(data_path(&dir)).unwrap();
    let mut bytes = whole.clone();
    let second = memchr::memmem::find(&bytes, b"\"value\":2").unwrap();
    bytes[second + 8] = b'3';
    fs::write(data_path(&dir), &bytes).unwrap();
    assert!(matches!(store.look(), Err(Error::Corrupt { line: 4, .. })));
    assert!(matches!(
        store.begin_turn(),
        Err(Error::Corrupt { line: 4, .. })
    ));
    assert!(matches!(open(&dir), Err(Error::Corrupt { line: 4, .. })));
    assert_eq!(
        fs::read(data_path(&dir)).unwrap(),
        bytes,
        "it is left as it is"
    );
    fs::write(data_path(&dir), whole).unwrap();
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "2");
}

#[test]
fn an_expired_item_is_hidden_from_readers_and_kept_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir).unwrap();
    commit(&mut store, &put_until("\"a\"", "1", 100)).unwrap();
    let mut other = open(&dir).unwrap();
    for store in [&mut store, &mut other] {
        assert!(store.has(b"\"a\"", 99));
        assert!(!store.has(b"\"a\"", 100));
        assert_eq!((store.count(99), store.count(100)), (1, 0));
        let mut expired = 0;
        let mut listing = store.expired(100);
        listing.read(1 << 20, &mut |_| expired += 1).unwrap();
        assert_eq!(expired, 1);
    }
}

#[test]
fn much_news_is_read_in_parts_that_end_with_commits() {
    let dir = TempDir::new().unwrap();
    let mut writer = open(&dir).unwrap();
    let mut reader = open(&dir).unwrap();
    let mut together = open(&dir).unwrap();
    let long = format!("\"{}\"", "x".repeat(1000));
    // The last commit is larger than a part.
    for (first, count) in [(0, 500), (500, 500), (1000, 500), (1500, 500), (2000, 3000)] {
        let lines = (first..first + count).map(|at| put(&format!("\"{at}\""), &long));
        let lines: String = lines.collect();
        let mut turn = writer.begin_turn().unwrap().unwrap();
        turn.commit(lines.into_bytes(), false).unwrap();
    }
    let mut counts = Vec::new();
    while reader.look_some().unwrap() {
        counts.push(reader.count(0));
    }
    assert_eq!(counts, [1000, 2000]);
    assert_eq!(reader.count(0), 5000);
    together.look().unwrap();
    assert_eq!(together.count(0), 5000);
}

#[test]
fn a_look_ends_although_another_writes_faster_than_parts_are_read() {
    let dir = TempDir::new().unwrap();
    let mut writer = open(&dir).unwrap();
    let mut reader = open(&dir).unwrap();
    let long = format!("\"{}\"", "x".repeat(1000));
    let mut write = |first: usize, count: usize| {
        for at in first..first + count {
            let mut turn = writer.begin_turn().unwrap().unwrap();
            let line = put(&format!("\"{at}\""), &long);
            turn.commit(line.into_bytes(), false).unwrap();
            drop(turn);
        }
        first + count
    };
    // Four parts.
    let mut written = write(0, 4000);
    let mut parts = 0;
    while reader.look_some().unwrap() {
        parts += 1;
        assert!(parts < 20);
        written = write(written, 2000);
    }
    assert!(parts >= 4);
    assert_eq!(reader.count(0), written);
    // The next look begins to count again.
    written = write(written, 4000);
    let mut parts = 0;
    while reader.look_some().unwrap() {
        parts += 1;
    }
    assert!(parts >= 3);
    assert_eq!(reader.count(0), written);
}
