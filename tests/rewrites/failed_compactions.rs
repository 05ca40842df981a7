//! Compactions that are killed or meet damage: no item is lost, and no damage is copied.

use crate::support::compaction::{begin, begin_beside, files, run, whole, worn};
use crate::support::items::{claim, commit, items, put, value};
use crate::support::machine::Operation;
use crate::support::sample::{FOLDER, data_file, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{COUNTER_OFFSET, Progress, compact};
use persist_lock::{Error, Options};
use std::path::Path;

#[test]
fn damage_stops_a_compaction_and_stays() {
    // A compaction would copy it under a new checksum and remove the original.
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
    // Damage between reading and copying is found too.
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
fn files_of_a_running_turn_are_not_removed_as_leftovers() {
    // I10: a turn makes temporary files under the writer lock, such as the one for a torn tail.
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    disk.create_file(&Path::new(FOLDER).join("new-abcdef.tmp"), b"");
    let turn = store.begin_turn().unwrap().unwrap();
    open(&disk.new_process()).unwrap();
    assert_eq!(files(&disk), ["data.1.jsonl", "new-abcdef.tmp"]);
    turn.end().unwrap();
    open(&disk.new_process()).unwrap();
    assert_eq!(files(&disk), ["data.1.jsonl"]);
}

#[test]
fn old_files_are_removed_lowest_first_after_a_sync_of_the_folder() {
    // Removed newest first, with a kill between, a store on the lowest file would miss the next one and go on writing.
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
    let after_the_switch = operations
        .iter()
        .skip_while(|done| !matches!(done, Operation::Rename(_)));
    let expected = [
        Operation::Rename(data_file(3)),
        // The change counter.
        Operation::Write {
            path: Path::new(FOLDER).join("writer.lock"),
            offset: COUNTER_OFFSET,
            length: 4,
        },
        Operation::SyncFolder(FOLDER.into()),
        Operation::Remove(data_file(1)),
        Operation::Remove(data_file(2)),
    ];
    assert_eq!(after_the_switch.cloned().collect::<Vec<_>>(), expected);
    assert_eq!(items(&mut sleeper).unwrap(), held);
}

#[test]
fn damage_stops_a_compaction_even_if_the_open_store_read_the_file_before() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let (mut store, _) = worn(&disk);
    claim(&mut store).unwrap();
    let source = store.compaction_source();
    let path = data_file(1);
    let mut bytes = disk.contents(&path);
    // In a commit without a live item.
    let at = memchr::memmem::find(&bytes, b"value 3\"").unwrap();
    bytes[at] ^= 1;
    disk.damage(&path, &bytes);
    let begun = begin_beside(&disk, source);
    assert!(matches!(begun, Err(Error::Corrupt { .. })));
    assert_eq!(files(&disk), ["data.1.jsonl"]);
}
