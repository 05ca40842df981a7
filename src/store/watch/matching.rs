//! The watchers that wait at the head of the log, found by the keys that concern them: however many
//! there are, a key costs one search for each length of a filter. Must not know the log.

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

/// The waiting watchers, by their filters.
#[derive(Debug, Default)]
pub struct Matching {
    by_text: HashMap<Box<[u8]>, BTreeSet<u32>>,
    /// The number of texts of each length.
    lengths: BTreeMap<usize, usize>,
}

impl Matching {
    /// Adds a watcher.
    pub fn insert(&mut self, filter: &Filter, id: u32) {
        let ids = self.by_text.entry(filter.text.clone()).or_default();
        if ids.is_empty() {
            *self.lengths.entry(filter.text.len()).or_default() += 1;
        }
        ids.insert(id);
    }

    /// Removes a watcher, if it is there.
    pub fn remove(&mut self, filter: &Filter, id: u32) {
        let Some(ids) = self.by_text.get_mut(&filter.text) else {
            return;
        };
        ids.remove(&id);
        if ids.is_empty() {
            self.take(&filter.text);
        }
    }

    /// Removes the watchers that a key concerns, and hands them to `each`.
    pub fn take_all_of(&mut self, key: &[u8], each: &mut dyn FnMut(u32)) {
        let lengths: Vec<usize> = self
            .lengths
            .range(..=key.len())
            .map(|(&length, _)| length)
            .collect();
        for length in lengths {
            let text = key.get(..length).unwrap_or_default();
            self.take(text).into_iter().for_each(&mut *each);
        }
    }

    /// Removes all watchers, and hands them to `each`.
    pub fn take_all(&mut self, each: &mut dyn FnMut(u32)) {
        self.lengths.clear();
        let all = std::mem::take(&mut self.by_text);
        all.into_values().flatten().for_each(each);
    }

    fn take(&mut self, text: &[u8]) -> BTreeSet<u32> {
        let Some(ids) = self.by_text.remove(text) else {
            return BTreeSet::new();
        };
        if let Some(count) = self.lengths.get_mut(&text.len()) {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&text.len());
            }
        }
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Matching};

    fn taken(matching: &mut Matching, key: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        matching.take_all_of(key.as_bytes(), &mut |id| ids.push(id));
        ids.sort_unstable();
        ids
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
            matching.insert(filter, id);
        }
        matching.insert(&filters[3], 7);
        assert_eq!(taken(&mut matching, "\"user:1\""), [0, 1, 2, 3, 7]);
        assert!(taken(&mut matching, "\"user:1\"").is_empty());
        matching.insert(&filters[1], 1);
        matching.insert(&filters[1], 8);
        matching.remove(&filters[1], 1);
        matching.remove(&filters[4], 5);
        assert_eq!(taken(&mut matching, "\"user:10\""), [4, 8]);
        matching.remove(&filters[1], 8);
        assert!(matching.lengths.is_empty() && matching.by_text.is_empty());
    }
}
