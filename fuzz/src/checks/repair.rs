//! A repair of any bytes keeps every intact commit, sets everything else aside, and leaves a file
//! without damage.

use super::corrected;
use super::disks::{check_goes_on, contents, data_path, live, open};
use super::reference::{self, Intact};
use crate::support::sample::{FOLDER, disk_with};
use crate::support::simulated_disk::SimulatedDisk;
use persist_lock::log::{Plain, Salvage, salvage};
use persist_lock::store::{Progress, Repaired, repair, verify};
use persist_lock::{Error, Options, Result};
use std::path::Path;
use std::time::Duration;

/// Takes the input as a data file.
pub fn check(input: &[u8]) {
    for bytes in corrected::forms(input) {
        check_file(&bytes);
    }
}

fn check_file(bytes: &[u8]) {
    let disk = disk_with(bytes);
    let file = disk.open(&data_path(1)).unwrap();
    let text = Plain::new(file).unwrap();
    let found = salvage(&text, &|_| {}).unwrap();
    check_stretches(&found, text.length());
    match run(&disk) {
        Err(Error::UnknownVersion { .. }) => assert_eq!(disk.contents(&data_path(1)), bytes),
        Err(error) => panic!("{error}"),
        Ok(repaired) if repaired.repaired => {
            let damaged = found.damaged.iter();
            let aside: Vec<u8> = damaged
                .map(|damage| text.in_file(&(damage.offset..damage.offset + damage.bytes)))
                .flat_map(|stretch| &bytes[stretch.start as usize..stretch.end as usize])
                .copied()
                .collect();
            check_repaired(&disk, bytes, &found, &repaired, aside);
        }
        Ok(_) => check_left(&disk, bytes),
    }
}

fn run(disk: &SimulatedDisk) -> Result<Repaired> {
    let progress = Progress::default();
    repair(
        &disk.shared(),
        Path::new("/"),
        Options::default(),
        &progress,
    )
}

/// Checks that intact and damaged stretches together make up the file, without overlap.
fn check_stretches(found: &Salvage, length: u64) {
    let damaged = found.damaged.iter();
    let mut stretches: Vec<(u64, u64)> = damaged
        .map(|damage| (damage.offset, damage.offset + damage.bytes))
        .chain(found.intact.iter().map(|intact| (intact.start, intact.end)))
        .collect();
    stretches.sort_unstable();
    let end = stretches.iter().fold(0, |end, stretch| {
        assert_eq!(stretch.0, end, "{found:?}");
        assert!(stretch.1 > end, "{found:?}");
        stretch.1
    });
    assert_eq!(end, length, "{found:?}");
}

fn check_repaired(
    disk: &SimulatedDisk,
    bytes: &[u8],
    found: &Salvage,
    repaired: &Repaired,
    aside: Vec<u8>,
) {
    let Intact { items, commits } = reference::intact(&reference::plain(bytes));
    assert_eq!(repaired.commits, commits);
    assert_eq!(repaired.items, items.len() as u64);
    assert_eq!(repaired.wrote, Some(data_path(2)));

    let path = Path::new(FOLDER).join("damaged.1.jsonl");
    match &repaired.aside {
        Some(found) => assert_eq!((found, disk.contents(&path)), (&path, aside)),
        None => assert!(aside.is_empty()),
    }
    let own = [
        "compact.lock",
        "damaged.1.jsonl",
        "data.2.jsonl",
        "writer.lock",
    ];
    let names = disk.names(Path::new(FOLDER));
    assert!(
        names.iter().all(|name| own.contains(&name.as_str())),
        "{names:?}"
    );

    check_intact(disk);
    assert!(!run(disk).unwrap().repaired);
    let mut store = open(disk).unwrap();
    assert!(store.newest_commit() > found.newest);
    let held = live(&items);
    assert_eq!(contents(&mut store), held);
    check_goes_on(disk, &mut store, &held);
}

/// Checks a file that a repair has left alone: it has no damage, except a torn tail, which the next
/// writer cuts off.
fn check_left(disk: &SimulatedDisk, bytes: &[u8]) {
    assert_eq!(disk.contents(&data_path(1)), bytes);
    let valid = reference::valid(bytes).expect("no valid beginning");
    let mut store = open(disk).unwrap();
    let turn = store.begin_turn().unwrap().unwrap();
    turn.end().unwrap();
    check_intact(disk);
    check_goes_on(disk, &mut store, &live(&valid.items));
}

/// Checks that verification finds no damage. It looks twice only at a damaged file, and only then
/// it pauses.
fn check_intact(disk: &SimulatedDisk) {
    let report = verify(disk, Path::new("/"), Duration::ZERO, &Progress::default()).unwrap();
    assert!(report.damaged.is_empty() && report.torn == 0, "{report:?}");
}
