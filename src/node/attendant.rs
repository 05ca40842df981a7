//! One thread for all waits that need no thread of their own: a tokio runtime of this one thread,
//! with a task for each opening that waits, and one for the locks that are polled. It is started
//! when there is a task.

use super::lock;
use super::pool::WAITS;
use crate::waits::{self, LOOK_INTERVAL};
use std::future::Future;
use std::io;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// The ratio of a pause to the round over all waits before it: there may be thousands of waits.
const PAUSES_A_ROUND: u32 = 4;

struct Tasks {
    count: usize,
    has_thread: bool,
}

static TASKS: Mutex<Tasks> = Mutex::new(Tasks {
    count: 0,
    has_thread: false,
});
/// Tells the thread that the last task has ended.
static ENDED: Notify = Notify::const_new();

/// A place for one task on the thread.
pub struct Place {
    runtime: &'static Runtime,
    task: Task,
}

/// A task, as it is counted.
struct Task;

impl Drop for Task {
    fn drop(&mut self) {
        let mut tasks = lock(&TASKS);
        tasks.count -= 1;
        if tasks.count == 0 {
            ENDED.notify_one();
        }
    }
}

impl Place {
    /// Takes a place. Starts the thread if there is none.
    pub fn take() -> io::Result<Self> {
        static RUNTIME: OnceLock<Runtime> = OnceLock::new();
        // Never dropped. It starts no thread itself.
        let runtime = match RUNTIME.get() {
            Some(runtime) => runtime,
            None => {
                let built = Builder::new_current_thread().enable_time().build()?;
                RUNTIME.get_or_init(|| built)
            }
        };
        let mut tasks = lock(&TASKS);
        if !tasks.has_thread {
            WAITS.start(move || runtime.block_on(until_all_have_ended()))?;
            tasks.has_thread = true;
        }
        tasks.count += 1;
        Ok(Place {
            runtime,
            task: Task,
        })
    }

    /// Attends to a task until it has ended.
    pub fn attend(self, task: impl Future<Output = ()> + Send + 'static) {
        let counted = self.task;
        self.runtime.spawn(async move {
            // Dropped with the task, even if that panics.
            let _counted = counted;
            task.await;
        });
    }
}

async fn until_all_have_ended() {
    loop {
        ENDED.notified().await;
        let mut tasks = lock(&TASKS);
        if tasks.count == 0 {
            tasks.has_thread = false;
            return;
        }
    }
}

static IS_WATCHING: Mutex<bool> = Mutex::new(false);
/// Tells the watch that a lock must be polled soon.
static ADDED: Notify = Notify::const_new();

/// Starts to attend to the waits that need it, unless that is under way. `soon` if one without a
/// thread was just added.
pub fn watch(soon: bool) -> io::Result<()> {
    let mut is_watching = lock(&IS_WATCHING);
    if soon {
        ADDED.notify_one();
    }
    if !*is_watching {
        Place::take()?.attend(attend_to_waits());
        *is_watching = true;
    }
    Ok(())
}

async fn attend_to_waits() {
    let mut looked = Instant::now();
    while let Some(interval) = next_interval() {
        // Both ends mean that it is time.
        let _ = timeout(interval, ADDED.notified()).await;
        let begun = Instant::now();
        let look = looked.elapsed() >= LOOK_INTERVAL;
        if look {
            looked = begun;
        }
        waits::attend(look);
        sleep(begun.elapsed() * PAUSES_A_ROUND).await;
    }
}

/// Returns the next pause, or `None` if the watch is over. Decides under the mutex, so that no wait
/// that was just added is forgotten.
fn next_interval() -> Option<Duration> {
    let mut is_watching = lock(&IS_WATCHING);
    let interval = waits::attention();
    *is_watching = interval.is_some();
    interval
}
