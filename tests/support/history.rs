//! The states that a store may have after its commits, each on its parent, and those of them that were acknowledged.
//!
//! The states are a tree. A commit that lost a sector is cut off, and another replaces it; if the next power cut undoes that
//! except for a sector in which both are alike, the first commit is intact again. Or a commit lacks its last bytes, and those
//! of an older one follow it after a power cut undid the cut. It is then valid on its own parent, and no other was
//! acknowledged, so this is right. On any other parent it would be wrong.

use super::items::Items;

#[derive(Debug)]
struct State {
    items: Items,
    parent: usize,
}

/// The states by number; a state's parent has a lower one. No two states are alike.
#[derive(Debug)]
pub struct History {
    states: Vec<State>,
    newest: usize,
    acknowledged: usize,
    /// The states after commits that are there only if all of them was written: a process died in
    /// the write, or the write failed and so did the cut after it. Several were written in one place.
    in_doubt: Vec<usize>,
}

impl History {
    /// There is nothing yet, and everybody knows.
    pub fn new() -> Self {
        let items = Items::new();
        History {
            states: vec![State { items, parent: 0 }],
            newest: 0,
            acknowledged: 0,
            in_doubt: Vec::new(),
        }
    }

    /// The number of the state that a store must hold.
    pub fn newest(&self) -> usize {
        self.newest
    }

    /// That state.
    pub fn items(&self) -> &Items {
        &self.states[self.newest].items
    }

    /// A commit was written, over the one in doubt if there is one.
    pub fn commit(&mut self, items: Items) {
        self.in_doubt.clear();
        self.newest = self.add(items);
    }

    /// A commit was written in part, and cut off again.
    pub fn reject(&mut self, items: Items) {
        self.add(items);
    }

    /// A commit was written in part or completely, and not cut off.
    pub fn doubt(&mut self, items: Items) {
        let state = self.add(items);
        self.in_doubt.push(state);
    }

    fn add(&mut self, items: Items) -> usize {
        let parent = self.newest;
        self.states.push(State { items, parent });
        self.states.len() - 1
    }

    /// True if the next look must report a commit that was written.
    pub fn is_in_doubt(&self) -> bool {
        !self.in_doubt.is_empty()
    }

    /// Somebody is told of a state.
    pub fn acknowledge(&mut self, state: usize) {
        assert!(self.stands_on(self.newest, state));
        self.acknowledged = self.acknowledged.max(state);
    }

    /// Checks a store while the power is on: it must have the newest state.
    pub fn check_live(&mut self, found: &Items) {
        for state in std::mem::take(&mut self.in_doubt) {
            if self.states[state].items == *found {
                self.newest = state;
            }
        }
        assert_eq!(found, self.items(), "a store lacks a commit");
    }

    /// Checks a store after a power cut: its state must include every acknowledged commit. Later commits go on from it.
    pub fn check_after_cut(&mut self, found: &Items) {
        self.in_doubt.clear();
        let is_found = |state: &State| state.items == *found;
        let Some(state) = self.states.iter().position(is_found) else {
            panic!("half a commit: {found:?} was never there");
        };
        assert!(
            self.stands_on(state, self.acknowledged),
            "state {} was acknowledged, and {state} is there",
            self.acknowledged
        );
        self.newest = state;
    }

    fn stands_on(&self, mut state: usize, other: usize) -> bool {
        while state > other {
            state = self.states[state].parent;
        }
        state == other
    }
}
