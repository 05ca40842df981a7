//! Places that stores with leases are opened in, and turns that take, keep and end them.

use super::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::disk::{Disk, LockMode, RealDisk};
use persist_lock::lease::{Name, TurnLeases, Wait};
use persist_lock::names::is_temporary;
use persist_lock::store::Turn;
use persist_lock::{Options, Result, Store};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A folder for stores.
#[derive(Debug)]
pub struct Place {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// Deletes the folder with the place.
    _temporary: Option<TempDir>,
}

impl Place {
    pub fn real() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Place {
            disk: Arc::new(RealDisk),
            dir: temporary.path().to_path_buf(),
            _temporary: Some(temporary),
        }
    }

    pub fn simulated() -> Self {
        Place::on(&SimulatedDisk::new(0, SECTOR))
    }

    /// The place as one process of a simulated machine has it.
    pub fn on(disk: &SimulatedDisk) -> Self {
        Place {
            disk: disk.shared(),
            dir: "/".into(),
            _temporary: None,
        }
    }

    /// One of each.
    pub fn both() -> [Self; 2] {
        [Place::simulated(), Place::real()]
    }

    pub fn open(&self) -> Store {
        Store::open(self.disk.clone(), &self.dir, Options::default()).unwrap()
    }

    /// The folder that the stores are in.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Several stores.
    pub fn open_many<const N: usize>(&self) -> [Store; N] {
        std::array::from_fn(|_| self.open())
    }

    /// The names of the files that leases and gates have, in order. Where a deleted file has a name until all have closed it, that is
    /// a temporary one.
    pub fn files(&self) -> Vec<String> {
        let store = self.disk.folder(&self.dir.join(".persist-lock")).unwrap();
        let mut names = match store.exists("leases").unwrap() {
            true => store.subfolder("leases").unwrap().list().unwrap(),
            false => Vec::new(),
        };
        names.retain(|name| !is_temporary(name));
        names.sort();
        names
    }

    /// Removes the files of all locks, as somebody who cleans up by hand does.
    pub fn remove_locks(&self) {
        let store = self.disk.folder(&self.dir.join(".persist-lock")).unwrap();
        let leases = store.subfolder("leases").unwrap();
        for name in leases.list().unwrap() {
            leases.remove(&name).unwrap();
        }
        store.remove("writer.lock").unwrap();
    }
}

/// The name of a key's lease.
pub fn name(key: &str) -> Name {
    Name::of(&format!("\"{key}\""))
}

/// Begins a turn, waiting for the writer lock if another store has it.
pub fn begin_turn(store: &mut Store) -> Turn<'_> {
    loop {
        // A turn that may be returned would borrow the store for the rest of the loop.
        if let Some(paused) = store.begin_turn().unwrap().map(Turn::pause) {
            return store.resume(paused).unwrap();
        }
        drop(store.lock().unwrap().acquire(None).unwrap());
    }
}

/// A turn.
pub fn turn<T>(store: &mut Store, act: impl FnOnce(&mut TurnLeases) -> Result<T>) -> T {
    let mut turn = begin_turn(store);
    let acted = act(&mut turn.leases().unwrap());
    turn.end().unwrap();
    acted.unwrap()
}

/// Runs a turn without any change.
pub fn idle_turn(store: &mut Store) {
    turn(store, |_| Ok(()));
}

/// Runs a turn that takes a key and releases it; tells if the key was free.
pub fn takes(store: &mut Store, key: &str, mode: LockMode) -> bool {
    turn(store, |leases| leases.take(&name(key), mode, false))
}

/// Runs a turn that takes a key and keeps it, if the key is free.
pub fn leases(store: &mut Store, key: &str, mode: LockMode) -> bool {
    turn(store, |leases| {
        let taken = leases.take(&name(key), mode, false)?;
        if taken {
            leases.lease(&[name(key)], mode, 1)?;
        }
        Ok(taken)
    })
}

/// A turn that ends a lease.
pub fn ends(store: &mut Store, key: &str) {
    turn(store, |leases| leases.end(&name(key), 1));
}

/// Lets a key go while another store has a turn, so that its file stays.
pub fn lets_go_beside(other: &mut Store, store: &mut Store, key: &str) {
    let turn = begin_turn(other);
    store.let_go(&name(key), 1).unwrap();
    drop(turn.pause());
}

/// A turn that does not get a key, and begins a wait for it. `None` if one is under way.
pub fn waits(store: &mut Store, key: &str, mode: LockMode) -> Option<Arc<Wait>> {
    turn(store, |leases| {
        assert!(!leases.take(&name(key), mode, false)?, "nobody has it");
        leases.wait(&name(key), mode)
    })
}

/// For a wait that may tell of its outcome more than once: does something the first time.
pub fn once(act: impl FnOnce()) -> impl Fn() {
    let act = Cell::new(Some(act));
    move || {
        if let Some(act) = act.take() {
            act();
        }
    }
}
