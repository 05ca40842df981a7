//! One thread that attends to all waits which need no thread of their own: a tokio runtime of this one thread, with a task for
//! each opening that waits, and one for the locks that are asked for in turns. It is started when there is a task.

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

/// How much longer than a round over all waits the pause after it is: they may be thousands.
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

/// A place for one task, for which there is a thread.
pub struct Place {
    runtime: &'static Runtime,
    task: Task,
}

/// One of those that are counted.
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
        // It is never dropped, and starts no thread by itself.
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
/// Tells the watch that there is a lock to be asked for soon.
static ADDED: Notify = Notify::const_new();

/// Sees to it that all waits that need it are attended to; `soon` if one has just been added that has no thread.
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
        // However it ends, it is time.
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

/// How long to pause, or `None` if the watch is over. Decided under the mutex, so that no wait that has just been added is
/// forgotten.
fn next_interval() -> Option<Duration> {
    let mut is_watching = lock(&IS_WATCHING);
    let interval = waits::attention();
    *is_watching = interval.is_some();
    interval
}
