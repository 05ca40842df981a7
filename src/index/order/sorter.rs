//! The sorting of very many changes, as an opening finds them, on a thread of its own: it sorts a
//! batch while the next is read, and puts the batches together after the last. Nobody waits for it
//! until a list is asked for.

use super::changes::Changes;
use super::leaf::{Builder, Leaf};
use super::run::{Run, each_of_all};
use crate::index::order::changes::Change;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The number of changes that are handed over together.
pub const BATCH: usize = 1 << 16;
/// The most batches that wait for the thread.
const MOST_WAITING: usize = 4;

/// The changes to sort: the first ones, or of keys that are there.
#[derive(Debug, Clone, Copy)]
pub enum First {
    Keys,
    Changes,
}

/// All changes, sorted.
#[derive(Debug)]
pub enum Outcome {
    /// The keys that the first changes leave.
    Keys(Vec<Leaf>),
    Changes(Run),
}

/// Sorted batches, from the earliest to the latest.
#[derive(Debug)]
struct Runs(Vec<Run>, First);

impl Runs {
    fn take(&mut self, changes: &mut Changes) {
        self.0.push(changes.sort());
    }

    fn finish(self) -> Outcome {
        let Runs(runs, first) = self;
        match first {
            First::Keys => {
                let mut leaves = Builder::default();
                each_of_all(&runs, &mut |key, change| {
                    if let Change::Added(slot) = change {
                        leaves.push(key, slot);
                    }
                });
                Outcome::Keys(leaves.finish())
            }
            First::Changes => {
                let mut all = Run::default();
                each_of_all(&runs, &mut |key, change| all.push(key, change));
                Outcome::Changes(all)
            }
        }
    }
}

/// Empty batches.
type Empty = Arc<Mutex<Vec<Changes>>>;

/// Sorts batches of changes.
#[derive(Debug)]
pub struct Sorter(Place);

#[derive(Debug)]
enum Place {
    /// On a thread.
    Thread {
        batches: SyncSender<Changes>,
        /// Batches whose memory can be used again.
        empty: Empty,
        thread: JoinHandle<Outcome>,
    },
    /// On the calling thread, since no other could be started.
    Here(Runs),
}

impl Sorter {
    pub fn start(first: First) -> Self {
        let (batches, waiting) = sync_channel::<Changes>(MOST_WAITING);
        let empty = Empty::default();
        let used = empty.clone();
        let sort = move || {
            let mut runs = Runs(Vec::new(), first);
            for mut changes in waiting {
                runs.take(&mut changes);
                if let Ok(mut used) = used.lock() {
                    used.push(changes);
                }
            }
            drop(used);
            runs.finish()
        };
        Sorter(match std::thread::Builder::new().spawn(sort) {
            Ok(thread) => Place::Thread {
                batches,
                empty,
                thread,
            },
            Err(_) => Place::Here(Runs(Vec::new(), first)),
        })
    }

    /// Takes a batch of changes, which were made after those before. Leaves an empty one, with
    /// memory for the next.
    pub fn take(&mut self, changes: &mut Changes) {
        match &mut self.0 {
            Place::Thread { batches, empty, .. } => {
                let next = empty.lock().ok().and_then(|mut empty| empty.pop());
                let next = next.unwrap_or_else(|| Changes::with_capacity(BATCH));
                // If the thread has panicked, `Ending::wait` tells.
                drop(batches.send(std::mem::replace(changes, next)));
            }
            Place::Here(runs) => runs.take(changes),
        }
    }

    /// Ends with the batches taken so far.
    pub fn end(self) -> Ending {
        match self.0 {
            Place::Thread { thread, .. } => Ending::Thread(thread),
            Place::Here(runs) => Ending::Done(runs.finish()),
        }
    }
}

/// The last part of the sorting.
#[derive(Debug)]
pub enum Ending {
    Thread(JoinHandle<Outcome>),
    Done(Outcome),
}

impl Ending {
    /// Returns true if `wait` has nothing to wait for.
    pub fn is_done(&self) -> bool {
        match self {
            Ending::Thread(thread) => thread.is_finished(),
            Ending::Done(_) => true,
        }
    }

    /// Returns all changes, sorted.
    pub fn wait(self) -> Outcome {
        match self {
            Ending::Done(outcome) => outcome,
            Ending::Thread(thread) => match thread.join() {
                Ok(outcome) => outcome,
                Err(panic) => std::panic::resume_unwind(panic),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, First, Outcome, Place, Runs, Sorter};
    use crate::index::chunks::Slot;
    use crate::index::order::changes::Change;
    use std::collections::BTreeMap;

    #[test]
    fn a_thread_and_the_caller_sort_alike_and_the_last_change_counts() {
        for mut sorter in [
            Sorter::start(First::Changes),
            Sorter(Place::Here(Runs(Vec::new(), First::Changes))),
            Sorter::start(First::Keys),
        ] {
            let mut expected = BTreeMap::new();
            let mut number = 1u64;
            for batch in 0..40 {
                let mut changes = Changes::default();
                for at in 0..200 {
                    number = number.wrapping_mul(6_364_136_223_846_793_005) ^ 0x5bd1;
                    // Some batches go on from the last, as in a sorted file.
                    let key = match batch % 4 {
                        3 => format!("z{batch:03}{at:03}"),
                        _ => format!("{}\\n{}", number >> 60, number >> 32 & 0xff),
                    };
                    let slot = Slot::new(batch, at);
                    let change = match number >> 40 & 3 {
                        0 => Change::Removed,
                        _ => Change::Added(slot),
                    };
                    changes.push(format!("\"{key}\"").as_bytes(), change);
                    expected.insert(key.replace("\\n", "\n").into_bytes(), change);
                }
                sorter.take(&mut changes);
                assert_eq!(changes.len(), 0);
            }
            let found: Vec<_> = match sorter.end().wait() {
                Outcome::Changes(run) => {
                    let changes = run.iter(0..run.len());
                    changes.map(|(key, it)| (key.to_vec(), it)).collect()
                }
                Outcome::Keys(leaves) => {
                    expected.retain(|_, change| matches!(change, Change::Added(_)));
                    let keys = leaves.iter().flat_map(|leaf| {
                        let key =
                            |at| (leaf.key(at).to_vec(), Change::Added(leaf.slot(at).unwrap()));
                        (0..leaf.len()).map(key)
                    });
                    keys.collect()
                }
            };
            assert!(found == expected.into_iter().collect::<Vec<_>>());
        }
    }
}
