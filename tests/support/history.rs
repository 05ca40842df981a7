//! What a store may hold: the states that its commits have led to, each on the one before, and which of them somebody
//! was told of.
//!
//! The states are a tree. A commit of which a sector was lost is cut off, and another takes its place; should the next
//! power cut undo that but for a sector in which the two are alike, the first is whole again. Or one is written but for
//! its last bytes, and those of an older one stand behind it when the power cut has undone the cut. It then stands on its
//! own parent and nobody was told of any other, so this is right. It would be wrong on any other parent.

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
    /// What the commit leads to in whose write a process died, if all of it was written.
    in_doubt: Option<usize>,
}

impl History {
    /// There is nothing yet, and everybody knows.
    pub fn new() -> Self {
        let items = Items::new();
        History {
            states: vec![State { items, parent: 0 }],
            newest: 0,
            acknowledged: 0,
            in_doubt: None,
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

    /// A commit was written.
    pub fn commit(&mut self, items: Items) {
        self.newest = self.add(items);
    }

    /// A commit was written in part, and cut off again.
    pub fn reject(&mut self, items: Items) {
        self.add(items);
    }

    /// A process has died in the writing of a commit.
    pub fn doubt(&mut self, items: Items) {
        self.in_doubt = Some(self.add(items));
    }

    fn add(&mut self, items: Items) -> usize {
        let parent = self.newest;
        self.states.push(State { items, parent });
        self.states.len() - 1
    }

    /// Whether the next look is to tell of a commit if it was written.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt.is_some()
    }

    /// Somebody is told of a state.
    pub fn acknowledge(&mut self, state: usize) {
        assert!(self.stands_on(self.newest, state));
        self.acknowledged = self.acknowledged.max(state);
    }

    /// What a store holds while the power is on: the newest state.
    pub fn check_live(&mut self, found: &Items) {
        if let Some(state) = self.in_doubt.take()
            && self.states[state].items == *found
        {
            self.newest = state;
        }
        assert_eq!(found, self.items(), "a store lacks a commit");
    }

    /// What a store holds after a power cut: a state which stands on all that somebody was told of. Others go on from it.
    pub fn check_after_cut(&mut self, found: &Items) {
        self.in_doubt = None;
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
