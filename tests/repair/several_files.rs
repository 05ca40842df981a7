//! Repair of several data files: the newest intact items of all are kept, and no byte is removed that is neither kept nor set
//! aside.

use crate::support::compaction::{self, files};
use crate::support::items::{Items, claim, commit, items, put, sync};
use crate::support::repair::{Two, disk_of, found, repair_store, two};
use crate::support::sample::{Claims, FOLDER, Sample, data_file, open};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::record::HEADER;
use persist_lock::store::{Progress, repair, verify};
use persist_lock::{Error, Options, Store};
use std::path::Path;
use std::time::Duration;

#[test]
fn an_empty_or_half_written_newer_file_costs_no_item() {
    let Two {
        first,
        second,
        head,
        before,
        ..
    } = two();
    let empty: &[u8] = b"";
    let halves = (0..head).map(|length| &second[..length]);
    for half in [empty, HEADER, b"\n", b"{\"pers", &[0; 100]]
        .into_iter()
        .chain(halves)
    {
        let disk = disk_of(&[(1, &first), (2, half)]);
        let error = open(&disk.new_process()).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        assert!(error.repairable().is_some(), "{error}");
        let report = verify(&disk, Path::new("/"), Duration::ZERO, &Progress::default()).unwrap();
        assert!(!report.damaged.is_empty(), "{} bytes", half.len());
        let repaired = repair_store(&disk).unwrap();
        assert!(repaired.repaired);
        assert_eq!(repaired.older.len(), 1);
        assert_eq!(repaired.older[0].file, data_file(1));
        assert_eq!(found(&disk), before, "{} bytes", half.len());
        if let Some(aside) = &repaired.aside {
            let bytes = disk.contents(aside);
            let length: u64 = repaired.damaged.iter().map(|damage| damage.bytes).sum();
            assert_eq!(bytes.len() as u64, length);
        }
        assert!(!repair_store(&disk).unwrap().repaired, "twice");
        assert_eq!(found(&disk), before);
    }
}

#[test]
fn a_file_that_begins_with_a_checkpoint_needs_no_older_file() {
    let Two {
        first,
        second,
        after,
        ..
    } = two();
    let disk = disk_of(&[(1, &first), (2, &second)]);
    assert!(!repair_store(&disk).unwrap().repaired);
    assert_eq!(found(&disk), after);
    assert_eq!(files(&disk), ["data.2.jsonl"], "left by a kill");
}

#[test]
fn damaged_items_of_one_file_are_taken_from_another() {
    let Two {
        first,
        second,
        head,
        after,
        ..
    } = two();
    for at in 0..second.len() {
        let mut damaged = second.clone();
        damaged[at] ^= 1;
        let disk = disk_of(&[(1, &first), (2, &damaged)]);
        let Ok(repaired) = repair_store(&disk) else {
            assert!(at < HEADER.len(), "of a version that is not known");
            assert_eq!(files(&disk), ["data.1.jsonl", "data.2.jsonl"]);
            continue;
        };
        if at < head {
            assert!(repaired.repaired, "at {at}");
            assert_eq!(found(&disk), after, "at {at}");
        } else if repaired.repaired {
            // One of the two commits after the checkpoint is lost, nothing before them, and removed items do not return.
            let kept = found(&disk);
            assert!(!kept.contains_key("\"b\""), "at {at}");
            assert!(kept["\"a\""] == "2" || kept["\"a\""] == "3", "at {at}");
            assert_eq!(kept["\"e\""], "1", "at {at}");
        }
    }
}

#[test]
fn intact_items_of_several_damaged_files_are_kept() {
    let Two { first, second, .. } = two();
    let flip = |bytes: &[u8], text: &str| {
        let mut bytes = bytes.to_vec();
        let at = memchr::memmem::find(&bytes, text.as_bytes()).unwrap();
        bytes[at + text.len() - 1] ^= 1;
        bytes
    };
    // The second commit of the older file, and the only piece of the newer one.
    let disk = disk_of(&[
        (1, &flip(&first, "{\"key\":\"c\",\"value\":1")),
        (2, &flip(&second, "{\"key\":\"c\",\"value\":1")),
    ]);
    let repaired = repair_store(&disk).unwrap();
    assert!(repaired.aside.is_some() && repaired.older[0].aside.is_some());
    let expected = [("\"a\"", "3"), ("\"d\"", "3"), ("\"e\"", "1")];
    let expected = expected.map(|(key, value)| (key.to_string(), value.to_string()));
    assert_eq!(found(&disk), Items::from(expected));
}

#[test]
fn a_clear_in_one_file_applies_only_to_older_ones() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    let mut turn = store.begin_turn().unwrap().unwrap();
    turn.commit(put("\"b\"", "2").into_bytes(), true).unwrap();
    turn.end().unwrap();
    sync(&mut store).unwrap();
    claim(&mut store).unwrap();
    let first = disk.contents(&data_file(1));
    let disk = disk_of(&[(1, &first), (2, b"")]);
    repair_store(&disk).unwrap();
    let expected = [("\"b\"".to_string(), "2".to_string())];
    assert_eq!(found(&disk), Items::from(expected));
}

