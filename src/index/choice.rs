//! A choice of keys by their order.

use crate::record::unescape;

/// The keys of a list, and their direction. `Choice::default()` is all of them, ascending.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The least key, in its plain form.
    pub(super) from: Vec<u8>,
    /// The key before which the list ends. `None` for no such key.
    pub(super) to: Option<Vec<u8>>,
    /// True for a list that descends.
    pub(super) is_reverse: bool,
    /// The most items. `None` for no limit.
    pub(super) limit: Option<usize>,
}

/// A byte that is in no plain key: a prefix and this byte come after all keys with the prefix.
const LAST: u8 = 0xff;

impl Choice {
    /// Chooses keys that begin with a prefix, given as JSON text.
    pub fn with_prefix(self, prefix: &[u8]) -> Self {
        let from = plain(prefix);
        let mut to = from.clone();
        to.push(LAST);
        self.starting_at(from).ending_before(to)
    }

    /// Chooses keys from one on, given as JSON text.
    pub fn from(self, from: &[u8]) -> Self {
        self.starting_at(plain(from))
    }

    /// Chooses keys less than one, given as JSON text.
    pub fn to(self, to: &[u8]) -> Self {
        self.ending_before(plain(to))
    }

    /// Chooses the direction: descending, or ascending.
    pub fn reverse(self, is_reverse: bool) -> Self {
        Choice { is_reverse, ..self }
    }

    /// Chooses so many items at most.
    pub fn limit(self, limit: usize) -> Self {
        let limit = Some(limit);
        Choice { limit, ..self }
    }

    fn starting_at(self, from: Vec<u8>) -> Self {
        let from = self.from.clone().max(from);
        Choice { from, ..self }
    }

    fn ending_before(self, to: Vec<u8>) -> Self {
        let to = match &self.to {
            Some(before) if *before < to => before.clone(),
            _ => to,
        };
        let to = Some(to);
        Choice { to, ..self }
    }
}

fn plain(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    unescape(text, &mut plain);
    plain
}
