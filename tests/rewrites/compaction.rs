//! Compaction: what it leaves, and what a kill leaves at each of its steps.

use crate::support::compaction::{begin, files, run, whole, worn};
use crate::support::items::{claim, commit, items, items_at, put, put_until, removal, value};
use crate::support::machine::Operation;
use crate::support::sample::{FOLDER, data_file, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{COUNTER_OFFSET, Compaction, Progress, Source, compact};
use persist_lock::{Error, Options};
use std::cell::RefCell;
use std::path::Path;

#[test]
fn only_items_remain() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (store, held) = worn(&disk);
    let number = store.newest_commit();
    drop(store);
    assert!(run(&disk).unwrap());
    assert_eq!(files(&disk), ["data.2.jsonl"]);
    let text = String::from_utf8(disk.contents(&data_file(2))).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!("{{\"persist-lock\":1,\"snapshot\":{number}}}")
    );
    assert_eq!(lines.len(), 1 + held.len() + 2);
    assert!(
        lines[1..=held.len()]
            .iter()
            .all(|line| line.starts_with("{\"key\":"))
    );
    assert!(lines[held.len() + 1].starts_with("{\"piece\":1,"));
    assert!(lines[held.len() + 2].starts_with(&format!("{{\"snapshot\":{number},\"pieces\":1,")));
    assert_eq!(whole(&disk).items, held.len() as u64);
    let mut store = open(&disk).unwrap();
    assert_eq!(items(&mut store).unwrap(), held);
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    assert_eq!(store.newest_commit(), number + 1);
    assert_eq!(
        items(&mut open(&disk).unwrap()).unwrap().len(),
        held.len() + 1
    );
}

#[test]
fn an_empty_store_is_compacted_too() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    assert!(run(&disk).unwrap());
    assert_eq!(whole(&disk).items, 0);
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    assert!(run(&disk).unwrap());
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap().len(), 1);
    assert_eq!(items(&mut store).unwrap().len(), 1);
}

#[test]
fn an_expired_item_is_kept() {
    // A clock that is set back must not part two processes, one of which has read the old file.
    let disk = SimulatedDisk::new(0, SECTOR);
    commit(&mut open(&disk).unwrap(), &put_until("\"a\"", "1", 100)).unwrap();
    run(&disk).unwrap();
    let mut store = open(&disk).unwrap();
    assert_eq!(items_at(&mut store, 99).unwrap().len(), 1);
    assert_eq!(items_at(&mut store, 100).unwrap().len(), 0);
}

#[test]
fn a_checkpoint_is_written_in_pieces_of_which_a_large_item_is_one() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let large = format!("\"{}\"", "x".repeat(3 << 20));
    let small = format!("\"{}\"", "y".repeat(300 << 10));
    commit(&mut store, &put("\"large\"", &large)).unwrap();
    for key in 0..8 {
        commit(&mut store, &put(&format!("\"{key}\""), &small)).unwrap();
    }
    run(&disk).unwrap();
    let text = String::from_utf8(disk.contents(&data_file(2))).unwrap();
    let pieces = text.lines().filter(|line| line.starts_with("{\"piece\":"));
    let bytes: Vec<usize> = pieces
        .map(|line| {
            let bytes = line.split("\"bytes\":").nth(1).unwrap();
            bytes.split(',').next().unwrap().parse().unwrap()
        })
        .collect();
    assert_eq!(bytes.len(), 4, "{bytes:?}");
    assert!(bytes[0] > 3 << 20 && bytes[1..].iter().all(|bytes| *bytes <= 1 << 20));
    assert_eq!(
        items(&mut open(&disk).unwrap()).unwrap(),
        items(&mut store).unwrap()
    );
}

#[test]
fn a_torn_tail_is_cut_off_and_not_copied() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, held) = worn(&disk);
    let torn = [
        &disk.contents(&data_file(1))[..],
        b"{\"key\":\"torn\",\"val",
    ]
    .concat();
    disk.damage(&data_file(1), &torn);
    run(&disk).unwrap();
    whole(&disk);
    assert_eq!(items(&mut store).unwrap(), held);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), held);
}