#[test]
fn files_that_an_earlier_repair_set_aside_are_kept() {
    let sample = Sample::new(Claims::All);
    let mut damaged = sample.bytes.clone();
    damaged[sample.ends[1] + 9] ^= 1;
    let disk = disk_of(&[(1, &damaged)]);
    let folder = disk.shared().folder(Path::new(FOLDER)).unwrap();
    folder
        .create_complete("damaged.1.jsonl", b"earlier", 0o600)
        .unwrap();
    let aside = repair_store(&disk).unwrap().aside.unwrap();
    assert!(aside.ends_with("damaged.1.2.jsonl"), "{}", aside.display());
    assert_eq!(
        disk.contents(&aside.with_file_name("damaged.1.jsonl")),
        b"earlier"
    );
}

#[test]
fn a_file_of_an_unknown_version_is_not_touched() {
    let sample = Sample::new(Claims::All);
    for (first, second) in [
        (&b"{\"persist-lock\":2}\n"[..], &b""[..]),
        (&sample.bytes, b"{\"persist-lock\":2}\n"),
    ] {
        let disk = disk_of(&[(1, first), (2, second)]);
        assert!(matches!(
            repair_store(&disk),
            Err(Error::UnknownVersion { .. })
        ));
        assert_eq!(disk.contents(&data_file(1)), first);
        assert_eq!(disk.contents(&data_file(2)), second);
    }
}

#[test]
fn a_repair_of_several_files_killed_at_any_step_loses_nothing() {
    let Two {
        first,
        second,
        head,
        before,
        ..
    } = two();
    let half = &second[..head / 2];
    for steps in 0.. {
        for cut in [false, true] {
            let disk = disk_of(&[(1, &first), (2, half)]);
            let process = disk.new_process();
            process.kill_after(steps);
            let (options, progress) = (Options::default(), Progress::default());
            let repaired = repair(&process.shared(), Path::new("/"), options, &progress);
            let survived = !process.is_dead();
            assert_eq!(repaired.is_ok(), survived);
            if cut {
                disk.cut();
            }
            match open(&disk.new_process()) {
                Ok(_) => {}
                Err(Error::Corrupt { .. }) => assert!(repair_store(&disk).unwrap().repaired),
                Err(error) => panic!("{error}"),
            }
            assert_eq!(found(&disk), before, "killed after {steps}, cut: {cut}");
            if survived && cut {
                return;
            }
        }
    }
}

#[test]
fn open_stores_report_a_newer_file_and_go_on_after_its_repair() {
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    commit(&mut store, &put("\"a\"", "1")).unwrap();
    sync(&mut store).unwrap();
    let folder = disk.shared().folder(Path::new(FOLDER)).unwrap();
    folder.create_complete("data.2.jsonl", b"", 0o600).unwrap();
    assert!(matches!(store.begin_turn(), Err(Error::Superseded)));
    assert!(matches!(
        open(&disk.new_process()),
        Err(Error::Corrupt { .. })
    ));
    repair_store(&disk).unwrap();
    let mut store: Store = open(&disk.new_process()).unwrap();
    commit(&mut store, &put("\"b\"", "2")).unwrap();
    assert_eq!(items(&mut store).unwrap().len(), 2);
}

#[test]
fn an_older_file_that_the_newest_does_not_continue_is_set_aside_entirely() {
    let sample = Sample::new(Claims::All);
    // Another store's, whose checkpoint is of a later commit than the sample's last.
    let disk = SimulatedDisk::new(0, SECTOR);
    let mut store = open(&disk).unwrap();
    for value in 0..9 {
        commit(&mut store, &put("\"other\"", &value.to_string())).unwrap();
        sync(&mut store).unwrap();
    }
    compaction::run(&disk).unwrap();
    for value in 10..13 {
        commit(&mut store, &put("\"other\"", &value.to_string())).unwrap();
        sync(&mut store).unwrap();
    }
    claim(&mut store).unwrap();
    let mut other = disk.contents(&data_file(2));
    let at = memchr::memmem::rfind(&other, b"{\"key\"").unwrap();
    other[at + 9] ^= 1;
    let disk = disk_of(&[(1, &sample.bytes), (2, &other)]);
    let repaired = repair_store(&disk).unwrap();
    assert!(repaired.repaired);
    let aside = repaired.older[0].aside.as_ref().expect("it is named");
    assert_eq!(disk.contents(aside), sample.bytes);
    assert_eq!(found(&disk)["\"other\""], "11");
}

#[test]
fn an_older_file_that_the_newest_continues_is_not_set_aside() {
    let Two {
        first,
        second,
        head,
        ..
    } = two();
    let behind = memchr::memmem::find(&second[head..], b"\n{\"commit\"").unwrap();
    let mut damaged = second.clone();
    damaged[head + behind - 2] ^= 1;
    let disk = disk_of(&[(1, &first), (2, &damaged)]);
    let repaired = repair_store(&disk).unwrap();
    assert!(repaired.repaired && repaired.aside.is_some());
    assert_eq!(repaired.older[0].aside, None);
}
