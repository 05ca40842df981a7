//! Compaction beside open stores: they go on meanwhile, and follow to the new file afterwards.

use crate::support::compaction::{begin, files, relocate, run, whole, worn};
use crate::support::items::{Items, claim, commit, items, parts, put, removal, sync, value};
use crate::support::sample::{FOLDER, data_file, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::Error;
use persist_lock::store::Progress;
use std::path::Path;

#[test]
fn open_stores_follow_a_compaction_without_reopening() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut writer, held) = worn(&disk);
    let mut reader = open(&disk.new_process()).unwrap();
    let mut listing = reader.listing(0);
    for round in 0..3 {
        run(&disk).unwrap();
        // Items that they have read come from the old file, which has no name any more; new ones from the new file.
        assert_eq!(
            value(&mut reader, "\"0\"").unwrap().as_ref(),
            held.get("\"0\"")
        );
        commit(&mut writer, &put("\"new\"", &round.to_string())).unwrap();
        assert_eq!(
            value(&mut reader, "\"new\"").unwrap().unwrap(),
            round.to_string()
        );
        assert_eq!(items(&mut reader).unwrap(), items(&mut writer).unwrap());
        assert_eq!(
            items(&mut open(&disk).unwrap()).unwrap(),
            items(&mut writer).unwrap()
        );
    }
    // A listing goes on with the items of its moment.
    let mut listed = Items::new();
    listing
        .read(usize::MAX, &mut |item| listed.extend([parts(&item)]))
        .unwrap();
    assert_eq!(listed, held);
}

#[test]
fn after_following_the_index_moves_to_the_new_file_and_the_old_one_is_closed() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, _) = worn(&disk);
    assert!(store.relocation().is_none());
    run(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let relocation = store.relocation().unwrap();
    assert!(store.relocation().is_none(), "once is enough");
    commit(&mut store, &(put("\"b\"", "2") + &removal("\"1\""))).unwrap();
    // Also in the middle of a turn.
    let mut turn = store.begin_turn().unwrap().unwrap();
    turn.commit(put("\"d\"", "4").into_bytes(), false).unwrap();
    let paused = turn.pause();
    let held = items(&mut store).unwrap();
    let mut listing = store.listing(0);
    let generation = relocation.generation();
    relocation
        .run(&mut |copies| store.relocate(generation, copies))
        .unwrap();
    assert_eq!(store.end_relocation(generation).len(), 1, "the old file");
    assert_eq!(items(&mut store).unwrap(), held);
    let mut turn = store.resume(paused).unwrap();
    turn.commit(put("\"e\"", "5").into_bytes(), false).unwrap();
    turn.end().unwrap();
    assert!(store.relocation().is_none());
    let mut listed = Items::new();
    listing
        .read(usize::MAX, &mut |item| listed.extend([parts(&item)]))
        .unwrap();
    assert_eq!(listed, held, "a listing goes on with the old file");
    let held = items(&mut open(&disk).unwrap()).unwrap();
    assert_eq!(items(&mut store).unwrap(), held);
    assert_eq!(held["\"e\""], "5");
    // A relocation into another file than the newest does nothing.
    run(&disk).unwrap();
    store.look().unwrap();
    let stale = store.relocation().unwrap();
    run(&disk).unwrap();
    store.look().unwrap();
    assert!(relocate(&mut store, &stale));
    assert_eq!(items(&mut store).unwrap(), held);
    // The relocation into the newest file includes entries of both older ones.
    let relocation = store.relocation().unwrap();
    let generation = relocation.generation();
    relocation
        .run(&mut |copies| store.relocate(generation, copies))
        .unwrap();
    assert_eq!(store.end_relocation(generation).len(), 2);
    assert_eq!(items(&mut store).unwrap(), held);
}

#[test]
fn an_entry_moves_to_its_own_line_not_to_an_equal_earlier_one() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, _) = worn(&disk);
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let mut compaction = begin(&disk.new_process());
    compaction.copy(&Progress::default()).unwrap();
    // The file then has the same line three times, and another between.
    for value in ["2", "1", "2", "1"] {
        commit(&mut store, &put("\"a\"", value)).unwrap();
    }
    sync(&mut store).unwrap();
    claim(&mut store).unwrap();
    commit(&mut store, &put("\"b\"", "1")).unwrap();
    compaction.catch_up().unwrap();
    compaction.switch().unwrap();
    let held = items(&mut store).unwrap();
    let relocation = store.relocation().unwrap();
    assert!(relocate(&mut store, &relocation));
    assert!(store.relocation().is_none());
    assert_eq!(items(&mut store).unwrap(), held);
    // Damage in the last of those lines is met: so it is the one that is read.
    let path = data_file(2);
    let mut bytes = disk.contents(&path);
    let at = memchr::memmem::rfind(&bytes, b"{\"key\":\"a\"").unwrap();
    bytes[at + 16] ^= 1;
    disk.damage(&path, &bytes);
    assert!(matches!(
        store.read(b"\"a\"", 0, |_| ()),
        Err(Error::Corrupt { .. })
    ));
}

