//! Folders of a real disk: a folder stays the one that was opened, whatever replaces its path, and no link in it is followed.

use persist_lock::Error;
use persist_lock::disk::{Disk, Folder, Made, RealDisk};
use persist_lock::store::{Progress, repair, stat, verify};
use persist_lock::{Options, Room, Store};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A folder that was opened, moved away since, and another in its place, which a link at the path leads to.
struct Swapped {
    temporary: TempDir,
    folder: Arc<dyn Folder>,
}

const READ_ONLY: Options = Options {
    mode: 0o600,
    lock_timeout: None,
    read_only: true,
    room: Room::None,
};

impl Swapped {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let at = temporary.path().join("at");
        fs::create_dir(&at).unwrap();
        fs::write(at.join("file"), "own").unwrap();
        let folder = RealDisk.folder(&at).unwrap();
        Swapped { temporary, folder }
    }

    fn swap(self) -> Self {
        let [at, moved, victim] = ["at", "moved", "victim"].map(|name| self.path(name));
        fs::rename(&at, &moved).unwrap();
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("file"), "theirs").unwrap();
        symlink(&victim, &at).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path(folder))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn operations_stay_in_the_folder_that_was_opened() {
    let swapped = Swapped::new().swap();
    let folder = &swapped.folder;
    assert_eq!(folder.list().unwrap(), ["file"]);
    let mut text = [0; 3];
    folder.open("file").unwrap().read_at(0, &mut text).unwrap();
    assert_eq!(&text, b"own");
    let (_, made) = folder.open_or_create("lock", 0o600).unwrap();
    assert_eq!(made, Made::Now);
    assert_eq!(
        folder.open_or_create("lock", 0o600).unwrap().1,
        Made::Before
    );
    folder.create_complete("whole", b"whole", 0o600).unwrap();
    folder.create_subfolder("leases", 0o700).unwrap();
    assert!(folder.exists("whole").unwrap());
    folder.remove("file").unwrap();
    assert_eq!(swapped.names("moved"), ["leases", "lock", "whole"]);
    assert_eq!(swapped.names("victim"), ["file"]);
}

#[test]
fn a_file_being_made_stays_in_its_folder() {
    let swapped = Swapped::new();
    let mut kept = swapped.folder.new_file(0o600).unwrap();
    let dropped = swapped.folder.new_file(0o600).unwrap();
    let before = swapped.names("at");
    let swapped = swapped.swap();
    // The file that a removal by path would meet.
    for name in before.iter().filter(|name| name.starts_with("new-")) {
        fs::write(swapped.path("victim").join(name), "theirs").unwrap();
    }
    kept.append(b"kept").unwrap();
    kept.persist("kept").unwrap();
    drop(dropped);
    assert_eq!(swapped.names("moved"), ["file", "kept"]);
    assert_eq!(swapped.names("victim"), before);
}

#[test]
fn a_folder_list_is_current_and_tells_files_from_others() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = RealDisk.folder(temporary.path()).unwrap();
    assert_eq!(folder.list().unwrap(), [""; 0]);
    fs::write(temporary.path().join("a"), "").unwrap();
    fs::create_dir(temporary.path().join("b")).unwrap();
    symlink("a", temporary.path().join("c")).unwrap();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(folder.list().unwrap()), ["a", "b", "c"]);
    assert_eq!(folder.list_files().unwrap(), ["a"]);
    fs::remove_file(temporary.path().join("a")).unwrap();
    assert_eq!(folder.list_files().unwrap(), [""; 0]);
    fs::remove_dir_all(temporary.path()).unwrap();
    assert!(folder.list().unwrap_or_default().is_empty());
    assert!(matches!(folder.new_file(0o600), Err(Error::Io { .. })));
}

/// A store of one item.
fn store() -> TempDir {
    let temporary = tempfile::tempdir().unwrap();
    let mut store = Store::open(Arc::new(RealDisk), temporary.path(), Options::default()).unwrap();
    let mut turn = store.begin_turn().unwrap().unwrap();
    let line = b"{\"key\":\"a\",\"value\":1}\n".to_vec();
    turn.commit(line, false).unwrap();
    turn.end().unwrap();
    temporary
}

/// Opens a store at a path in each way; returns the results.
fn ends(dir: &Path) -> Vec<Option<Error>> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let progress = Progress::default();
    vec![
        Store::open(disk.clone(), dir, Options::default()).err(),
        Store::open(disk.clone(), dir, READ_ONLY).err(),
        stat(disk.clone(), dir, 0).err(),
        verify(&*disk, dir, Duration::ZERO, &progress).err(),
        repair(&disk, dir, Options::default(), &progress).err(),
        persist_lock::store::compact(&disk, dir, Options::default(), true, &progress).err(),
    ]
}

