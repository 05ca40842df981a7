//! Waits for leases on threads, on a real disk: a waiter is woken by any end of the lease, and takes it before later takes.
//!
//! Steps that must happen while an outcome can be taken happen while its thread reports it, so no test depends on time.

use crate::support::items::{commit, put, value};
use crate::support::leases::{
    Place, begin_turn, ends, idle_turn, leases, name, takes, turn, waits,
};
use persist_lock::Store;
use persist_lock::disk::LockMode::{self, Exclusive, Shared};
use persist_lock::lease::{Name, Wait};
use persist_lock::waits::{Waiter, join};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A wait on its own thread. While the thread reports the outcome it stops until the test lets it go on.
struct Waiting {
    told: mpsc::Receiver<()>,
    go_on: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Waiting {
    fn start(wait: Arc<Wait>) -> Self {
        let (tell, told) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let granted = move || {
            // A dropped receiver lets it go on too.
            let _ = tell.send(());
            let _ = may_go_on.recv();
        };
        let thread = thread::spawn(move || wait.run(&granted).unwrap());
        Waiting {
            told,
            go_on,
            thread,
        }
    }

    /// Does something while the outcome can be taken up.
    fn granted<T>(self, act: impl FnOnce() -> T) -> T {
        self.told.recv().unwrap();
        let acted = act();
        self.go_on.send(()).unwrap();
        self.thread.join().unwrap();
        acted
    }
}

/// Takes a key and keeps it, after any number of waits.
fn leases_in_the_end(store: &mut Store, key: &str, mode: LockMode) {
    loop {
        let wait = turn(store, |leases| {
            if leases.take(&name(key), mode, false)? {
                leases.lease(&[name(key)], mode, 1)?;
                return Ok(None);
            }
            Ok(Some(leases.wait(&name(key), mode)?))
        });
        match wait {
            None => return,
            Some(wait) => Waiting::start(wait.unwrap()).told.recv().unwrap(),
        }
    }
}

/// A store waits for a lease of another, which then gives it up in some way.
fn is_woken(mode: LockMode, holds: LockMode, give_up: impl FnOnce(Store)) {
    let place = Place::real();
    let [mut holder, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut holder, "a", holds));
    let given_up = Arc::new(AtomicBool::new(false));
    let waiting = Waiting::start(waits(&mut waiter, "a", mode).unwrap());
    if mode == Exclusive {
        assert!(!takes(&mut later, "a", Shared));
        let nested = turn(&mut later, |leases| leases.take(&name("a"), Shared, true));
        assert_eq!(nested, holds == Shared, "the gate is no matter for it");
    }
    assert!(waiting.told.try_recv().is_err(), "the lease still stands");
    given_up.store(true, Ordering::SeqCst);
    give_up(holder);
    waiting.granted(|| {
        assert!(given_up.load(Ordering::SeqCst));
        if mode == Exclusive {
            assert!(!takes(&mut later, "a", Shared));
            assert!(!takes(&mut later, "a", Exclusive));
        }
        assert!(leases(&mut waiter, "a", mode));
        assert!(!takes(&mut later, "a", Exclusive));
        assert_eq!(takes(&mut later, "a", Shared), mode == Shared);
    });
    ends(&mut waiter, "a");
    assert!(takes(&mut later, "a", Exclusive));
    idle_turn(&mut waiter);
    assert_eq!(place.files(), [""; 0]);
}

const PAIRS: [(LockMode, LockMode); 3] = [
    (Exclusive, Exclusive),
    (Exclusive, Shared),
    (Shared, Exclusive),
];

#[test]
fn a_waiter_is_woken_when_the_lease_ends() {
    for (mode, holds) in PAIRS {
        is_woken(mode, holds, |mut holder| ends(&mut holder, "a"));
    }
}