#[test]
fn relocation_is_done_some_lines_at_a_time_and_never_doubles_the_index() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let lines: String = (0..5000).map(|at| put(&format!("\"{at}\""), "1")).collect();
    commit(&mut store, &lines).unwrap();
    run(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let relocation = store.relocation().unwrap();
    let generation = relocation.generation();
    let mut batches = Vec::new();
    relocation
        .run(&mut |copies| {
            batches.push(copies.len());
            // Commits of others come between, and stay.
            let key = format!("\"{}\"", batches.len() * 7);
            commit(&mut store, &put(&key, "2")).unwrap();
            store.relocate(generation, copies)
        })
        .unwrap();
    assert!(batches.len() > 10 && batches.iter().all(|&lines| lines <= 256));
    assert_eq!(store.end_relocation(generation).len(), 1);
    let held = items(&mut open(&disk).unwrap()).unwrap();
    assert_eq!(items(&mut store).unwrap(), held);
}

#[test]
fn a_new_file_that_lacks_an_item_is_reopened() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, held) = worn(&disk);
    run(&disk).unwrap();
    assert_eq!(items(&mut store).unwrap(), held);
    let path = data_file(2);
    let mut bytes = disk.contents(&path);
    let at = memchr::memmem::find(&bytes, b"value 39").unwrap();
    bytes[at] ^= 1;
    disk.damage(&path, &bytes);
    let relocation = store.relocation().unwrap();
    assert!(relocate(&mut store, &relocation));
    assert!(matches!(store.look(), Err(Error::Untrusted)));
    assert!(matches!(store.begin_turn(), Err(Error::Untrusted)));
    assert!(matches!(open(&disk), Err(Error::Corrupt { .. })));
}

#[test]
fn a_relocation_reveals_no_unseen_commit() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut writer, _) = worn(&disk);
    let mut reader = open(&disk.new_process()).unwrap();
    commit(&mut writer, &put("\"a\"", "1")).unwrap();
    run(&disk).unwrap();
    assert_eq!(value(&mut reader, "\"a\"").unwrap().unwrap(), "1");
    let relocation = reader.relocation().unwrap();
    commit(&mut writer, &put("\"a\"", "2")).unwrap();
    assert!(relocate(&mut reader, &relocation));
    assert!(reader.relocation().is_none());
    let known = reader.read(b"\"a\"", 0, |item| parts(item).1);
    assert_eq!(known.unwrap().unwrap(), "1");
    assert_eq!(value(&mut reader, "\"a\"").unwrap().unwrap(), "2");
}

#[test]
fn a_store_that_missed_a_generation_with_commits_must_reopen() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut writer, _) = worn(&disk);
    let mut sleeper = open(&disk.new_process()).unwrap();
    run(&disk).unwrap();
    run(&disk).unwrap();
    // Nothing came between: the checkpoint has the commits that the store knows.
    assert_eq!(items(&mut sleeper).unwrap(), items(&mut writer).unwrap());
    run(&disk).unwrap();
    commit(&mut writer, &put("\"a\"", "1")).unwrap();
    run(&disk).unwrap();
    assert!(matches!(sleeper.look(), Err(Error::Superseded)));
    assert!(matches!(sleeper.begin_turn(), Err(Error::Superseded)));
    assert_eq!(value(&mut writer, "\"a\"").unwrap().unwrap(), "1");
}

#[test]
fn commits_during_a_compaction_are_copied() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut writer, _) = worn(&disk);
    let mut compaction = begin(&disk.new_process());
    commit(&mut writer, &put("\"during the copy\"", "1")).unwrap();
    sync(&mut writer).unwrap();
    claim(&mut writer).unwrap();
    compaction.copy(&Progress::default()).unwrap();
    commit(&mut writer, &removal("\"0\"")).unwrap();
    compaction.catch_up().unwrap();
    commit(&mut writer, &put("\"before the switch\"", "2")).unwrap();
    let held = items(&mut writer).unwrap();
    compaction.switch().unwrap();
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), held);
    assert_eq!(items(&mut writer).unwrap(), held);
    let text = String::from_utf8(disk.contents(&data_file(2))).unwrap();
    let last = text.lines().last().unwrap();
    let number = writer.newest_commit();
    assert!(
        last.starts_with(&format!("{{\"synced\":{number},")),
        "{last}"
    );
    commit(&mut writer, &put("\"behind\"", "3")).unwrap();
    whole(&disk);
}

#[test]
fn the_writer_lock_is_free_until_the_last_copy() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut writer, _) = worn(&disk);
    let mut compaction = begin(&disk.new_process());
    compaction.copy(&Progress::default()).unwrap();
    let turn = writer.begin_turn().unwrap().unwrap();
    compaction.catch_up().unwrap();
    turn.end().unwrap();
    compaction.switch().unwrap();
    assert!(writer.begin_turn().unwrap().is_some());
}

#[test]
fn one_of_two_compactions_does_the_work() {
    // The slow one would otherwise remove commits acknowledged in the file of the fast one.
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut writer, held) = worn(&disk);
    let slow = begin(&disk.new_process());
    assert!(!run(&disk).unwrap(), "another compacts");
    // Even if somebody has taken its lock away.
    disk.remove(&Path::new(FOLDER).join("compact.lock"));
    run(&disk).unwrap();
    commit(&mut writer, &put("\"a\"", "1")).unwrap();
    let mut slow = slow;
    slow.copy(&Progress::default()).unwrap();
    let switched = slow.catch_up().and_then(|()| slow.switch());
    assert!(matches!(switched, Err(Error::Superseded)), "{switched:?}");
    assert_eq!(
        items(&mut open(&disk).unwrap()).unwrap().len(),
        held.len() + 1
    );
    assert_eq!(files(&disk), ["data.2.jsonl"]);
}
