//! The sorting of very many changes, as an opening finds them, on a thread of its own: it sorts a
//! batch while the next is read.

use super::changes::Changes;
use super::leaf::Leaf;
use super::run::Run;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// The number of changes that are handed over together.
pub const BATCH: usize = 1 << 16;
/// The most batches that wait for the thread.
const MOST_WAITING: usize = 4;

/// Runs of changes, from the earliest to the latest. Each is more than twice as long as the next, or
/// could be: so each change is moved a few times only.
#[derive(Debug, Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn take(&mut self, changes: Changes) {
        let mut run = changes.sort();
        while let Some(earlier) = self.0.pop_if(|earlier| earlier.len() <= 2 * run.len()) {
            run = merge(earlier, run);
        }
        self.0.push(run);
    }

    /// Merges all runs, and lists the changes or, where there are no keys yet, the keys that they
    /// leave.
    fn finish(mut self, first: First) -> Outcome {
        let mut last = self.0.pop().unwrap_or_default();
        while self.0.len() > 1
            && let Some(earlier) = self.0.pop()
        {
            last = merge(earlier, last);
        }
        let earlier = self.0.pop().unwrap_or_default();
        match first {
            First::Keys => Outcome::Keys(earlier.merge_into_leaves(&last)),
            First::Changes => Outcome::Changes(merge(earlier, last)),
        }
    }
}

/// Merges later changes into earlier ones.
fn merge(mut earlier: Run, later: Run) -> Run {
    match earlier.len() {
        0 => later,
        _ if earlier.append(&later) => earlier,
        _ => earlier.merge(0, &later),
    }
}

/// The changes to sort: of keys that are there, or the first ones.
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

/// Sorts batches of changes.
#[derive(Debug)]
pub enum Sorter {
    /// On a thread.
    Thread {
        batches: SyncSender<Changes>,
        thread: JoinHandle<Outcome>,
    },
    /// On the calling thread, since no other could be started.
    Here(SortedHere),
}

/// The runs that were sorted on the calling thread.
#[derive(Debug)]
pub struct SortedHere(Runs, First);

impl Sorter {
    pub fn start(first: First) -> Self {
        let (batches, waiting) = sync_channel::<Changes>(MOST_WAITING);
        let sort = move || {
            let mut runs = Runs::default();
            waiting.iter().for_each(|changes| runs.take(changes));
            runs.finish(first)
        };
        match Builder::new().spawn(sort) {
            Ok(thread) => Sorter::Thread { batches, thread },
            Err(_) => Sorter::Here(SortedHere(Runs::default(), first)),
        }
    }

    /// Takes a batch of changes, which were made after those before.
    pub fn take(&mut self, changes: Changes) {
        match self {
            // If the thread has panicked, `finish` tells.
            Sorter::Thread { batches, .. } => drop(batches.send(changes)),
            Sorter::Here(SortedHere(runs, _)) => runs.take(changes),
        }
    }

    /// Returns all changes, sorted.
    pub fn finish(self) -> Outcome {
        match self {
            Sorter::Thread { batches, thread } => {
                drop(batches);
                match thread.join() {
                    Ok(outcome) => outcome,
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Sorter::Here(SortedHere(runs, first)) => runs.finish(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, First, Outcome, Runs, SortedHere, Sorter};
    use crate::index::chunks::Slot;
    use crate::index::order::changes::Change;
    use std::collections::BTreeMap;

    #[test]
    fn a_thread_and_the_caller_sort_alike_and_the_last_change_counts() {
        for mut sorter in [
            Sorter::start(First::Changes),
            Sorter::Here(SortedHere(Runs::default(), First::Changes)),
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
                sorter.take(changes);
            }
            let found: Vec<_> = match sorter.finish() {
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
