//! Threads for work that may block. They are kept for some time after their work. A thread that
//! cannot be started is an error of the work that needs it, and the process goes on.

use crate::panics::caught;
use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// The time for which a thread without work is kept.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// Work for a thread. If no thread can be started, the calling thread calls it with an error.
pub type Work = Box<dyn FnOnce(io::Result<()>) + Send>;

/// The threads that read and sync. They never wait for a lock, so all of their work ends.
pub static SHORT_WORK: Pool = Pool::new(64);
/// The threads that open stores, without waiting for a lock. Each opening has some descriptors.
pub static OPENINGS: Pool = Pool::new(8);
/// The threads that read or write a whole file, and may wait for the lock of a rewrite.
pub static LONG_WORK: Pool = Pool::new(64);
/// The threads that wait for locks. `waits` bounds their number.
pub static WAITS: Pool = Pool::new(usize::MAX);

/// Threads for work of one kind.
pub struct Pool {
    most: usize,
    state: Mutex<State>,
    /// Tells a thread that there is work.
    changed: Condvar,
}

struct State {
    queue: VecDeque<Work>,
    threads: usize,
    idle: usize,
}

impl Pool {
    const fn new(most: usize) -> Self {
        Pool {
            most,
            state: Mutex::new(State {
                queue: VecDeque::new(),
                threads: 0,
                idle: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Runs work on a thread. If no more can be started, those that exist do it after their own
    /// work.
    pub fn run(&'static self, work: Work) {
        if let Err((work, error)) = self.hand_over(work, true) {
            work(Err(error));
        }
    }

    /// Runs work on a thread that does nothing else. Drops the work if none can be started.
    pub fn start(&'static self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let work: Work = Box::new(move |_| work());
        self.hand_over(work, false).map_err(|(_, error)| error)
    }

    fn hand_over(&'static self, work: Work, may_queue: bool) -> Result<(), (Work, io::Error)> {
        let mut state = self.state();
        state.queue.push_back(work);
        if state.idle >= state.queue.len() {
            self.changed.notify_one();
            return Ok(());
        }
        if state.threads >= self.most {
            return Ok(());
        }
        let builder = Builder::new().name("persist-lock".to_string());
        match builder.spawn(|| self.serve()) {
            Ok(_) => state.threads += 1,
            Err(_) if may_queue && state.threads > 0 => {}
            Err(error) => {
                if let Some(work) = state.queue.pop_back() {
                    return Err((work, error));
                }
            }
        }
        Ok(())
    }

    fn serve(&self) {
        while let Some(work) = self.next() {
            // The work itself reports a panic that matters. The thread goes on.
            let _ = caught(|| {
                work(Ok(()));
                Ok(())
            });
        }
    }

    /// Waits for the next work. `None` if none has come for so long that the thread should end.
    fn next(&self) -> Option<Work> {
        let mut state = self.state();
        state.idle += 1;
        let is_empty = |state: &mut State| state.queue.is_empty();
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, KEPT_FOR, is_empty)
            .unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        let work = state.queue.pop_front();
        if work.is_none() {
            state.threads -= 1;
        }
        work
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
