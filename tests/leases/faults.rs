//! Former faults of leases: a key that a turn shares was mistaken for its own, and adopted waits were overtaken or not told.

use crate::support::leases::{Place, ends, idle_turn, leases, name, once, takes, turn, waits};
use persist_lock::disk::LockMode::{Exclusive, Shared};
use persist_lock::waits::Waiter;
use std::sync::mpsc;
use std::thread;

#[test]
fn a_clear_does_not_overtake_a_view_of_a_key_that_its_turn_has_looked_at() {
    for place in Place::both() {
        let [mut viewer, mut clearing] = place.open_many();
        assert!(leases(&mut viewer, "a", Shared));
        turn(&mut clearing, |leases| {
            assert!(leases.take(&name("a"), Shared, false)?);
            assert_eq!(leases.take_all()?, Some(name("a")));
            Ok(())
        });
    }
}

#[test]
fn an_adopted_wait_goes_before_later_takes() {
    for sweep in [false, true] {
        let place = Place::simulated();
        let [mut viewer, mut waiter, mut later] = place.open_many();
        assert!(leases(&mut viewer, "a", Shared));
        let wait = waits(&mut waiter, "a", Exclusive).unwrap();
        waiter.leases().unwrap().abandon(&name("a")).unwrap();
        if sweep {
            idle_turn(&mut later);
        }
        // An unlinked gate keeps nobody back: then it is a new wait, with a new gate.
        let again = waits(&mut waiter, "a", Exclusive);
        assert_eq!(again.is_some(), sweep);
        assert!(!takes(&mut later, "a", Shared), "swept: {sweep}");
        drop(wait);
    }
}

#[test]
fn the_adopter_of_a_wait_is_told_of_its_outcome() {
    let place = Place::real();
    let [mut editor, mut waiter] = place.open_many();
    assert!(leases(&mut editor, "a", Exclusive));
    let wait = waits(&mut waiter, "a", Exclusive).unwrap();
    let (tell, told) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let waiting = thread::spawn(move || {
        wait.run(&|| {
            tell.send(()).unwrap();
            let _ = may_go_on.recv();
        })
    });
    ends(&mut editor, "a");
    told.recv().unwrap();
    // It is told, and its time is over; another call then wants the key, which a third has meanwhile.
    waiter.leases().unwrap().abandon(&name("a")).unwrap();
    assert!(leases(&mut editor, "a", Exclusive));
    let adopted = waits(&mut waiter, "a", Exclusive);
    drop(go_on);
    // Either it waits again, or it is told again.
    assert!(adopted.is_some() || told.recv().is_ok());
    waiting.join().unwrap().unwrap();
}

#[test]
fn a_polled_wait_whose_gate_was_unlinked_starts_over() {
    let place = Place::simulated();
    let [mut viewer, mut first, mut second, mut later] = place.open_many();
    assert!(leases(&mut viewer, "a", Shared));
    let wait = waits(&mut first, "a", Exclusive).unwrap();
    let second_wait = waits(&mut second, "a", Exclusive).unwrap();
    viewer.let_go(&name("a"), 1).unwrap();
    // It leases the same file, and its turn unlinks the gate that it has passed.
    let over = wait.poll(&once(|| assert!(leases(&mut first, "a", Shared))));
    assert!(over.unwrap());
    let mut told = false;
    let over = second_wait.poll(&once(|| told = true)).unwrap();
    assert!(
        over || told || !takes(&mut later, "a", Shared),
        "it is overtaken"
    );
}
