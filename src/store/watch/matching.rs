//! The watchers that wait at the head of the log, found by the keys that concern them; and for those
//! that have left it, the last place of such a key. However many watchers there are, a key costs one
//! search for each length of a filter. Must not know the log.

use super::cursor::Mark;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The keys that concern a watcher, by the beginning of their JSON text. The text of a complete key,
/// with its closing quotation mark, picks that key alone; an empty one picks all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    text: Box<[u8]>,
    is_key: bool,
}

impl Filter {
    /// Picks the key with this JSON text.
    pub fn key(text: String) -> Self {
        Filter {
            text: text.into_bytes().into(),
            is_key: true,
        }
    }

    /// Picks the keys whose JSON text begins with this one.
    pub fn prefix(text: String) -> Self {
        Filter {
            text: text.into_bytes().into(),
            is_key: false,
        }
    }

    /// Returns true if a key, as JSON text, is picked.
    pub fn picks(&self, key: &[u8]) -> bool {
        key.starts_with(&self.text)
    }

    /// Returns the key, if only one is picked.
    pub fn only_key(&self) -> Option<&[u8]> {
        self.is_key.then_some(&*self.text)
    }
}

/// The watchers that the same keys concern.
#[derive(Debug, Default)]
struct Alike {
    /// Number of watchers, at the head or not.
    count: usize,
    /// The watchers at the head.
    waiting: BTreeSet<u32>,
    /// The place after the last record that concerns them, once one of them has left the head.
    /// Those that have left it read no further.
    last: Option<Mark>,
}

impl Alike {
    /// Takes those that wait, which a record concerns.
    fn find(&mut self, last: Mark, each: &mut dyn FnMut(u32)) {
        self.last = Some(last);
        std::mem::take(&mut self.waiting).into_iter().for_each(each);
    }
}

/// The watchers, by their filters.
#[derive(Debug, Default)]
pub struct Matching {
    by_text: HashMap<Box<[u8]>, Alike>,
    /// The number of texts of each length.
    lengths: BTreeMap<usize, usize>,
}

impl Matching {
    /// Adds a watcher, which does not wait yet.
    pub fn add(&mut self, filter: &Filter) {
        let alike = self.by_text.entry(filter.text.clone()).or_default();
        if alike.count == 0 {
            *self.lengths.entry(filter.text.len()).or_default() += 1;
        }
        alike.count += 1;
    }

    /// Removes a watcher.
    pub fn remove(&mut self, filter: &Filter, id: u32) {
        let Some(alike) = self.by_text.get_mut(&filter.text) else {
            return;
        };
        alike.waiting.remove(&id);
        alike.count -= 1;
        if alike.count > 0 {
            return;
        }
        self.by_text.remove(&filter.text);
        let length = filter.text.len();
        if let Some(count) = self.lengths.get_mut(&length) {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&length);
            }
        }
    }

    /// Lets a watcher wait at the head.
    pub fn wait(&mut self, filter: &Filter, id: u32) {
        if let Some(alike) = self.by_text.get_mut(&filter.text) {
            alike.waiting.insert(id);
        }
    }

    /// Lets a watcher wait no more.
    pub fn leave(&mut self, filter: &Filter, id: u32) {
        if let Some(alike) = self.by_text.get_mut(&filter.text) {
            alike.waiting.remove(&id);
        }
    }

    /// Returns the place after the last record that concerns the watchers with a filter. It is known
    /// once one of them has left the head.
    pub fn last(&self, filter: &Filter) -> Option<Mark> {
        self.by_text.get(&filter.text)?.last
    }

    /// Sets the place up to which watchers with a filter must read.
    pub fn set_last(&mut self, filter: &Filter, last: Mark) {
        if let Some(alike) = self.by_text.get_mut(&filter.text) {
            alike.last = Some(last);
        }
    }

    /// Sets the place up to which all watchers that have left the head must read.
    pub fn set_last_of_all(&mut self, last: Mark) {
        for alike in self.by_text.values_mut() {
            alike.last = Some(last);
        }
    }

    /// Notes that the record before `last` concerns a key. The watchers that have waited for it are
    /// handed to `each`, and wait no more.
    pub fn find(&mut self, key: &[u8], last: Mark, each: &mut dyn FnMut(u32)) {
        for &length in self.lengths.range(..=key.len()).map(|(length, _)| length) {
            let text = key.get(..length).unwrap_or_default();
            if let Some(alike) = self.by_text.get_mut(text) {
                alike.find(last, each);
            }
        }
    }

    /// Notes that the record before `last` concerns all keys.
    pub fn find_all(&mut self, last: Mark, each: &mut dyn FnMut(u32)) {
        for alike in self.by_text.values_mut() {
            alike.find(last, each);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Mark, Matching};

    fn found(matching: &mut Matching, key: &str, commit: u64) -> Vec<u32> {
        let mut ids = Vec::new();
        let last = Mark::end_of(commit);
        matching.find(key.as_bytes(), last, &mut |id| ids.push(id));
        ids.sort_unstable();
        ids
    }

    fn insert(matching: &mut Matching, filter: &Filter, id: u32) {
        matching.add(filter);
        matching.wait(filter, id);
    }

    #[test]
    fn a_key_finds_the_watchers_that_it_concerns_once() {
        let mut matching = Matching::default();
        let filters = [
            Filter::prefix(String::new()),
            Filter::prefix("\"us".to_string()),
            Filter::prefix("\"user:1".to_string()),
            Filter::key("\"user:1\"".to_string()),
            Filter::key("\"user:10\"".to_string()),
        ];
        for (id, filter) in (0..).zip(&filters) {
            insert(&mut matching, filter, id);
        }
        insert(&mut matching, &filters[3], 7);
        assert_eq!(found(&mut matching, "\"user:1\"", 1), [0, 1, 2, 3, 7]);
        assert!(found(&mut matching, "\"user:1\"", 2).is_empty());
        let last = filters.each_ref().map(|filter| matching.last(filter));
        let second = Some(Mark::end_of(2));
        assert_eq!(last, [second, second, second, second, None]);
        matching.wait(&filters[1], 1);
        insert(&mut matching, &filters[1], 8);
        matching.remove(&filters[1], 1);
        assert_eq!(found(&mut matching, "\"user:10\"", 3), [4, 8]);
        assert_eq!(matching.last(&filters[3]), second);
        for (filter, id) in [(0, 0), (1, 8), (2, 2), (3, 3), (3, 7), (4, 4)] {
            matching.remove(&filters[filter], id);
        }
        assert!(matching.lengths.is_empty() && matching.by_text.is_empty());
    }
}