#[test]
fn damage_stops_a_compaction_and_stays() {
    // A17: it would have been copied under a fresh checksum, and the original removed.
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, _) = worn(&disk);
    claim(&mut store).unwrap();
    let bytes = disk.contents(&data_file(1));
    let claimed = memchr::memmem::rfind(&bytes, b"{\"synced\"").unwrap();
    for at in (20..claimed).step_by(97) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        disk.damage(&data_file(1), &damaged);
        let error = run(&disk).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        assert_eq!(files(&disk), ["data.1.jsonl"]);
    }
    // Also what is damaged between the reading and the copying.
    disk.damage(&data_file(1), &bytes);
    let mut compaction = begin(&disk.new_process());
    let mut damaged = bytes.clone();
    let live = memchr::memmem::rfind(&bytes, b"\"value 39\"").unwrap();
    damaged[live + 2] ^= 1;
    disk.damage(&data_file(1), &damaged);
    let copied = compaction.copy(&Progress::default());
    assert!(matches!(copied, Err(Error::Corrupt { .. })), "{copied:?}");
}

#[test]
fn a_compaction_killed_at_any_step_loses_no_item_and_the_next_opening_removes_its_files() {
    let mut steps = 0;
    loop {
        let disk = SimulatedDisk::new(steps as u64, SECTOR);
        let (mut open_store, held) = worn(&disk);
        let process = disk.new_process();
        process.kill_after(steps);
        let progress = Progress::default();
        let options = Options::default();
        let compacted = compact(&process.shared(), Path::new("/"), options, false, &progress);
        let survived = !process.is_dead();
        assert_eq!(compacted.is_ok(), survived);
        assert_eq!(
            items(&mut open_store).unwrap(),
            held,
            "killed after {steps}"
        );
        let mut store = open(&disk.new_process()).unwrap();
        assert_eq!(items(&mut store).unwrap(), held, "killed after {steps}");
        assert_eq!(
            files(&disk).len(),
            1,
            "killed after {steps}: {:?}",
            files(&disk)
        );
        commit(&mut open_store, &put("\"a\"", "1")).unwrap();
        assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "1");
        whole(&disk);
        if survived {
            break;
        }
        steps += 1;
    }
    assert!(steps > 8, "it has more steps than {steps}");
}

#[test]
fn files_of_a_running_compaction_are_not_removed_as_leftovers() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (_, held) = worn(&disk);
    let mut compaction = begin(&disk.new_process());
    compaction.copy(&Progress::default()).unwrap();
    open(&disk.new_process()).unwrap();
    assert_eq!(files(&disk).len(), 2, "its temporary file is there");
    compaction.catch_up().unwrap();
    compaction.switch().unwrap();
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), held);
}

#[test]
fn a_file_is_worth_compacting_when_most_of_it_is_dead() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    let value = format!("\"{}\"", "x".repeat(1000));
    let mut asked = 0;
    for round in 0..2000 {
        commit(&mut store, &put(&format!("\"{}\"", round % 10), &value)).unwrap();
        if store.wants_compaction() {
            asked += 1;
            let length = disk.contents(&data_file(asked)).len();
            assert!(length < (128 << 10) + 3 * 10_000, "{length}");
            assert!(!store.wants_compaction(), "not again before it has grown");
            run(&disk).unwrap();
            let length = disk.contents(&data_file(asked + 1)).len();
            assert!(length < 10_000 * 5 / 2, "{length}");
        }
    }
    assert!(asked > 10);
    // One that holds what it is long for is not.
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for round in 0..1000 {
        commit(&mut store, &put(&format!("\"{round}\""), &value)).unwrap();
        assert!(!store.wants_compaction());
    }
}

#[test]
fn a_deleted_store_is_not_created_again() {
    let disk = SimulatedDisk::new(0, SECTOR);
    assert!(run(&disk).is_err());
    assert!(!disk.exists(Path::new(FOLDER)).unwrap());
}

