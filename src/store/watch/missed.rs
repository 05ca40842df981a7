//! The keys that were changed since the oldest watcher was left behind, each once, in the order of
//! its last change. A watcher that was left behind is told their present items. Must not know the
//! items.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// The place of a change among all others. A store in the place of a deleted one counts its commits
/// from 1, so each reopening begins an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    epoch: u32,
    commit: u64,
    /// Tells the keys of one commit apart.
    line: u64,
}

impl At {
    /// Stands before all changes that came after a commit.
    pub fn after(epoch: u32, commit: u64) -> Self {
        let commit = commit.saturating_add(1);
        At {
            epoch,
            commit,
            line: 0,
        }
    }

    /// Returns the number of the change's commit, in the numbers of an epoch that began after a
    /// commit. A change of an epoch before came no later than that commit.
    pub fn commit_in(self, epoch: u32, began: u64) -> u64 {
        match self.epoch == epoch {
            true => self.commit,
            false => self.commit.min(began),
        }
    }

    /// Stands after this change.
    pub fn next(self) -> Self {
        let line = self.line + 1;
        At { line, ..self }
    }
}

/// The changed keys, as JSON text.
#[derive(Debug, Default)]
pub struct Missed {
    keys: BTreeMap<At, Arc<[u8]>>,
    last: HashMap<Arc<[u8]>, At>,
    /// The number of lines recorded.
    lines: u64,
}

impl Missed {
    /// Records a change of a key, unless a later one is known.
    pub fn record(&mut self, epoch: u32, commit: u64, key: &[u8]) {
        self.lines += 1;
        let at = At {
            epoch,
            commit,
            line: self.lines,
        };
        let key = match self.last.get_key_value(key) {
            Some((_, last)) if (last.epoch, last.commit) > (epoch, commit) => return,
            Some((key, last)) => {
                self.keys.remove(last);
                key.clone()
            }
            None => Arc::from(key),
        };
        self.last.insert(key.clone(), at);
        self.keys.insert(at, key);
    }

    /// Lists the changes from a place on.
    pub fn from(&self, at: At) -> impl Iterator<Item = (At, &Arc<[u8]>)> {
        let range = (Bound::Included(at), Bound::Unbounded);
        self.keys.range(range).map(|(&at, key)| (at, key))
    }

    /// Finds the last change of a key.
    pub fn last(&self, key: &[u8]) -> Option<(At, &Arc<[u8]>)> {
        self.last.get_key_value(key).map(|(key, &at)| (at, key))
    }

    /// Counts the keys.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{At, Missed};

    fn keys(missed: &Missed, at: At) -> Vec<String> {
        let text = |(_, key): (At, &std::sync::Arc<[u8]>)| String::from_utf8_lossy(key).to_string();
        missed.from(at).map(text).collect()
    }

    #[test]
    fn each_key_is_kept_once_in_the_order_of_its_last_change() {
        let mut missed = Missed::default();
        for (epoch, commit, key) in [
            (0, 5, "a"),
            (0, 5, "b"),
            (0, 7, "c"),
            (0, 6, "a"),
            (0, 4, "c"),
        ] {
            missed.record(epoch, commit, key.as_bytes());
        }
        assert_eq!(keys(&missed, At::after(0, 0)), ["b", "a", "c"]);
        assert_eq!(keys(&missed, At::after(0, 5)), ["a", "c"]);
        missed.record(1, 2, b"b");
        assert_eq!(keys(&missed, At::after(0, 6)), ["c", "b"]);
        assert_eq!(missed.len(), 3);
        let (at, _) = missed.last(b"c").unwrap();
        assert_eq!(keys(&missed, at.next()), ["b"]);
    }
}
