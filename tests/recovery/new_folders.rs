//! A store in a new folder: the syncs before its first acknowledgement, and crashes at every step.
//!
//! The simulated disk may forget each name whose folder was not synced. So if one sync were missing, or too late, some seed would
//! lose an acknowledged item.

use crate::support::items::{Items, commit, items, put, sync};
use crate::support::machine::Operation;
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::{Options, Result, Store};
use std::path::Path;

const SEEDS: u64 = 20;

fn open(disk: &SimulatedDisk, dir: &Path) -> Result<Store> {
    Store::open(disk.shared(), dir, Options::default())
}

/// Sets an item in the store of a folder. It is on disk if that succeeds.
fn set(disk: &SimulatedDisk, dir: &Path) -> Result<()> {
    let mut store = open(disk, dir)?;
    commit(&mut store, &put("\"a\"", "1"))?;
    sync(&mut store)
}

fn set_item() -> Items {
    Items::from([("\"a\"".to_string(), "1".to_string())])
}

/// Returns the paths of the syncs of a process since the last call.
fn synced_by(disk: &SimulatedDisk) -> Vec<String> {
    let path = |done| match done {
        Operation::Sync(path) | Operation::SyncFolder(path) => Some(path.display().to_string()),
        _ => None,
    };
    disk.take_operations()
        .into_iter()
        .filter_map(path)
        .map(|path| match path.contains("new-") {
            true => "temporary file".to_string(),
            // Windows joins paths by another character.
            false => path.replace('\\', "/"),
        })
        .collect()
}

#[test]
fn a_new_store_and_its_first_item_take_five_syncs() {
    let disk = SimulatedDisk::new(0, SECTOR);
    set(&disk, Path::new("/app/other")).unwrap();
    let process = disk.new_process();
    set(&process, Path::new("/app/store")).unwrap();
    let expected = [
        "temporary file",
        "/app/store/.persist-lock/data.1.jsonl",
        "/app/store/.persist-lock",
        "/app/store",
        "/app",
    ];
    assert_eq!(synced_by(&process), expected);
}

#[test]
fn each_further_folder_is_on_disk_before_it_gets_a_name() {
    let disk = SimulatedDisk::new(0, SECTOR);
    set(&disk, Path::new("/one")).unwrap();
    let process = disk.new_process();
    set(&process, Path::new("/var/app/store")).unwrap();
    assert_eq!(synced_by(&process)[..2], ["/", "/var"]);
    // An empty folder may have been made by a process that was killed.
    disk.create_folder_at(Path::new("/var/empty"));
    let process = disk.new_process();
    set(&process, Path::new("/var/empty/store")).unwrap();
    assert_eq!(synced_by(&process)[0], "/var");
}

#[test]
fn a_power_cut_at_any_step_leaves_the_item_or_nothing() {
    let dir = Path::new("/var/app/store");
    let mut steps = 0;
    loop {
        let mut is_acknowledged = false;
        for seed in 0..SEEDS {
            let disk = SimulatedDisk::new(seed, SECTOR);
            let process = disk.new_process();
            process.kill_after(steps);
            is_acknowledged = set(&process, dir).is_ok();
            disk.cut();
            let found = items(&mut open(&disk.new_process(), dir).unwrap()).unwrap();
            let allowed = match is_acknowledged || !found.is_empty() {
                true => set_item(),
                false => Items::new(),
            };
            assert_eq!(found, allowed, "after {steps} steps, seed {seed}");
        }
        if is_acknowledged {
            break;
        }
        steps += 1;
    }
    assert!(steps > 10, "it takes more steps than {steps}");
}

#[test]
fn folders_that_a_killed_process_made_are_on_disk_before_anything_is_acknowledged() {
    is_kept_after_the_kill_of_another(Path::new("/"), Path::new("/"));
}

#[test]
fn folders_above_the_store_are_on_disk_before_anything_is_acknowledged() {
    let dir = Path::new("/var/app/store");
    is_kept_after_the_kill_of_another(dir, dir);
}

#[test]
fn folders_above_the_store_that_a_process_made_for_another_store_are_on_disk_too() {
    let [dir, other] = ["/var/app/store", "/var/app/other"].map(Path::new);
    is_kept_after_the_kill_of_another(dir, other);
    is_kept_after_the_kill_of_another(Path::new("/var/app/other/below"), other);
}

/// One process is killed at each step of a set in `killed`, and another sets an item in `dir`. Then
/// the power is cut.
fn is_kept_after_the_kill_of_another(dir: &Path, killed: &Path) {
    for steps in 0.. {
        let mut has_survived = false;
        for seed in 0..SEEDS {
            let disk = SimulatedDisk::new(seed, SECTOR);
            let process = disk.new_process();
            process.kill_after(steps);
            has_survived = set(&process, killed).is_ok();
            set(&disk.new_process(), dir).unwrap();
            disk.cut();
            let found = items(&mut open(&disk.new_process(), dir).unwrap()).unwrap();
            assert_eq!(found, set_item(), "killed after {steps} steps, seed {seed}");
        }
        if has_survived {
            return;
        }
    }
}
