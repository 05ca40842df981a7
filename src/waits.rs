//! Waits for locks of the kernel: one thread for each lock that this process waits for, however
//! many instances do.
//!
//! The kernel releases a thread that waits for a lock only when the thread has the lock. So the
//! waits for one lock form a line, and one thread serves it, with the open file of the first. A
//! wait that is given up leaves the line at once; only the thread stays, and serves waits that come
//! later. Beyond a number of lines no more threads are started, and the other locks are polled.
//! Knows nothing of what the locks guard, and starts no thread itself.

use crate::error::Result;
use crate::panics::caught;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most locks that have a thread each.
const MOST_THREADS: usize = 64;
/// The interval at which locks without a thread are polled.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The interval at which waits are looked at whose thread the kernel keeps.
pub const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// A wait of one instance for one lock.
pub trait Waiter: fmt::Debug + Send + Sync {
    /// Returns a number that no other lock of the machine has.
    fn lock_identity(&self) -> u128;

    /// Waits on the calling thread until the wait is over. Calls `granted` when the instance should
    /// try again.
    fn run(&self, granted: &dyn Fn()) -> Result<()>;

    /// Does the work of [`Waiter::run`] a step at a time, without blocking. Returns `true` when the
    /// wait is over.
    fn poll(&self, granted: &dyn Fn()) -> Result<bool>;

    /// Lets go of what the wait has taken already: other waits of the process are before it in the
    /// line, and may wait for the same.
    fn yield_to_earlier(&self) -> Result<()> {
        Ok(())
    }

    /// True if [`Waiter::look`] is worth calling.
    fn needs_looks(&self) -> bool {
        false
    }

    /// Ends the wait if it need not wait for the lock that its thread waits for.
    fn look(&self, _granted: &dyn Fn()) -> Result<()> {
        Ok(())
    }
}

/// A function that tells an instance, from any thread, that its wait is over.
pub type Granted = Box<dyn Fn() + Send + Sync>;

struct Entry {
    waiter: Arc<dyn Waiter>,
    granted: Granted,
}

impl Entry {
    /// Acts on the wait. If that fails the instance is told: its next attempt meets the same error.
    fn tell_of_failure<T>(
        &self,
        act: impl FnOnce(&dyn Waiter, &dyn Fn()) -> Result<T>,
    ) -> Option<T> {
        let acted = caught(|| act(&*self.waiter, &*self.granted));
        if acted.is_err() {
            let _ = caught(|| {
                (self.granted)();
                Ok(())
            });
        }
        acted.ok()
    }

    fn is_of(&self, waiter: *const ()) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.waiter), waiter)
    }
}

#[derive(Default)]
struct Line {
    /// The wait that the line's thread serves.
    served: Option<Arc<Entry>>,
    queue: VecDeque<Arc<Entry>>,
    has_thread: bool,
}

struct Lines {
    by_lock: BTreeMap<u128, Line>,
    threads: usize,
}

static LINES: Mutex<Lines> = Mutex::new(Lines {
    by_lock: BTreeMap::new(),
    threads: 0,
});

fn lines() -> MutexGuard<'static, Lines> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The service of a new line, for a thread of its own.
#[derive(Debug)]
pub struct Service {
    lock: u128,
}

/// Joins the line for a lock. If there is none, `start` starts the thread that serves it. Returns
/// `false` if the line has no thread: then [`attend`] must be called.
///
/// # Errors
///
/// If the thread cannot be started. Then nothing waits.
pub fn join(
    waiter: Arc<dyn Waiter>,
    granted: Granted,
    start: impl FnOnce(Service) -> io::Result<()>,
) -> io::Result<bool> {
    let lock = waiter.lock_identity();
    let entry = Arc::new(Entry { waiter, granted });
    let mut lines = lines();
    let has_thread = lines.threads < MOST_THREADS;
    if let Some(line) = lines.by_lock.get_mut(&lock) {
        entry.tell_of_failure(|waiter, _| waiter.yield_to_earlier());
        line.queue.push_back(entry);
        return Ok(line.has_thread);
    }
    if has_thread {
        // Under the mutex: nobody joins a line that is taken back because its thread cannot be
        // started.
        start(Service { lock })?;
        lines.threads += 1;
    }
    let queue = VecDeque::from([entry]);
    let line = Line {
        served: None,
        queue,
        has_thread,
    };
    lines.by_lock.insert(lock, line);
    Ok(has_thread)
}

/// Leaves the line. Returns `false` if the waiter is in none: then it is being served, or was.
pub fn leave(waiter: &impl Waiter) -> bool {
    let lock = waiter.lock_identity();
    let waiter: *const () = std::ptr::from_ref(waiter).cast();
    let mut lines = lines();
    let Some(line) = lines.by_lock.get_mut(&lock) else {
        return false;
    };
    let before = line.queue.len();
    line.queue.retain(|entry| !entry.is_of(waiter));
    let has_left = line.queue.len() < before;
    if line.queue.is_empty() && !line.has_thread {
        lines.by_lock.remove(&lock);
    }
    has_left
}

impl Service {
    /// Serves the line until it is empty.
    pub fn run(self) {
        while let Some(entry) = self.next() {
            entry.tell_of_failure(|waiter, granted| waiter.run(granted));
        }
    }

    fn next(&self) -> Option<Arc<Entry>> {
        let mut lines = lines();
        let line = lines.by_lock.get_mut(&self.lock)?;
        line.served = line.queue.pop_front();
        if let Some(entry) = &line.served {
            return Some(entry.clone());
        }
        lines.by_lock.remove(&self.lock);
        lines.threads -= 1;
        None
    }
}

/// Returns the time after which [`attend`] must be called again; `None` if nothing needs it.
pub fn attention() -> Option<Duration> {
    let lines = lines();
    let lines = &lines.by_lock;
    if lines.values().any(|line| !line.has_thread) {
        return Some(POLL_INTERVAL);
    }
    let needs_looks = |entry: &Arc<Entry>| entry.waiter.needs_looks();
    lines
        .values()
        .any(|line| line.served.iter().chain(&line.queue).any(needs_looks))
        .then_some(LOOK_INTERVAL)
}

/// Polls the locks that have no thread. With `look`, also looks at the waits whose thread the
/// kernel keeps.
pub fn attend(look: bool) {
    let mut polled = Vec::new();
    let mut looked_at = Vec::new();
    for line in lines().by_lock.values() {
        if !line.has_thread {
            polled.extend(line.queue.front().cloned());
        }
        if look {
            looked_at.extend(line.served.iter().chain(&line.queue).cloned());
        }
    }
    for entry in looked_at {
        entry.tell_of_failure(|waiter, granted| waiter.look(granted));
    }
    for entry in polled {
        let is_over = entry.tell_of_failure(|waiter, granted| waiter.poll(granted));
        if is_over != Some(false) {
            remove(&entry);
        }
    }
}

/// Removes a wait that is over from a line without a thread.
fn remove(entry: &Arc<Entry>) {
    let lock = entry.waiter.lock_identity();
    let mut lines = lines();
    let Some(line) = lines.by_lock.get_mut(&lock) else {
        return;
    };
    line.queue.retain(|other| !Arc::ptr_eq(other, entry));
    if line.queue.is_empty() && !line.has_thread {
        lines.by_lock.remove(&lock);
    }
}
