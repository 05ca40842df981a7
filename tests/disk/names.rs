//! Names in a folder of a real disk, while files are open: they are free at once, on every system.

use persist_lock::Error;
use persist_lock::disk::{Disk, Folder, LockMode, RealDisk};
use persist_lock::{Options, Store};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;
use tempfile::TempDir;

fn place() -> (TempDir, Arc<dyn Folder>) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = RealDisk.folder(temporary.path()).unwrap();
    (temporary, folder)
}

fn kind_of(error: &Error) -> Option<ErrorKind> {
    error.os_error().map(std::io::Error::kind)
}

#[test]
fn the_name_of_an_open_file_is_free_once_the_file_is_removed() {
    let (_temporary, folder) = place();
    folder.create_complete("file", b"old", 0o600).unwrap();
    let [open, read_only] = [
        folder.open("file").unwrap(),
        folder.open_read_only("file").unwrap(),
    ];
    folder.remove("file").unwrap();
    assert!(!folder.exists("file").unwrap());
    assert!(!folder.list().unwrap().contains(&"file".to_string()));
    assert_eq!(
        kind_of(&folder.open("file").unwrap_err()),
        Some(ErrorKind::NotFound)
    );
    assert!(!open.is_at_its_path().unwrap());
    folder.create_complete("file", b"new", 0o600).unwrap();
    let new = folder.open("file").unwrap();
    assert_ne!(new.identity(), open.identity());
    for (file, expected) in [(&open, b"old"), (&read_only, b"old"), (&new, b"new")] {
        let mut text = [0; 3];
        file.read_at(0, &mut text).unwrap();
        assert_eq!(&text, expected);
        assert_eq!(file.is_at_its_path().unwrap(), expected == b"new");
    }
}

#[test]
fn a_file_that_was_removed_is_not_there() {
    let (_temporary, folder) = place();
    let error = folder.remove("none").unwrap_err();
    assert_eq!(kind_of(&error), Some(ErrorKind::NotFound));
    assert_eq!(folder.list().unwrap(), [""; 0]);
}

#[test]
fn a_new_file_replaces_one_that_is_open() {
    let (temporary, folder) = place();
    folder.create_complete("file", b"old", 0o600).unwrap();
    let old = folder.open("file").unwrap();
    folder.create_complete("file", b"new", 0o600).unwrap();
    assert_eq!(fs::read(temporary.path().join("file")).unwrap(), b"new");
    assert!(!old.is_at_its_path().unwrap());
    let mut text = [0; 3];
    old.read_at(0, &mut text).unwrap();
    assert_eq!(&text, b"old");
    drop(old);
    assert_eq!(folder.list().unwrap(), ["file"]);
}

#[test]
fn files_that_replace_the_same_open_file_at_once_all_succeed() {
    let (_temporary, folder) = place();
    folder.create_complete("file", b"first", 0o600).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..5 {
                    // It may have no name for a moment.
                    let _open = folder.open_read_only("file");
                    folder.create_complete("file", b"later", 0o600).unwrap();
                }
            });
        }
    });
    assert_eq!(folder.list().unwrap(), ["file"]);
    let mut text = [0; 5];
    let file = folder.open("file").unwrap();
    file.read_at(0, &mut text).unwrap();
    assert_eq!(&text, b"later");
}

#[test]
fn a_file_that_others_make_and_remove_is_there_or_missing() {
    let (_temporary, folder) = place();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                for opened in [folder.open("file"), folder.open_read_only("file")] {
                    let kind = opened.err().and_then(|error| kind_of(&error));
                    assert!(matches!(kind, None | Some(ErrorKind::NotFound)), "{kind:?}");
                }
            }
        });
        let makers = [(); 2].map(|()| {
            scope.spawn(|| {
                for _ in 0..50 {
                    folder.open_or_create("file", 0o600).unwrap();
                    let removed = folder.remove("file");
                    let kind = removed.err().and_then(|error| kind_of(&error));
                    assert!(matches!(kind, None | Some(ErrorKind::NotFound)), "{kind:?}");
                }
            })
        });
        let made = makers.map(ScopedJoinHandle::join);
        ended.store(true, Ordering::Relaxed);
        assert!(made.iter().all(Result::is_ok));
    });
    assert_eq!(folder.list().unwrap(), [""; 0]);
}

