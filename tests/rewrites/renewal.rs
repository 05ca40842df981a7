//! Renewal: after a failed sync a store goes on in a new file before it acknowledges anything, and reads on until then.
//!
//! A block whose first write failed may stay unwritten for good, even if it is written again (`support/inode.rs`). A store that
//! was told of the failure does not trust the file any more; any other asks the file system after its first sync.

use crate::support::compaction::{self, files};
use crate::support::items::{commit, items, put, sync, value};
use crate::support::machine::Operation;
use crate::support::sample::{FOLDER, data_file, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::disk::DiskFile;
use persist_lock::lock::WriterLock;
use persist_lock::log::Check;
use persist_lock::store::renew;
use persist_lock::{Error, Options, Result, Store};
use std::path::Path;
use std::sync::Arc;

const SEEDS: u64 = 60;

fn renewed(process: &SimulatedDisk, store: &Store) -> Result<()> {
    let number = store.disowned_generation().expect("a sync has failed");
    renew(
        &process.shared(),
        Path::new("/"),
        Options::default(),
        number,
    )
}

/// A store with a commit that is on disk and a long one whose sync has failed.
fn failed(seed: u64) -> (SimulatedDisk, Store) {
    let disk = SimulatedDisk::new(seed, SECTOR);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    sync(&mut store).unwrap();
    let long = format!("\"{}\"", "x".repeat(9000));
    commit(&mut store, &put("\"long\"", &long)).unwrap();
    disk.fail_next_sync();
    assert!(matches!(sync(&mut store), Err(Error::SyncFailed { .. })));
    (disk, store)
}

fn data_file_of(disk: &SimulatedDisk, number: usize) -> Arc<dyn DiskFile> {
    let folder = disk.shared().folder(Path::new(FOLDER)).unwrap();
    folder.open(&format!("data.{number}.jsonl")).unwrap()
}

#[test]
fn after_a_failed_sync_a_store_reads_on_and_commits_only_to_a_new_file() {
    for seed in 0..SEEDS {
        let (disk, mut store) = failed(seed);
        assert!(matches!(store.begin_turn(), Err(Error::Disowned)));
        assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "1");
        let length = disk.contents(&data_file(1)).len();
        renewed(&disk, &store).unwrap();
        assert_eq!(files(&disk), ["data.2.jsonl"]);
        let mut store = open(&disk).unwrap();
        commit(&mut store, &put("\"b\"", "2")).unwrap();
        sync(&mut store).unwrap();
        let held = items(&mut store).unwrap();
        assert_eq!(held.len(), 3, "of {length} bytes");
        disk.cut();
        assert_eq!(
            items(&mut open(&disk.new_process()).unwrap()).unwrap(),
            held
        );
    }
}

/// The kernel reports a failed write to one sync of a descriptor only.
#[test]
fn of_two_syncs_that_were_begun_together_the_later_one_fails_with_the_first() {
    let disk = SimulatedDisk::new(1, SECTOR);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let first = store.pending_sync().unwrap();
    commit(&mut store, &put("\"b\"", "2")).unwrap();
    let second = store.pending_sync().unwrap();
    disk.fail_next_sync();
    assert!(matches!(first.run(), Err(Error::SyncFailed { .. })));
    let result = second.run();
    assert!(matches!(result, Err(Error::SyncFailed { .. })));
    store.synced(&second, &result);
    assert!(matches!(store.begin_turn(), Err(Error::Disowned)));
}

#[test]
fn a_store_reopened_after_a_failed_sync_commits_only_to_a_new_file() {
    let (disk, mut before) = failed(0);
    let mut store = open(&disk).unwrap();
    store.inherit(&mut before);
    assert!(matches!(store.begin_turn(), Err(Error::Disowned)));
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "1");
    // Once another process has moved it, all is well.
    renewed(&disk.new_process(), &before).unwrap();
    commit(&mut store, &put("\"b\"", "2")).unwrap();
    let mut store = open(&disk).unwrap();
    store.inherit(&mut before);
    commit(&mut store, &put("\"b\"", "3")).unwrap();
}

#[test]
fn a_failed_renewal_rejects_with_nothing_stored_and_reads_go_on() {
    let (disk, mut store) = failed(0);
    disk.fail_next_sync();
    let error = renewed(&disk, &store).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert!(error.to_string().contains("new file"), "{error}");
    assert_eq!(files(&disk), ["data.1.jsonl"]);
    assert!(matches!(store.begin_turn(), Err(Error::Disowned)));
    assert_eq!(value(&mut store, "\"a\"").unwrap().unwrap(), "1");
    renewed(&disk, &store).unwrap();
    assert_eq!(items(&mut open(&disk).unwrap()).unwrap().len(), 2);
}

#[test]
fn a_failed_sync_of_a_folder_renews_the_file_too() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    disk.fail_next_folder_sync();
    assert!(matches!(sync(&mut store), Err(Error::SyncFailed { .. })));
    assert!(matches!(store.begin_turn(), Err(Error::Disowned)));
}

