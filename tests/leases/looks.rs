//! Looks at the locks of a store, with the system's table of locks and without.

use crate::support::leases::{Place, begin_turn, ends, leases, name, turn};
use persist_lock::disk::LockMode::{self, Exclusive, Shared};
use persist_lock::disk::{Disk, RealDisk, system_locks};
use persist_lock::lease::{Own, Seen, Subject, look, look_with};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A process that cannot live: its number is higher than any system's.
const DEAD: u32 = 0x7fff_fffe;

fn folder(place: &Place) -> Arc<dyn persist_lock::disk::Folder> {
    RealDisk.folder(&store_path(place)).unwrap()
}

fn store_path(place: &Place) -> PathBuf {
    place.path().join(".persist-lock")
}

fn lease_path(place: &Place) -> PathBuf {
    let names = place.files();
    let name = names.iter().find(|name| name.ends_with(".lease")).unwrap();
    store_path(place).join("leases").join(name)
}

/// The parts of locks that are the same in each run, in order.
fn shown(seen: Vec<Seen>) -> Vec<(Subject, Option<String>, LockMode, bool, u32)> {
    let mut shown: Vec<_> = seen
        .into_iter()
        .map(|lock| (lock.subject, lock.key, lock.mode, lock.is_waiting, lock.pid))
        .collect();
    shown.sort_by_key(|(_, key, _, is_waiting, pid)| (key.clone(), *is_waiting, *pid));
    shown
}

fn rename_holder(path: &Path, pid: u32, host: Option<&str>) {
    let text = fs::read_to_string(path).unwrap();
    let own = format!("\"pid\":{}", std::process::id());
    let (line, details) = text.split_once('\n').unwrap();
    let line = line.replace(&own, &format!("\"pid\":{pid}"));
    let mut details = details.to_string();
    if let Some(host) = host {
        let begin = details.find("\"host\":\"").unwrap() + "\"host\":\"".len();
        let end = begin + details[begin..].find('"').unwrap();
        details.replace_range(begin..end, host);
    }
    let line = line.trim_end();
    fs::write(path, format!("{line:<63}\n{details}")).unwrap();
}

#[test]
fn a_look_lists_those_that_have_keys_and_those_that_wait() {
    if system_locks().is_none() {
        return;
    }
    let place = Place::real();
    let [mut one, mut two, mut three] = place.open_many();
    assert!(leases(&mut one, "a", Exclusive));
    assert!(leases(&mut one, "b", Shared) && leases(&mut two, "b", Shared));
    let wait = turn(&mut two, |leases| leases.wait(&name("a"), Exclusive));
    assert!(wait.is_some());
    let pid = std::process::id();
    let lock = |key: &str, mode, is_waiting| {
        let key = format!("\"{key}\"");
        (Subject::Key, Some(key), mode, is_waiting, pid)
    };
    let all = [
        lock("a", Exclusive, false),
        lock("a", Exclusive, true),
        lock("b", Shared, false),
        lock("b", Shared, false),
    ];
    let folder = folder(&place);
    let look_of = |own: &Own| shown(look(&*folder, own).unwrap());
    assert_eq!(look_of(&Own::default()), all);
    assert_eq!(look_of(&three.locks().unwrap().1), all);
    // Each leaves out its own.
    assert_eq!(look_of(&one.locks().unwrap().1), all[1..3]);
    let others = [all[0].clone(), all[2].clone()];
    assert_eq!(look_of(&two.locks().unwrap().1), others);
    two.leases().unwrap().abandon(&name("a")).unwrap();
    ends(&mut one, "a");
    assert_eq!(look_of(&three.locks().unwrap().1), all[2..]);
    let turn = begin_turn(&mut three);
    let during = look_of(&Own::default());
    assert!(during.contains(&(Subject::Turn, None, Exclusive, false, pid)));
    drop(turn);
}

#[test]
fn without_a_table_a_file_counts_while_its_process_lives() {
    let place = Place::real();
    let [mut one, mut two] = place.open_many();
    assert!(leases(&mut one, "a", Shared));
    let folder = folder(&place);
    let by_text = |own: &Own| shown(look_with(&*folder, own, None).unwrap());
    let pid = std::process::id();
    let lock = |pid| (Subject::Key, Some("\"a\"".to_string()), Shared, false, pid);
    assert_eq!(by_text(&Own::default()), [lock(pid)]);
    assert_eq!(by_text(&one.locks().unwrap().1), []);
    let path = lease_path(&place);
    rename_holder(&path, DEAD, None);
    assert_eq!(by_text(&two.locks().unwrap().1), []);
    // Nothing is known of processes of another machine or container, except what they write.
    rename_holder(&path, DEAD, Some("elsewhere"));
    let seen = look_with(&*folder, &Own::default(), Some(Vec::new())).unwrap();
    assert_eq!(seen[0].host.as_deref(), Some("elsewhere"));
    assert_eq!(shown(seen), [lock(DEAD)]);
    ends(&mut one, "a");
    assert!(leases(&mut two, "a", Exclusive));
}

#[test]
fn a_file_that_nobody_has_locked_is_not_reported() {
    let place = Place::real();
    let mut one = place.open();
    assert!(leases(&mut one, "a", Exclusive));
    let folder = folder(&place);
    let none = look_with(&*folder, &Own::default(), Some(Vec::new())).unwrap();
    assert_eq!(none, []);
    let text = fs::read_to_string(lease_path(&place)).unwrap();
    assert!(text.contains("\"key\":\"a\""), "{text}");
}

#[cfg(unix)]
#[test]
fn the_kernel_may_name_another_device_than_the_file_system() {
    use persist_lock::disk::SystemLock;
    use std::os::unix::fs::MetadataExt;
    let place = Place::real();
    let mut one = place.open();
    assert!(leases(&mut one, "a", Exclusive));
    let file = fs::metadata(lease_path(&place)).unwrap();
    let lock = |pid, device| SystemLock {
        pid,
        mode: Exclusive,
        is_waiting: false,
        device,
        inode: file.ino(),
    };
    let other = file.dev() + 1;
    let folder = folder(&place);
    let seen = |table| shown(look_with(&*folder, &Own::default(), Some(table)).unwrap());
    let pid = std::process::id();
    let expected = [(
        Subject::Key,
        Some("\"a\"".to_string()),
        Exclusive,
        false,
        pid,
    )];
    assert_eq!(seen(vec![lock(1, other + 1), lock(pid, other)]), expected);
    assert_eq!(seen(vec![lock(1, other), lock(pid, file.dev())]), expected);
    // The same number on a device that is not the store's.
    assert_eq!(seen(vec![lock(1, other)]), []);
}
