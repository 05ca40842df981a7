//! Opening the store of an instance: on a thread, or on the thread that calls. An opening that must
//! wait for the writer lock beside the event loop does so without a thread of its own, and ends
//! when the instance is closed.
//!
//! Openings of one instance may overlap: a blocking call does not wait for the event loop to end
//! another. The first to end gives the instance its store. A later one is dropped: the store that
//! is open may have written since, and has leases and syncs under way.

use super::attendant::Place;
use super::awake::{self, Opened};
use super::error::OrThrow;
use super::pool::{LONG_WORK, OPENINGS};
use super::thread::{no_thread, promise};
use super::{PersistLock, State, drop_elsewhere, limit, lock};
use crate::disk::{Disk, RealDisk};
use crate::panics::caught;
use crate::store::{self, Opening, Options, Store};
use crate::{Error, Result};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The first and the longest interval at which the lock is tried.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(32));

/// The longest wait on the calling thread without a pause in which a worker thread can be
/// terminated.
pub(super) const LONGEST_WAIT: Duration = Duration::from_millis(100);

#[napi]
impl PersistLock {
    /// Opens the store, or reopens it after `ERR_PERSIST_LOCK_MOVED`. With `renew`, after
    /// `ERR_PERSIST_LOCK_DISOWNED`, first moves it to a new file; until then, and if that fails,
    /// the open store keeps serving reads. Resolves with the store's folder: the same for all
    /// instances that have it open, whatever symbolic links lead there.
    #[napi(catch_unwind)]
    pub fn open_store<'env>(&self, env: &'env Env, renew: bool) -> napi::Result<Object<'env>> {
        let disowned = self.disowned_generation(renew);
        let place = self.place();
        let (settle, promise) = promise(env, move |opened| place.adopt(opened))?;
        attempt(Attempt {
            _counted: UnderWay::begin(),
            opening: self.opening(),
            disowned,
            options: self.options,
            dir: self.dir.clone(),
            begun: Instant::now(),
            is_given_up: self.opening_is_given_up.clone(),
            settle: Box::new(settle),
        });
        Ok(promise)
    }

    /// Does what `openStore` does on the calling thread. Returns the folder; `null` if the writer
    /// lock is still waited for after a while: then call it again, with the milliseconds for which
    /// the wait has lasted. Between two calls a worker thread can be terminated.
    #[napi(catch_unwind)]
    pub fn open_now(&self, env: Env, renew: bool, waited: f64) -> napi::Result<Option<String>> {
        self.open_here(renew, waited).or_throw(env)
    }

    fn open_here(&self, renew: bool, waited: f64) -> Result<Option<String>> {
        if lock(&self.turn).is_some() {
            // The turn that JavaScript works in is of the store that is open.
            return Err(Error::Untrusted);
        }
        let disowned = self.disowned_generation(renew);
        let place = self.place();
        let opened = caught(|| {
            move_first(&self.dir, self.options, disowned)?;
            open_for(self.opening(), limit(waited).unwrap_or_default())
        });
        match opened {
            Err(Error::Locked) => Ok(None),
            opened => place.adopt(opened).map(Some),
        }
    }

    /// Ends the wait of an opening for the writer lock.
    #[napi(catch_unwind)]
    pub fn give_up_opening(&self) {
        self.opening_is_given_up.store(true, Ordering::Relaxed);
    }

    /// Returns true if the store has closed its files because it was not used. Its next use opens
    /// them again.
    #[napi(catch_unwind)]
    pub fn is_resting(&self) -> bool {
        matches!(&*lock(&self.state), State::Resting(_))
    }

    /// Has the next use open the files again however many stores are in use.
    #[napi(catch_unwind)]
    pub fn insist(&self) {
        if let State::Resting(asleep) = &mut *lock(&self.state) {
            asleep.insists = true;
        }
    }

    fn opening(&self) -> Opening {
        Opening::new(Arc::new(RealDisk), &self.dir, self.options)
    }

    /// Returns the generation from which the store must be moved, if `renew` asks for that.
    fn disowned_generation(&self, renew: bool) -> Option<u64> {
        match &*lock(&self.state) {
            State::Open(store) if renew => store.disowned_generation(),
            _ => None,
        }
    }

    /// Prepares the place of a store that an opening will end with.
    fn place(&self) -> StorePlace {
        StorePlace {
            state: self.state.clone(),
            adopted: self.adopted.clone(),
            adopted_before: self.adopted.load(Ordering::Relaxed),
        }
    }
}

/// The place of an instance's store, for one opening.
struct StorePlace {
    state: Arc<Mutex<State>>,
    /// The number of stores that the instance has adopted, now and when the opening began.
    adopted: Arc<AtomicU32>,
    adopted_before: u32,
}

