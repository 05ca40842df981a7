//! A wait for a lease goes before later takes: gates, on the simulated disk, and polled waits.

use crate::support::leases::{Place, ends, idle_turn, leases, name, once, takes, turn, waits};
use persist_lock::Store;
use persist_lock::disk::LockMode::{Exclusive, Shared};
use persist_lock::lease::{Name, Wait};
use persist_lock::waits::Waiter;
use std::sync::Arc;

/// Polls a wait that is over, and does something while its outcome can be taken up.
fn polled(wait: &Wait, mut granted: impl FnMut()) {
    let mut told = false;
    let granted = once(|| {
        told = true;
        granted();
    });
    while !wait.poll(&granted).unwrap() {}
    drop(granted);
    assert!(told);
}

/// Polls a wait that is not over.
fn polled_too_early(wait: &Wait) {
    let over = wait.poll(&|| panic!("it tells of a lease that another has"));
    assert!(!over.unwrap());
}

fn takes_past_the_gate(store: &mut Store, key: &str) -> bool {
    turn(store, |leases| leases.take(&name(key), Shared, true))
}

fn may_lease(store: &mut Store) -> bool {
    turn(store, |leases| leases.may_be_given())
}

#[test]
fn a_later_take_queues_behind_a_waiter_except_for_a_nested_view() {
    let place = Place::simulated();
    let [mut viewer, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut viewer, "a", Shared));
    assert!(takes(&mut later, "a", Shared));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    for _ in 0..2 {
        assert!(!takes(&mut later, "a", Shared));
        assert!(takes_past_the_gate(&mut later, "a"));
        assert!(takes(&mut later, "b", Shared), "another key is free");
        assert!(!takes(&mut waiter, "a", Exclusive), "it still waits");
        polled_too_early(&wait);
    }
    ends(&mut viewer, "a");
    assert!(!takes(&mut later, "a", Shared), "it was there first");
    polled(&wait, || {
        assert!(!takes(&mut later, "a", Shared));
        assert!(!takes(&mut later, "a", Exclusive));
        assert!(leases(&mut waiter, "a", Exclusive));
        assert!(!takes(&mut later, "a", Shared));
    });
    ends(&mut waiter, "a");
    assert!(takes(&mut later, "a", Shared));
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_wait_for_a_shared_lease_blocks_no_other() {
    let place = Place::simulated();
    let [mut editor, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    let wait = waits(&mut waiter, "a", Shared).unwrap();
    polled_too_early(&wait);
    ends(&mut editor, "a");
    assert!(takes(&mut later, "a", Exclusive));
    polled(&wait, || assert!(takes(&mut waiter, "a", Shared)));
    idle_turn(&mut later);
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_store_waits_once_for_a_key() {
    let place = Place::simulated();
    let [mut editor, mut waiter] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    assert!(leases(&mut editor, "b", Exclusive));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    assert!(waits(&mut waiter, "a", Exclusive).is_none());
    assert!(waits(&mut waiter, "b", Exclusive).is_some());
    ends(&mut editor, "a");
    polled(&wait, || assert!(takes(&mut waiter, "a", Exclusive)));
    assert!(leases(&mut editor, "a", Exclusive));
    assert!(waits(&mut waiter, "a", Exclusive).is_some());
}

#[test]
fn two_waits_take_a_lease_one_after_the_other() {
    let place = Place::simulated();
    let [mut editor, mut first, mut second] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    let wait = waits(&mut first, "a", Exclusive).unwrap();
    let second_wait = waits(&mut second, "a", Exclusive).unwrap();
    ends(&mut editor, "a");
    polled_too_early(&second_wait);
    polled(&wait, || assert!(leases(&mut first, "a", Exclusive)));
    // The gate that it came to was unlinked when the first had passed, and so was the lease's file: it begins again.
    let mut anew = None;
    polled(&second_wait, || anew = waits(&mut second, "a", Exclusive));
    let anew = anew.unwrap();
    polled_too_early(&anew);
    assert!(!takes(&mut editor, "a", Exclusive));
    ends(&mut first, "a");
    polled(&anew, || assert!(takes(&mut second, "a", Exclusive)));
    idle_turn(&mut first);
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn an_abandoned_wait_opens_its_gate() {
    let place = Place::simulated();
    let [mut viewer, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut viewer, "a", Shared));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    assert!(!takes(&mut later, "a", Shared));
    waiter.leases().unwrap().abandon(&name("a")).unwrap();
    assert!(takes(&mut later, "a", Shared));
    let over = wait.poll(&|| panic!("nobody wants to hear of it"));
    assert!(over.unwrap());
    assert!(takes(&mut later, "a", Shared));
    assert!(
        waits(&mut waiter, "a", Exclusive).is_some(),
        "it is over, and cannot be adopted"
    );
    assert!(!takes(&mut later, "a", Shared));
}

#[test]
fn an_abandoned_outcome_opens_its_gate() {
    let place = Place::simulated();
    let [mut viewer, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut viewer, "a", Shared));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    ends(&mut viewer, "a");
    polled(&wait, || {
        assert!(!takes(&mut later, "a", Shared));
        waiter.leases().unwrap().abandon(&name("a")).unwrap();
        assert!(takes(&mut later, "a", Exclusive));
    });
    assert!(takes(&mut later, "a", Exclusive));
}

#[test]
fn an_abandoned_wait_can_be_adopted() {
    let place = Place::simulated();
    let [mut viewer, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut viewer, "a", Shared));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    waiter.leases().unwrap().abandon(&name("a")).unwrap();
    assert!(waits(&mut waiter, "a", Exclusive).is_none());
    polled_too_early(&wait);
    ends(&mut viewer, "a");
    polled(&wait, || assert!(leases(&mut waiter, "a", Exclusive)));
    assert!(!takes(&mut later, "a", Shared));
    ends(&mut waiter, "a");
    idle_turn(&mut later);
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_wait_that_is_over_is_dropped_in_the_next_turn() {
    let place = Place::simulated();
    let [mut editor, mut waiter] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    waiter.leases().unwrap().abandon(&name("a")).unwrap();
    idle_turn(&mut waiter);
    assert_eq!(Arc::strong_count(&wait), 2, "a later call may adopt it");
    let over = wait.poll(&|| panic!("nobody wants to hear of it"));
    assert!(over.unwrap());
    idle_turn(&mut waiter);
    assert_eq!(Arc::strong_count(&wait), 1);
}

#[test]
fn an_uncollected_outcome_opens_its_gate() {
    let place = Place::simulated();
    let [mut editor, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    ends(&mut editor, "a");
    polled(&wait, || assert!(!takes(&mut later, "a", Exclusive)));
    assert!(leases(&mut later, "a", Exclusive));
    assert!(!takes(&mut waiter, "a", Exclusive), "it came too late");
}

#[test]
fn the_gate_of_a_dropped_store_is_open_and_swept() {
    let place = Place::simulated();
    let [mut viewer, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut viewer, "a", Shared));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    assert_eq!(place.files().len(), 2);
    // The wait itself may outlive the store, on its thread.
    drop(waiter);
    assert!(takes(&mut later, "a", Shared));
    assert_eq!(place.files().len(), 1, "the lease's own");
    drop(wait);
    assert!(takes(&mut later, "a", Shared));
}

/// A turn in which a `clear` does not get every key, and begins to wait for the one that it names.
fn clear_waits(store: &mut Store) -> (Name, Arc<Wait>) {
    turn(store, |leases| {
        let busy = leases.take_all()?.expect("somebody has one");
        let wait = leases.wait_for_all(&busy)?;
        Ok((busy, wait.expect("none is under way")))
    })
}

#[test]
fn a_waiting_clear_keeps_other_stores_from_giving_leases() {
    let place = Place::simulated();
    let [mut one, mut other, mut clearing] = place.open_many();
    assert!(leases(&mut one, "a", Exclusive));
    assert!(leases(&mut one, "b", Exclusive));
    assert!(may_lease(&mut other));
    let (mut busy, mut wait) = clear_waits(&mut clearing);
    // It waits for one after the other.
    for last in [false, true] {
        assert!(!may_lease(&mut other));
        assert!(!may_lease(&mut one), "not even who has one");
        polled_too_early(&wait);
        turn(&mut one, |leases| leases.end(&busy, 1));
        let mut next = None;
        polled(&wait, || {
            assert!(!may_lease(&mut other));
            match last {
                true => assert_eq!(turn(&mut clearing, |leases| leases.take_all()), None),
                false => next = Some(clear_waits(&mut clearing)),
            }
        });
        if let Some(next) = next {
            (busy, wait) = next;
        }
    }
    assert!(may_lease(&mut other));
    assert!(may_lease(&mut one));
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn an_abandoned_clear_lets_others_give_leases() {
    let place = Place::simulated();
    let [mut one, mut other, mut clearing] = place.open_many();
    assert!(leases(&mut one, "a", Exclusive));
    let (_, wait) = clear_waits(&mut clearing);
    assert!(!may_lease(&mut other));
    clearing.leases().unwrap().abandon(&Name::all()).unwrap();
    assert!(may_lease(&mut other));
    assert!(wait.poll(&|| panic!("nobody wants to hear of it")).unwrap());
    ends(&mut one, "a");
    assert_eq!(place.files(), [""; 0]);
}

/// Looks at a wait whose gate another has, as often as it takes to find that other stopped.
fn passes_in_the_end(wait: &Wait, act: impl FnOnce()) {
    let act = once(act);
    for _ in 0..3 {
        wait.look(&|| panic!("it does not pass at once")).unwrap();
    }
    wait.look(&act).unwrap();
}

#[test]
fn a_waiter_passes_a_gate_whose_holder_does_not_take_a_free_lease() {
    let place = Place::simulated();
    let [mut editor, mut stopped, mut waiter, mut later] = place.open_many();
    for mode in [Exclusive, Shared] {
        assert!(leases(&mut editor, "a", Exclusive));
        let stopped_wait = waits(&mut stopped, "a", Exclusive).unwrap();
        let wait = waits(&mut waiter, "a", mode).unwrap();
        for _ in 0..10 {
            wait.look(&|| panic!("the lease stands")).unwrap();
        }
        ends(&mut editor, "a");
        let mut taken = false;
        passes_in_the_end(&wait, || taken = leases(&mut waiter, "a", mode));
        assert!(taken);
        assert!(!takes(&mut later, "a", Exclusive));
        ends(&mut waiter, "a");
        assert!(
            takes(&mut later, "a", Exclusive),
            "nothing is left of the gate"
        );
        // It goes on, and gets its turn like anybody else.
        polled(&stopped_wait, || {
            assert!(leases(&mut stopped, "a", Exclusive))
        });
        assert!(!takes(&mut later, "a", Exclusive));
        ends(&mut stopped, "a");
        idle_turn(&mut editor);
        assert_eq!(place.files(), [""; 0]);
    }
}

#[test]
fn a_wait_that_passes_a_gate_and_is_given_up_is_not_adopted() {
    let place = Place::simulated();
    let [mut editor, mut stopped, mut waiter] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    let _stopped = waits(&mut stopped, "a", Exclusive).unwrap();
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    ends(&mut editor, "a");
    passes_in_the_end(&wait, || ());
    waiter.leases().unwrap().abandon(&name("a")).unwrap();
    // Its thread has left it, or leaves it once it has the gate.
    assert!(waits(&mut waiter, "a", Exclusive).is_some());
}

#[test]
fn a_view_does_not_pass_the_gate_of_an_edit_that_waits_for_other_views() {
    let place = Place::simulated();
    let [mut viewer, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut viewer, "a", Shared));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    let view = waits(&mut later, "a", Shared).unwrap();
    for _ in 0..10 {
        view.look(&|| panic!("the edit was there first")).unwrap();
    }
    ends(&mut viewer, "a");
    polled(&wait, || assert!(leases(&mut waiter, "a", Exclusive)));
    ends(&mut waiter, "a");
}

#[test]
fn new_leases_pass_the_gate_of_a_clear_that_does_not_go_on_once_all_leases_ended() {
    let place = Place::simulated();
    let [mut one, mut other, mut stopped, mut later] = place.open_many();
    assert!(leases(&mut one, "a", Exclusive));
    assert!(leases(&mut one, "b", Exclusive));
    let (_, _stopped_wait) = clear_waits(&mut stopped);
    let behind = turn(&mut other, |leases| {
        assert!(!leases.may_be_given()?);
        leases.wait(&Name::all(), Shared)
    });
    let behind = behind.unwrap();
    for key in ["a", "b"] {
        for _ in 0..10 {
            behind.look(&|| panic!("a lease stands")).unwrap();
        }
        ends(&mut one, key);
    }
    let mut may = false;
    passes_in_the_end(&behind, || may = may_lease(&mut other));
    assert!(may);
    assert!(may_lease(&mut later), "nothing is left of the gate");
}

#[test]
fn a_wait_for_an_unlinked_gate_ends() {
    let place = Place::simulated();
    let [mut editor, mut stopped, mut waiter, mut last] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    let _stopped_wait = waits(&mut stopped, "a", Exclusive).unwrap();
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    let last_wait = waits(&mut last, "a", Exclusive).unwrap();
    ends(&mut editor, "a");
    passes_in_the_end(&wait, || assert!(takes(&mut waiter, "a", Exclusive)));
    let mut taken = false;
    last_wait
        .look(&once(|| taken = takes(&mut last, "a", Exclusive)))
        .unwrap();
    assert!(taken);
}