#[test]
fn old_files_are_removed_lowest_first_after_a_sync_of_the_folder() {
    // Newest first, and killed between: a store on the lowest would find its file there and the next not, and write on.
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut sleeper, held) = worn(&disk);
    let rewritten = disk.new_process();
    let mut steps = 0;
    while files(&disk).len() < 2 || files(&disk)[1].starts_with("new-") {
        let process = rewritten.new_process();
        process.kill_after(steps);
        let progress = Progress::default();
        let _ = compact(
            &process.shared(),
            Path::new("/"),
            Options::default(),
            false,
            &progress,
        );
        steps += 1;
    }
    assert_eq!(files(&disk)[..2], ["data.1.jsonl", "data.2.jsonl"]);
    let process = disk.new_process();
    let progress = Progress::default();
    compact(
        &process.shared(),
        Path::new("/"),
        Options::default(),
        false,
        &progress,
    )
    .unwrap();
    let operations = process.take_operations();
    let behind_the_switch = operations
        .iter()
        .skip_while(|done| !matches!(done, Operation::Rename(_)));
    let expected = [
        Operation::Rename(data_file(3)),
        // Readers are told.
        Operation::Write {
            path: Path::new(FOLDER).join("writer.lock"),
            offset: COUNTER_OFFSET,
            length: 4,
        },
        Operation::SyncFolder(FOLDER.into()),
        Operation::Remove(data_file(1)),
        Operation::Remove(data_file(2)),
    ];
    assert_eq!(behind_the_switch.cloned().collect::<Vec<_>>(), expected);
    assert_eq!(items(&mut sleeper).unwrap(), held);
}

#[test]
fn an_open_store_compacts_itself_without_a_second_index() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, held) = worn(&disk);
    let begin_beside = |source: Option<Source>| {
        let source = RefCell::new(source);
        let dir = Path::new("/");
        let options = Options::default();
        let process = disk.new_process().shared();
        Compaction::begin_beside(process, dir, options, false, &|| source.take())
    };
    let run_with = |source| {
        let mut compaction = begin_beside(source).unwrap().unwrap();
        compaction.copy(&Progress::default()).unwrap();
        compaction.catch_up().unwrap();
        compaction.switch().unwrap();
    };
    // Committed after the items were listed, and after the file was read.
    let source = store.compaction_source();
    assert!(source.is_some());
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let mut compaction = begin_beside(source).unwrap().unwrap();
    commit(&mut store, &(put("\"b\"", "2") + &removal("\"0\""))).unwrap();
    compaction.copy(&Progress::default()).unwrap();
    compaction.catch_up().unwrap();
    compaction.switch().unwrap();
    let mut expected = held;
    expected.insert("\"a\"".to_string(), "1".to_string());
    expected.insert("\"b\"".to_string(), "2".to_string());
    expected.remove("\"0\"");
    assert_eq!(items(&mut store).unwrap(), expected);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), expected);
    // What leads into the older file is written from there.
    let source = store.compaction_source();
    run_with(source);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), expected);
    // An instance that has not read what is there now is no source: its file has been replaced meanwhile.
    let outdated = store.compaction_source();
    run(&disk).unwrap();
    run_with(outdated);
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap(), expected);
    assert_eq!(items(&mut store).unwrap(), expected);
    whole(&disk);
}

#[test]
fn damage_stops_a_compaction_even_if_the_open_store_read_the_file_before() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, _) = worn(&disk);
    claim(&mut store).unwrap();
    let source = store.compaction_source();
    let path = data_file(1);
    let mut bytes = disk.contents(&path);
    // In a commit of which no item is left.
    let at = memchr::memmem::find(&bytes, b"value 3\"").unwrap();
    bytes[at] ^= 1;
    disk.damage(&path, &bytes);
    let source = RefCell::new(source);
    let begun = Compaction::begin_beside(
        disk.shared(),
        Path::new("/"),
        Options::default(),
        false,
        &|| source.take(),
    );
    assert!(matches!(begun, Err(Error::Corrupt { .. })));
    assert_eq!(files(&disk), ["data.1.jsonl"]);
}