impl StorePlace {
    /// Replaces the instance's store by one that was opened, and returns its folder. Drops it if
    /// another opening has ended meanwhile. If there is none, the old store may know the reason.
    fn adopt(&self, opened: Result<Opened>) -> Result<String> {
        let mut state = lock(&self.state);
        let is_late = self.adopted.load(Ordering::Relaxed) != self.adopted_before;
        let mut opened = match (&mut *state, opened) {
            (State::Open(before), Err(error)) => return Err(before.explain(error)),
            (_, Err(error)) => return Err(error),
            (State::Closed, Ok(_)) => return Err(Error::Closed),
            (_, Ok(opened)) => opened,
        };
        let before: Option<&mut Store> = match &mut *state {
            State::Open(before) => Some(before),
            State::Resting(before) => Some(before.store()),
            State::Unopened | State::Closed => None,
        };
        if let Some(before) = before {
            if is_late {
                drop_elsewhere(opened.store().take_index());
                return Ok(folder_of(before));
            }
            // Only a store that is awake can take the leases over.
            opened.wake()?;
            opened.store().inherit(before);
            drop_elsewhere(before.take_index());
        }
        let folder = folder_of(opened.store());
        *state = opened.into_state(&self.state);
        self.adopted.fetch_add(1, Ordering::Relaxed);
        Ok(folder)
    }
}

fn folder_of(store: &Store) -> String {
    store.real_folder().display().to_string()
}

/// Opens a store on the calling thread, for the wait of which some time has passed before.
/// [`Error::Locked`] if it must wait for the writer lock for longer than a while.
fn open_for(mut opening: Opening, waited: Duration) -> Result<Opened> {
    let begun = Instant::now();
    loop {
        match attempt_with_descriptors(&mut opening) {
            Err(Error::Locked) => {}
            opened => return opened,
        }
        while !opening.try_lock()? {
            if opening.is_over(waited + begun.elapsed()) {
                return Err(opening.timeout());
            }
            if begun.elapsed() >= LONGEST_WAIT {
                return Err(Error::Locked);
            }
            std::thread::sleep(INTERVALS.0);
        }
    }
}

/// Tries to open a store. If there are no descriptors, stores that are not in use rest first.
/// [`Error::Crowded`] if that does not suffice, and others are in use or being opened.
fn attempt_with_descriptors(opening: &mut Opening) -> Result<Opened> {
    let opened = match opening.attempt() {
        Err(error) if error.is_of_descriptors() => {
            let in_use = awake::rest_all() + UNDER_WAY.load(Ordering::Relaxed).saturating_sub(1);
            match opening.attempt() {
                Err(error) if error.is_of_descriptors() && in_use > 0 => {
                    Err(Error::Crowded { in_use })
                }
                opened => opened,
            }
        }
        opened => opened,
    };
    opened.map(Opened::new)
}

/// Moves the store from a generation to a new file, if there is one to move from.
fn move_first(dir: &Path, options: Options, disowned: Option<u64>) -> Result<()> {
    let Some(number) = disowned else {
        return Ok(());
    };
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    store::renew(&disk, dir, options, number)
}

/// The number of openings under way. Each may have a lock open for which it waits.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

struct UnderWay;

impl UnderWay {
    fn begin() -> Self {
        UNDER_WAY.fetch_add(1, Ordering::Relaxed);
        UnderWay
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Attempt {
    _counted: UnderWay,
    opening: Opening,
    dir: PathBuf,
    options: Options,
    /// The generation from which the store must be moved first.
    disowned: Option<u64>,
    begun: Instant,
    is_given_up: Arc<AtomicBool>,
    settle: Box<dyn FnOnce(Result<Opened>) + Send>,
}

/// Tries to open the store, on a thread. Moving it first is long work.
fn attempt(mut attempt: Attempt) {
    let pool = match attempt.disowned {
        Some(_) => &LONG_WORK,
        None => &OPENINGS,
    };
    pool.run(Box::new(move |started| {
        let started = started.map_err(no_thread(&attempt.dir));
        match started.and_then(|()| caught(|| attempt.run())) {
            Err(Error::Locked) => wait(attempt),
            opened => (attempt.settle)(opened),
        }
    }));
}

impl Attempt {
    fn run(&mut self) -> Result<Opened> {
        move_first(&self.dir, self.options, self.disowned)?;
        self.disowned = None;
        attempt_with_descriptors(&mut self.opening)
    }
}

/// Waits for the writer lock, and then tries again.
fn wait(mut waiting: Attempt) {
    match Place::take() {
        Err(error) => {
            let error = no_thread(&waiting.dir)(error);
            (waiting.settle)(Err(error));
        }
        Ok(place) => place.attend(async move {
            match until_locked(&mut waiting).await {
                Ok(()) => attempt(waiting),
                Err(error) => (waiting.settle)(Err(error)),
            }
        }),
    }
}

/// Waits until the lock is taken. Borrows exclusively, since threads must not share the function
/// that settles the promise.
async fn until_locked(waiting: &mut Attempt) -> Result<()> {
    let (mut interval, longest) = INTERVALS;
    // A panic would drop the function that settles the promise.
    while !caught(|| waiting.opening.try_lock())? {
        if waiting.is_given_up.load(Ordering::Relaxed) {
            return Err(Error::Closed);
        }
        if waiting.opening.is_over(waiting.begun.elapsed()) {
            return Err(waiting.opening.timeout());
        }
        sleep(interval).await;
        interval = (interval * 2).min(longest);
    }
    Ok(())
}
