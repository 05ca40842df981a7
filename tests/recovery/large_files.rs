//! A data file of more than 4 GB: longer than the numbers of a 32-bit machine.

use crate::support::items::{claim, commit, items, put, sync};
use persist_lock::disk::{Disk, RealDisk};
use persist_lock::store::{Progress, repair, verify};
use persist_lock::{Options, Store};
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::time::Duration;

/// The length of the damage: its lower 32 bits are a number of few bytes.
const DAMAGE: u64 = (1 << 32) + 5;
/// The length of a line of the damage.
const LINE: u64 = 16 << 20;

#[test]
#[ignore = "copies 4 GB"]
fn commits_around_4_gb_of_damage_are_kept_and_the_damage_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let open = || Store::open(disk.clone(), folder.path(), Options::default());
    let path = folder.path().join(".persist-lock/data.1.jsonl");
    let mut store = open().unwrap();
    let mut before = 0;
    for key in ["\"a\"", "\"b\""] {
        before = fs::metadata(&path).map_or(0, |found| found.len());
        commit(&mut store, &put(key, "1")).unwrap();
        sync(&mut store).unwrap();
    }
    claim(&mut store).unwrap();
    let expected = items(&mut store).unwrap();
    drop(store);

    let bytes = fs::read(&path).unwrap();
    let (first, second) = bytes.split_at(before as usize);
    fs::write(&path, first).unwrap();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    let end = before + DAMAGE;
    for offset in (before..end).step_by(LINE as usize).skip(1).chain([end]) {
        file.seek(SeekFrom::Start(offset - 1)).unwrap();
        file.write_all(b"\n").unwrap();
    }
    file.write_all(second).unwrap();

    let progress = Progress::default();
    let report = verify(&*disk, folder.path(), Duration::ZERO, &progress).unwrap();
    let [damage] = &report.damaged[..] else {
        panic!("{:?}", report.damaged);
    };
    assert_eq!((damage.offset, damage.bytes), (before, DAMAGE));
    assert!(open().is_err());
    let repaired = repair(&disk, folder.path(), Options::default(), &progress).unwrap();
    let aside = fs::metadata(repaired.aside.unwrap()).unwrap();
    assert_eq!(aside.len(), DAMAGE);
    assert_eq!(items(&mut open().unwrap()).unwrap(), expected);
}