#[test]
fn a_waiter_is_woken_when_the_lease_is_released() {
    for (mode, holds) in PAIRS {
        is_woken(mode, holds, |mut holder| {
            holder.let_go(&name("a"), 1).unwrap();
        });
    }
}

#[test]
fn a_waiter_is_woken_when_the_store_with_the_lease_is_dropped() {
    for (mode, holds) in PAIRS {
        is_woken(mode, holds, drop);
    }
}

#[test]
fn a_waiter_is_woken_when_the_last_view_ends() {
    let place = Place::real();
    let [mut first, mut second, mut waiter] = place.open_many();
    assert!(leases(&mut first, "a", Shared));
    assert!(leases(&mut second, "a", Shared));
    let waiting = Waiting::start(waits(&mut waiter, "a", Exclusive).unwrap());
    ends(&mut first, "a");
    assert!(waiting.told.try_recv().is_err(), "one still looks");
    second.let_go(&name("a"), 1).unwrap();
    waiting.granted(|| assert!(takes(&mut waiter, "a", Exclusive)));
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_lease_whose_outcome_is_not_collected_is_free_for_others() {
    let place = Place::real();
    let [mut holder, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut holder, "a", Exclusive));
    let waiting = Waiting::start(waits(&mut waiter, "a", Exclusive).unwrap());
    ends(&mut holder, "a");
    waiting.granted(|| assert!(!takes(&mut later, "a", Exclusive)));
    // Its thread has ended.
    assert!(leases(&mut later, "a", Exclusive));
    let waiting = Waiting::start(waits(&mut waiter, "a", Exclusive).unwrap());
    ends(&mut later, "a");
    waiting.granted(|| assert!(leases(&mut waiter, "a", Exclusive)));
}

#[test]
fn an_abandoned_and_adopted_wait_is_woken() {
    let place = Place::real();
    let [mut holder, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut holder, "a", Shared));
    let mut turn = begin_turn(&mut waiter);
    let wait = turn.leases().unwrap().wait(&name("a"), Exclusive).unwrap();
    let waiting = Waiting::start(wait.unwrap());
    // Nobody unlinks the gate while the turn is under way: so the thread waits for the lease, or will.
    let paused = turn.pause();
    waiter.leases().unwrap().abandon(&name("a")).unwrap();
    let mut turn = waiter.resume(paused).unwrap();
    let adopted = turn.leases().unwrap().wait(&name("a"), Exclusive).unwrap();
    assert!(adopted.is_none());
    turn.end().unwrap();
    ends(&mut holder, "a");
    waiting.granted(|| leases_in_the_end(&mut waiter, "a", Exclusive));
    assert!(!takes(&mut later, "a", Shared));
    ends(&mut waiter, "a");
}

