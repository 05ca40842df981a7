//! Locks of files on a real disk, as the store relies on them on every system: they belong to the
//! open file, and keep nobody from reading or writing.

use persist_lock::disk::LockMode::{Exclusive, Shared};
use persist_lock::disk::{Disk, DiskFile, Folder, Made, RealDisk};
use std::fs;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use tempfile::TempDir;

/// A folder with a file that holds `text`.
struct Place {
    temporary: TempDir,
    folder: Arc<dyn Folder>,
}

impl Place {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = RealDisk.folder(temporary.path()).unwrap();
        let (file, made) = folder.open_or_create("lock", 0o600).unwrap();
        assert_eq!(made, Made::Now);
        file.write_at(0, b"text").unwrap();
        Place { temporary, folder }
    }

    /// Opens the file once more. Locks tell open files apart.
    fn open(&self) -> Arc<dyn DiskFile> {
        self.folder.open("lock").unwrap()
    }
}

fn text(file: &dyn DiskFile) -> Vec<u8> {
    let mut bytes = vec![0; 10];
    let length = file.read_at(0, &mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}

/// Waits for an exclusive lock on a thread, which has begun to wait, or is about to.
fn waits(file: &Arc<dyn DiskFile>) -> JoinHandle<()> {
    let waiting = file.clone();
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        tell.send(()).unwrap();
        waiting.lock(Exclusive).unwrap();
    });
    told.recv().unwrap();
    // Only Windows keeps the state in the file.
    while cfg!(windows) && !format!("{file:?}").contains("Waiting") {
        thread::yield_now();
    }
    thread
}

#[test]
fn locks_exclude_other_open_files() {
    let place = Place::new();
    let [one, two, three] = [(); 3].map(|()| place.open());
    assert!(one.try_lock(Exclusive).unwrap());
    assert!(!two.try_lock(Exclusive).unwrap());
    assert!(!two.try_lock(Shared).unwrap());
    one.unlock().unwrap();
    assert!(two.try_lock(Shared).unwrap());
    assert!(three.try_lock(Shared).unwrap());
    assert!(!one.try_lock(Exclusive).unwrap());
    two.unlock().unwrap();
    three.unlock().unwrap();
    assert!(one.try_lock(Exclusive).unwrap());
}

#[test]
fn a_lock_that_is_taken_again_is_the_same_lock() {
    let place = Place::new();
    let [one, two] = [(); 2].map(|()| place.open());
    for mode in [Exclusive, Shared] {
        assert!(one.try_lock(mode).unwrap());
        assert!(one.try_lock(mode).unwrap());
        // It would wait for itself.
        one.lock(mode).unwrap();
        assert!(!two.try_lock(Exclusive).unwrap());
        one.unlock().unwrap();
        assert!(two.try_lock(Exclusive).unwrap(), "one unlock is enough");
        two.unlock().unwrap();
    }
}

#[test]
fn a_lock_changes_its_mode() {
    let place = Place::new();
    let [one, two] = [(); 2].map(|()| place.open());
    assert!(one.try_lock(Shared).unwrap());
    assert!(one.try_lock(Exclusive).unwrap());
    assert!(!two.try_lock(Shared).unwrap());
    assert!(one.try_lock(Shared).unwrap());
    assert!(two.try_lock(Shared).unwrap());
    assert!(!one.try_lock(Exclusive).unwrap(), "two of them share it");
    one.unlock().unwrap();
    assert!(two.try_lock(Exclusive).unwrap());
    two.lock(Shared).unwrap();
    two.lock(Exclusive).unwrap();
    assert!(!one.try_lock(Shared).unwrap());
}

#[test]
fn to_unlock_a_file_that_is_not_locked_does_nothing() {
    let place = Place::new();
    let [one, two] = [(); 2].map(|()| place.open());
    one.unlock().unwrap();
    assert!(two.try_lock(Exclusive).unwrap());
    one.unlock().unwrap();
    assert!(
        !one.try_lock(Exclusive).unwrap(),
        "it is not the file's own"
    );
    one.unlock().unwrap();
    two.unlock().unwrap();
    two.unlock().unwrap();
    assert!(one.try_lock(Exclusive).unwrap());
}

#[test]
fn a_locked_file_can_be_read_and_written_by_all() {
    let place = Place::new();
    let [holder, other] = [(); 2].map(|()| place.open());
    for mode in [Shared, Exclusive] {
        assert!(holder.try_lock(mode).unwrap());
        for file in [&holder, &other, &place.open()] {
            file.write_at(1, b"E").unwrap();
            assert_eq!(text(&**file), b"tExt");
            file.truncate(3).unwrap();
            assert_eq!(file.status().unwrap().length, 3);
            file.write_at(0, b"text").unwrap();
            file.sync().unwrap();
        }
        let read_only = place.folder.open_read_only("lock").unwrap();
        assert_eq!(text(&*read_only), b"text");
        assert_eq!(
            fs::read(place.temporary.path().join("lock")).unwrap(),
            b"text"
        );
    }
}

#[test]
fn a_file_can_be_used_while_a_thread_waits_with_it() {
    let place = Place::new();
    let [holder, other] = [(); 2].map(|()| place.open());
    assert!(holder.try_lock(Exclusive).unwrap());
    let thread = waits(&other);
    other.write_at(1, b"E").unwrap();
    assert_eq!(text(&*other), b"tExt");
    assert_eq!(other.status().unwrap().length, 4);
    assert!(other.is_at_its_path().unwrap());
    other.sync().unwrap();
    // Those who look whether the lock is free do so too, and those who give up.
    assert!(!other.try_lock(Exclusive).unwrap());
    other.unlock().unwrap();
    holder.unlock().unwrap();
    thread.join().unwrap();
    assert!(!holder.try_lock(Exclusive).unwrap(), "the wait went on");
    // It may be taken again, and given back once.
    assert!(other.try_lock(Exclusive).unwrap());
    other.unlock().unwrap();
    assert!(holder.try_lock(Exclusive).unwrap());
}

#[test]
fn a_lock_ends_with_its_file() {
    let place = Place::new();
    let [holder, other] = [(); 2].map(|()| place.open());
    assert!(holder.try_lock(Exclusive).unwrap());
    let thread = waits(&other);
    drop(holder);
    thread.join().unwrap();
    assert!(!place.open().try_lock(Shared).unwrap());
}

#[test]
fn a_removed_file_can_be_locked_by_those_who_have_it_open() {
    let place = Place::new();
    let [holder, waiting, later] = [(); 3].map(|()| place.open());
    assert!(holder.try_lock(Exclusive).unwrap());
    let thread = waits(&waiting);
    place.folder.remove("lock").unwrap();
    let (another, made) = place.folder.open_or_create("lock", 0o600).unwrap();
    assert_eq!(made, Made::Now);
    assert!(another.try_lock(Exclusive).unwrap());
    assert!(!later.try_lock(Exclusive).unwrap());
    holder.unlock().unwrap();
    thread.join().unwrap();
    waiting.unlock().unwrap();
    assert!(later.try_lock(Exclusive).unwrap());
}
