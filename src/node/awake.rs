//! The stores of this process that have files open. If there are too many, those that were not used
//! lately rest: so the number of a process's stores is not limited by that of its descriptors.
//!
//! A store is woken by its next use (`State::store`), and only an opening and a waking open files. So
//! nothing here costs a call of a store that is awake, except for one flag.

use super::{State, lock};
use crate::disk::descriptor_limit;
use crate::panics::caught;
use crate::store::Store;
use crate::{Error, Result};
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, TryLockError, Weak};

/// The stores that are awake, in the order in which they woke. They are never locked while this is,
/// only tried.
static AWAKE: Mutex<VecDeque<Weak<Mutex<State>>>> = Mutex::new(VecDeque::new());
/// The number of stores that were opened on a thread, and that their instances have not got yet.
static OPENED: AtomicUsize = AtomicUsize::new(0);

/// The most stores that stay awake without being used, and their share of the process's
/// descriptors. Each has three.
const MOST_IDLE: (u64, u64) = (64, 8);
/// The most stores that are in use at one moment: any number within their share. The rest of the
/// descriptors is the program's.
const MOST_IN_USE: (u64, u64) = (u64::MAX, 6);
/// The least of both.
const LEAST: u64 = 4;

fn most((most, share): (u64, u64)) -> usize {
    let limit = descriptor_limit().unwrap_or(u64::MAX);
    (limit / share).clamp(LEAST, most) as usize
}

/// A store that is awake.
#[derive(Debug)]
pub struct Awake {
    store: Box<Store>,
    instance: Weak<Mutex<State>>,
    /// True if the store was used since the last search for one to rest.
    pub is_used: bool,
}

impl Deref for Awake {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for Awake {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

/// A store that rests.
#[derive(Debug)]
pub struct Asleep {
    store: Box<Store>,
    instance: Weak<Mutex<State>>,
    /// True if the store must be woken however many are in use: for a blocking call, which cannot
    /// wait for others.
    pub insists: bool,
}

impl Asleep {
    /// Hands over the store, which still rests.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }
}

/// A store that was opened on a thread, on the way to its instance.
#[derive(Debug)]
pub struct Opened {
    store: Box<Store>,
    _counted: Counted,
}

#[derive(Debug)]
struct Counted;

impl Counted {
    fn new() -> Self {
        OPENED.fetch_add(1, Ordering::Relaxed);
        Counted
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        OPENED.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Opened {
    /// Takes a store that was just opened. It rests if many are awake.
    pub fn new(store: Store) -> Self {
        let mut opened = Opened {
            store: Box::new(store),
            _counted: Counted::new(),
        };
        let others = OPENED.load(Ordering::Relaxed);
        if others + lock(&AWAKE).len() > most(MOST_IDLE) {
            opened.store.rest();
        }
        opened
    }

    /// Hands over the store.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Wakes the store if it rests.
    pub fn wake(&mut self) -> Result<()> {
        wake_store(&mut self.store, false)
    }

    /// Makes the state of the instance that the store is for.
    pub fn into_state(self, instance: &Arc<Mutex<State>>) -> State {
        let instance = Arc::downgrade(instance);
        let store = self.store;
        match store.is_resting() {
            true => State::Resting(Asleep {
                store,
                instance,
                insists: false,
            }),
            false => {
                let _ = make_room();
                State::Open(awake(store, instance))
            }
        }
    }
}

fn awake(store: Box<Store>, instance: Weak<Mutex<State>>) -> Awake {
    let mut queue = lock(&AWAKE);
    // A store that is reopened takes the place of one that may have been awake.
    queue.retain(|other| !other.ptr_eq(&instance));
    queue.push_back(instance.clone());
    drop(queue);
    Awake {
        store,
        instance,
        is_used: true,
    }
}

/// Wakes the store of a state, if it rests. [`Error::Crowded`] if too many others are in use.
#[cold]
pub fn wake(state: &mut State) -> Result<()> {
    let State::Resting(asleep) = state else {
        return Ok(());
    };
    let in_use = make_room();
    if in_use >= most(MOST_IN_USE) && !asleep.insists {
        return Err(Error::Crowded { in_use });
    }
    let woken = wake_store(&mut asleep.store, asleep.insists);
    asleep.insists = false;
    woken?;
    if let State::Resting(Asleep {
        store, instance, ..
    }) = std::mem::replace(state, State::Unopened)
    {
        *state = State::Open(awake(store, instance));
    }
    Ok(())
}

/// Opens the files of a store that rests. If there are no descriptors, stores that are not in use rest
/// first. [`Error::Crowded`] if that does not suffice, and others are in use, unless it `insists`.
fn wake_store(store: &mut Store, insists: bool) -> Result<()> {
    match store.wake() {
        Err(error) if error.is_of_descriptors() => {
            let in_use = rest_all();
            match store.wake() {
                Err(error) if error.is_of_descriptors() && in_use > 0 && !insists => {
                    Err(Error::Crowded { in_use })
                }
                woken => woken,
            }
        }
        woken => woken,
    }
}

/// Lets stores rest until there is a place for one more. Returns the number of those that are awake.
fn make_room() -> usize {
    rest_down_to(most(MOST_IDLE).saturating_sub(1))
}

/// Lets all stores rest that are not in use. Returns the number of the others.
pub fn rest_all() -> usize {
    rest_down_to(0)
}

fn rest_down_to(number: usize) -> usize {
    let mut queue = lock(&AWAKE);
    // Those that were used since the last search stay for this round.
    let mut left = 2 * queue.len();
    while queue.len() > number && left > 0 {
        left -= 1;
        let Some(instance) = queue.pop_front() else {
            break;
        };
        if let Some(state) = instance.upgrade()
            && !rests(&state)
        {
            queue.push_back(instance);
        }
    }
    queue.len()
}

/// Lets the store of a state rest, if it is neither in use nor was used lately. Returns false if it
/// stays awake.
fn rests(state: &Mutex<State>) -> bool {
    let mut state = match state.try_lock() {
        Ok(state) => state,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return false,
    };
    let State::Open(open) = &mut *state else {
        return true;
    };
    if std::mem::take(&mut open.is_used) {
        return false;
    }
    let rested = caught(|| Ok(open.store.rest()));
    match rested {
        Ok(false) => return false,
        Ok(true) => {}
        // The store is reopened before it is used again.
        Err(_) => open.store.distrust(),
    }
    if let State::Open(Awake {
        store, instance, ..
    }) = std::mem::replace(&mut *state, State::Unopened)
    {
        *state = State::Resting(Asleep {
            store,
            instance,
            insists: false,
        });
    }
    true
}