#[test]
fn every_opening_refuses_a_store_whose_folder_is_a_link() {
    let store = store();
    let inner = store.path().join(".persist-lock");
    let moved = store.path().join("moved");
    fs::rename(&inner, &moved).unwrap();
    symlink(&moved, &inner).unwrap();
    let before = names(&moved);
    for end in ends(store.path()) {
        let Some(Error::InvalidDir { path, reason }) = end else {
            panic!("{end:?}");
        };
        assert_eq!(path, inner);
        assert!(reason.contains("symbolic link"), "{reason}");
    }
    assert_eq!(names(&moved), before);
}

#[test]
fn a_link_in_place_of_a_data_file_is_never_followed() {
    let store = store();
    let file = store.path().join(".persist-lock/data.1.jsonl");
    let moved = store.path().join("moved");
    fs::rename(&file, &moved).unwrap();
    symlink(&moved, &file).unwrap();
    // One that could be repaired.
    let mut damaged = fs::read(&moved).unwrap();
    damaged[25] ^= 1;
    fs::write(&moved, &damaged).unwrap();
    for end in ends(store.path()) {
        let Some(Error::Io { path, .. }) = end else {
            panic!("{end:?}");
        };
        assert_eq!(path, file);
    }
    assert_eq!(fs::read(&moved).unwrap(), damaged);
    assert!(file.is_symlink());
}

#[test]
fn a_lone_file_may_be_reached_through_a_link() {
    let store = store();
    let link = store.path().join("link");
    symlink(store.path().join(".persist-lock/data.1.jsonl"), &link).unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    assert_eq!(stat(disk.clone(), &link, 0).unwrap().items, 1);
    let progress = Progress::default();
    let report = verify(&*disk, &link, Duration::ZERO, &progress).unwrap();
    assert_eq!((report.items, report.damaged.len()), (1, 0));
}

/// Makes a pipe, which blocks an opening until another one comes.
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn a_pipe_or_a_folder_in_place_of_a_file_is_refused() {
    let makers: [fn(&Path); 2] = [pipe, |path| fs::create_dir(path).unwrap()];
    for make in makers {
        for name in ["data.1.jsonl", "writer.lock", "compact.lock"] {
            let store = store();
            let file = store.path().join(".persist-lock").join(name);
            let _ = fs::remove_file(&file);
            make(&file);
            let refused: Vec<Error> = ends(store.path()).into_iter().flatten().collect();
            assert!(!refused.is_empty());
            for error in refused {
                assert_eq!(error.path(), Some(&*file), "{error}");
            }
        }
    }
    let temporary = tempfile::tempdir().unwrap();
    let alone = temporary.path().join("pipe");
    pipe(&alone);
    let found = stat(Arc::new(RealDisk), &alone, 0);
    assert!(matches!(found, Err(Error::Foreign { path, .. }) if path == alone));
}

#[test]
fn foreign_names_are_no_leases_and_slow_no_turn() {
    let store = store();
    let leases = store.path().join(".persist-lock/leases");
    fs::create_dir(&leases).unwrap();
    let digits = "0123456789abcdef".repeat(4);
    for name in ["notes.txt", "a.lease", "ALL.gate", "all.lock"] {
        fs::write(leases.join(name), "").unwrap();
    }
    fs::write(leases.join(format!("{}.lease", &digits[1..])), "").unwrap();
    fs::write(leases.join(format!("{}.gate", digits.to_uppercase())), "").unwrap();
    fs::create_dir(leases.join(format!("{digits}.lease"))).unwrap();
    pipe(&leases.join(format!("{digits}.gate")));
    let before = names(&leases);
    let open = || Store::open(Arc::new(RealDisk), store.path(), Options::default()).unwrap();
    let mut store = open();
    for _ in 0..20 {
        let mut turn = store.begin_turn().unwrap().unwrap();
        assert!(!turn.leases().unwrap().any());
        turn.end().unwrap();
    }
    assert_eq!(names(&leases), before);
    // One that is a store's own is seen, and gone after the turn.
    fs::write(
        leases.join(format!("{}.lease", digits.replace('0', "f"))),
        "",
    )
    .unwrap();
    let mut turn = store.begin_turn().unwrap().unwrap();
    assert!(turn.leases().unwrap().any());
    turn.end().unwrap();
    assert_eq!(names(&leases), before);
}