#[test]
fn a_dropped_store_waits_no_longer_even_if_its_thread_does() {
    let place = Place::real();
    let [mut holder, mut waiter, mut later] = place.open_many();
    assert!(leases(&mut holder, "a", Exclusive));
    let waiting = Waiting::start(waits(&mut waiter, "a", Exclusive).unwrap());
    drop(waiter);
    ends(&mut holder, "a");
    waiting.granted(|| ());
    assert!(takes(&mut later, "a", Exclusive));
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn two_waiters_for_one_key_both_get_it() {
    let place = Place::real();
    for _ in 0..10 {
        let [mut holder, mut first, mut second] = place.open_many();
        assert!(leases(&mut holder, "a", Exclusive));
        let waiting = [&mut first, &mut second]
            .map(|store| Waiting::start(waits(store, "a", Exclusive).unwrap()));
        ends(&mut holder, "a");
        thread::scope(|scope| {
            for (waiting, store) in waiting.into_iter().zip([&mut first, &mut second]) {
                scope.spawn(move || {
                    waiting.granted(|| leases_in_the_end(store, "a", Exclusive));
                    ends(store, "a");
                });
            }
        });
        idle_turn(&mut holder);
        assert_eq!(place.files(), [""; 0]);
    }
}

#[test]
fn edits_under_leases_lose_no_update() {
    const STORES: usize = 4;
    const EDITS: usize = 40;
    let place = Place::real();
    commit(&mut place.open(), &(put("\"a\"", "0") + &put("\"b\"", "0"))).unwrap();
    let edit = |store: &mut Store, key: &str| {
        leases_in_the_end(store, key, Exclusive);
        let json = format!("\"{key}\"");
        let count: usize = value(store, &json).unwrap().unwrap().parse().unwrap();
        thread::yield_now();
        let mut turn = begin_turn(store);
        let line = put(&json, &(count + 1).to_string());
        turn.commit(line.into_bytes(), false).unwrap();
        turn.leases().unwrap().end(&name(key), 1).unwrap();
        turn.end().unwrap();
    };
    thread::scope(|scope| {
        for first in 0..STORES {
            let mut store = place.open();
            scope.spawn(move || {
                for at in first..first + EDITS {
                    edit(&mut store, ["a", "b"][at % 2]);
                }
            });
        }
    });
    let mut store = place.open();
    for key in ["\"a\"", "\"b\""] {
        let count = value(&mut store, key).unwrap().unwrap();
        assert_eq!(count, (STORES * EDITS / 2).to_string());
    }
    idle_turn(&mut store);
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_waiting_clear_is_woken_by_each_ending_lease_and_blocks_new_ones() {
    let place = Place::real();
    let [mut holder, mut other, mut clearing] = place.open_many();
    let mut may_lease = || turn(&mut other, |leases| leases.may_be_given());
    assert!(leases(&mut holder, "a", Exclusive));
    assert!(leases(&mut holder, "b", Shared));
    let mut clear = || {
        turn(&mut clearing, |leases| match leases.take_all()? {
            None => Ok(None),
            Some(busy) => Ok(leases.wait_for_all(&busy)?.map(|wait| (busy, wait))),
        })
    };
    let (busy, wait) = clear().unwrap();
    let waiting = Waiting::start(wait);
    assert!(!may_lease());
    turn(&mut holder, |leases| leases.end(&busy, 1));
    let (busy, wait) = waiting.granted(|| {
        assert!(!may_lease());
        clear().unwrap()
    });
    let waiting = Waiting::start(wait);
    assert!(!may_lease());
    holder.let_go(&busy, 1).unwrap();
    waiting.granted(|| {
        assert!(!may_lease());
        assert!(clear().is_none());
    });
    assert!(may_lease());
    clearing.leases().unwrap().abandon(&Name::all()).unwrap();
    idle_turn(&mut holder);
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_waiter_queued_behind_another_of_its_process_does_not_hold_the_gate_that_one_waits_for() {
    let place = Place::real();
    let [mut holder, mut elsewhere, mut first, mut second] = place.open_many();
    assert!(leases(&mut holder, "a", Exclusive));
    // Of another process: it is in no queue of this one.
    let has_gate = waits(&mut elsewhere, "a", Exclusive).unwrap();
    let mut service = None;
    let (tell, told) = mpsc::channel();
    let mut joins = |wait: Arc<Wait>, number| {
        let tell = tell.clone();
        let granted = Box::new(move || tell.send(number).unwrap_or_default());
        let start = |started| {
            service = Some(started);
            Ok(())
        };
        assert!(join(wait, granted, start).unwrap());
    };
    joins(waits(&mut first, "a", Exclusive).unwrap(), 1);
    // The gate is free before the thread of the first has come to ask for it.
    elsewhere.leases().unwrap().abandon(&name("a")).unwrap();
    drop(has_gate);
    joins(waits(&mut second, "a", Exclusive).unwrap(), 2);
    ends(&mut holder, "a");
    let service = service.unwrap();
    let thread = thread::spawn(move || service.run());
    for number in [1, 2] {
        assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(number));
    }
    thread.join().unwrap();
}