#[test]
fn a_folder_may_have_a_long_path() {
    let (temporary, _) = place();
    // Windows accepts more than 260 characters only of programs that ask for it.
    let mut path = temporary.path().to_path_buf();
    for _ in 0..3 {
        path.push("x".repeat(200));
        RealDisk.create_folder(&path, 0o700).unwrap();
    }
    let folder = RealDisk.folder(&path).unwrap();
    folder.create_complete("file", b"old", 0o600).unwrap();
    let file = folder.open("file").unwrap();
    assert!(file.try_lock(LockMode::Exclusive).unwrap());
    assert!(file.is_at_its_path().unwrap());
    drop(file);
    folder.create_complete("file", b"new", 0o600).unwrap();
    folder.remove("file").unwrap();
    assert_eq!(folder.list().unwrap(), [""; 0]);
}

#[test]
fn a_new_file_does_not_replace_a_folder() {
    let (temporary, folder) = place();
    fs::create_dir(temporary.path().join("folder")).unwrap();
    let error = folder.create_complete("folder", b"", 0o600).unwrap_err();
    assert_eq!(kind_of(&error), Some(ErrorKind::IsADirectory));
    assert_eq!(folder.list().unwrap(), ["folder"]);
}

#[test]
fn a_file_is_identified_however_it_is_opened() {
    let (temporary, folder) = place();
    folder.create_complete("one", b"", 0o600).unwrap();
    folder.create_complete("two", b"", 0o600).unwrap();
    let one = folder.open("one").unwrap();
    let again = folder.open_read_only("one").unwrap();
    let by_path = RealDisk
        .open_read_only(&temporary.path().join("one"))
        .unwrap();
    assert_eq!(one.identity(), again.identity());
    assert_eq!(one.identity(), by_path.identity());
    assert_ne!(one.identity(), folder.open("two").unwrap().identity());
}

/// Opens a path as a folder that exists, and as a new one; returns the kinds of the errors.
fn refusals(path: &Path) -> [Option<ErrorKind>; 2] {
    let opened = RealDisk.folder(path).map(drop);
    let created = RealDisk.create_folder(path, 0o700);
    [opened, created].map(|ended| kind_of(&ended.unwrap_err()))
}

#[test]
fn a_path_that_is_no_folder_has_its_reason() {
    let (temporary, folder) = place();
    folder.create_complete("file", b"", 0o600).unwrap();
    let file = temporary.path().join("file");
    let error = RealDisk.folder(&file).unwrap_err();
    assert_eq!(kind_of(&error), Some(ErrorKind::NotADirectory));
    assert!(!RealDisk.has_folder(&file.join("below")).unwrap());
    let error = RealDisk.has_folder(&file).unwrap_err();
    assert!(matches!(error, Error::InvalidDir { path, .. } if path == file));
    let too_long = temporary.path().join("x".repeat(300));
    assert_eq!(refusals(&too_long), [Some(ErrorKind::InvalidFilename); 2]);
}

#[test]
fn a_store_that_was_dropped_has_no_file_open() {
    let (temporary, _) = place();
    let dir = temporary.path().join("store");
    let mut store = Store::open(Arc::new(RealDisk), &dir, Options::default()).unwrap();
    let turn = store.begin_turn().unwrap().unwrap();
    turn.end().unwrap();
    drop(store);
    // A file that is open keeps its name, or its folder, on some systems.
    fs::remove_file(dir.join(".persist-lock/writer.lock")).unwrap();
    assert!(!dir.join(".persist-lock/writer.lock").exists());
    fs::remove_dir_all(&dir).unwrap();
    assert!(!dir.exists());
}