#[test]
fn several_open_stores_renew_the_file_once() {
    // The sync of each store reports the failure; the second store finds that the first has renewed the file.
    for seed in 0..SEEDS {
        let disk = SimulatedDisk::new(seed, SECTOR);
        let (one, two) = (disk.new_process(), disk.new_process());
        let (mut first, mut second) = (open(&one).unwrap(), open(&two).unwrap());
        for store in [&mut first, &mut second] {
            commit(store, &put("\"a\"", "1")).unwrap();
            sync(store).unwrap();
        }
        let long = format!("\"{}\"", "x".repeat(5000));
        commit(&mut first, &put("\"b\"", &long)).unwrap();
        commit(&mut second, &put("\"c\"", "3")).unwrap();
        one.fail_next_sync();
        sync(&mut first).unwrap_err();
        sync(&mut second).unwrap_err();
        renewed(&one, &first).unwrap();
        two.take_operations();
        renewed(&two, &second).unwrap();
        let folder = Operation::SyncFolder("/.persist-lock".into());
        assert_eq!(two.take_operations(), [folder], "all is there already");
        assert_eq!(files(&disk), ["data.2.jsonl"]);
        // By itself it goes over to the new file, and is told nothing more of the old one.
        commit(&mut second, &put("\"d\"", "4")).unwrap();
        sync(&mut second).unwrap();
        let held = items(&mut second).unwrap();
        disk.cut();
        assert_eq!(
            items(&mut open(&disk.new_process()).unwrap()).unwrap(),
            held
        );
    }
}

#[test]
fn a_newcomer_renews_the_file_if_synced_blocks_stay_unwritten() {
    let mut moved = 0;
    for seed in 0..SEEDS {
        let (disk, _) = failed(seed);
        let unwritten = data_file_of(&disk, 1).has_unwritten(&(0..10_000)).unwrap();
        let mut store = open(&disk.new_process()).unwrap();
        commit(&mut store, &put("\"b\"", "2")).unwrap();
        sync(&mut store).unwrap();
        let expected = if unwritten {
            "data.2.jsonl"
        } else {
            "data.1.jsonl"
        };
        assert_eq!(files(&disk), [expected], "seed {seed}");
        moved += u64::from(unwritten);
        let held = items(&mut store).unwrap();
        commit(&mut store, &put("\"c\"", "3")).unwrap();
        sync(&mut store).unwrap();
        assert_eq!(held.len(), 3);
        disk.cut();
        let found = items(&mut open(&disk.new_process()).unwrap()).unwrap();
        assert_eq!(found.len(), 4, "seed {seed}");
    }
    assert!((5..SEEDS - 5).contains(&moved), "of both kinds: {moved}");
}

#[test]
fn blocks_that_others_wrote_ahead_are_checked_too() {
    // The file is longer than its last commit, by blocks that were fresh when a sync failed.
    let with_room = |seed| {
        let disk = SimulatedDisk::new(seed, SECTOR);
        let mut store = open(&disk).unwrap();
        commit(&mut store, &put("\"a\"", "1")).unwrap();
        let file = data_file_of(&disk, 1);
        let end = file.status().unwrap().length;
        file.write_at(end, &[b' '; 5000]).unwrap();
        disk.fail_next_sync();
        sync(&mut store).unwrap_err();
        (disk, end)
    };
    let ahead = |(disk, end): &(SimulatedDisk, u64)| {
        let file = data_file_of(disk, 1);
        !file.has_unwritten(&(0..*end)).unwrap() && file.has_unwritten(&(*end..end + 5000)).unwrap()
    };
    let found = (0..2000).map(with_room).find(ahead);
    let (disk, end) = found.expect("a seed with blocks that are unwritten behind the end alone");
    let process = disk.new_process();
    let data = data_file_of(&process, 1);
    let mut file = persist_lock::store::DataFile::new(data, Some(1)).unwrap();
    file.read_on(Check::Full).unwrap();
    let lock = WriterLock::open(&*process.shared().folder(Path::new(FOLDER)).unwrap(), 0o600);
    let held = Arc::new(lock.unwrap()).try_acquire().unwrap().unwrap();
    file.vouch(&held).unwrap();
    assert_eq!(file.written_again().unwrap().end, end + 5000);
}

#[test]
fn a_newcomer_whose_renewal_fails_has_failed_to_sync() {
    let mut met = 0;
    for seed in 0..SEEDS {
        let (disk, _) = failed(seed);
        if !data_file_of(&disk, 1).has_unwritten(&(0..10_000)).unwrap() {
            continue;
        }
        met += 1;
        let process = disk.new_process();
        let mut store = open(&process).unwrap();
        commit(&mut store, &put("\"b\"", "2")).unwrap();
        process.fail_next_write();
        let error = sync(&mut store).unwrap_err();
        assert!(matches!(error, Error::SyncFailed { .. }), "{error}");
        assert_eq!(error.path(), Some(data_file(1).as_path()));
        assert!(matches!(store.begin_turn(), Err(Error::Disowned)));
        renewed(&process, &store).unwrap();
        let held = items(&mut open(&process).unwrap()).unwrap();
        assert_eq!(held.len(), 3);
        disk.cut();
        assert_eq!(
            items(&mut open(&disk.new_process()).unwrap()).unwrap(),
            held
        );
    }
    assert!(met > 5);
}

#[test]
fn a_compaction_by_another_store_replaces_the_renewal() {
    let (disk, mut store) = failed(0);
    assert!(compaction::run(&disk).unwrap());
    commit(&mut store, &put("\"b\"", "2")).unwrap();
    sync(&mut store).unwrap();
    assert_eq!(files(&disk), ["data.2.jsonl"]);
}
