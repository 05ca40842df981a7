//! Leases of several stores in one folder, on the simulated disk and on a real one: which takes they exclude, and their files.

use crate::support::leases::{Place, ends, idle_turn, leases, lets_go_beside, name, takes, turn};
use persist_lock::Error;
use persist_lock::disk::LockMode::{Exclusive, Shared};

#[test]
fn an_exclusive_lease_excludes_every_take_of_another_store() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        assert!(leases(&mut one, "a", Exclusive));
        assert!(!takes(&mut other, "a", Exclusive));
        assert!(!takes(&mut other, "a", Shared));
        assert!(takes(&mut other, "b", Exclusive), "another key is free");
        assert!(takes(&mut one, "a", Exclusive), "its own store may");
        assert!(takes(&mut one, "a", Shared));
        assert!(
            !takes(&mut other, "a", Shared),
            "the lease outlasts its own store's turns"
        );
        ends(&mut one, "a");
        assert!(takes(&mut other, "a", Shared));
        assert!(takes(&mut other, "a", Exclusive));
    }
}

#[test]
fn a_shared_lease_excludes_only_exclusive_takes() {
    for place in Place::both() {
        let [mut one, mut other, mut third] = place.open_many();
        assert!(leases(&mut one, "a", Shared));
        assert!(!takes(&mut other, "a", Exclusive));
        assert!(takes(&mut other, "a", Shared));
        assert!(leases(&mut other, "a", Shared));
        assert!(!takes(&mut third, "a", Exclusive));
        assert!(
            !takes(&mut one, "a", Exclusive),
            "a view does not become an edit"
        );
        assert!(!takes(&mut third, "a", Exclusive), "nor is it lost by that");
        ends(&mut one, "a");
        assert!(!takes(&mut third, "a", Exclusive));
        ends(&mut other, "a");
        assert!(takes(&mut third, "a", Exclusive));
    }
}

#[test]
fn a_take_ends_with_its_turn() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        // With a file and without one.
        for file in [true, false] {
            if file {
                assert!(leases(&mut one, "a", Exclusive));
                lets_go_beside(&mut other, &mut one, "a");
            }
            assert_eq!(place.files().len(), usize::from(file));
            assert!(takes(&mut one, "a", Exclusive));
            assert!(takes(&mut other, "a", Exclusive));
            assert_eq!(place.files(), [""; 0]);
        }
    }
}

#[test]
fn a_key_that_another_store_has_cannot_be_leased() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        assert!(leases(&mut one, "a", Shared));
        turn(&mut other, |leases| {
            let given = leases.lease(&[name("a")], Exclusive, 1);
            assert!(matches!(given, Err(Error::NotInTurn)), "{given:?}");
            Ok(())
        });
        assert!(leases(&mut other, "a", Shared), "it has left nothing");
    }
}

#[test]
fn a_turn_sees_existing_leases_and_their_holder() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        assert!(!turn(&mut other, |leases| Ok(leases.any())));
        turn(&mut one, |leases| leases.lease(&[name("a")], Shared, 1));
        assert!(turn(&mut other, |leases| Ok(leases.any())));
        let found = other.leases().unwrap().holder(&name("a")).unwrap();
        assert_eq!((found.pid, found.is_view), (std::process::id(), true));
        assert_eq!(found.key.as_deref(), Some("\"a\""));
        assert_eq!(other.leases().unwrap().holder(&name("b")), None);
        ends(&mut one, "a");
        assert!(!turn(&mut other, |leases| Ok(leases.any())));
        assert_eq!(other.leases().unwrap().holder(&name("a")), None);
    }
}

#[test]
fn an_ended_lease_leaves_no_file() {
    for place in Place::both() {
        let mut store = place.open();
        for mode in [Exclusive, Shared] {
            assert!(leases(&mut store, "a", mode));
            let [file] = &place.files()[..] else {
                panic!("one lease, and files: {:?}", place.files());
            };
            let digest = file.strip_suffix(".lease").unwrap();
            assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
            ends(&mut store, "a");
            assert_eq!(place.files(), [""; 0]);
        }
    }
}

#[test]
fn a_lease_taken_twice_lasts_until_its_second_end() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        for mode in [Exclusive, Shared] {
            for outside in [false, true] {
                assert!(leases(&mut one, "a", mode));
                assert!(leases(&mut one, "a", mode));
                match outside {
                    true => one.let_go(&name("a"), 1).unwrap(),
                    false => ends(&mut one, "a"),
                }
                assert!(!takes(&mut other, "a", Exclusive));
                ends(&mut one, "a");
                assert!(takes(&mut other, "a", Exclusive));
                assert_eq!(place.files(), [""; 0]);
            }
        }
    }
}

#[test]
fn a_store_that_replaces_another_of_its_instance_inherits_its_leases() {
    for place in Place::both() {
        let [mut before, mut after, mut other] = place.open_many();
        assert!(leases(&mut before, "a", Exclusive));
        after.inherit(&mut before);
        drop(before);
        assert!(!takes(&mut other, "a", Exclusive));
        ends(&mut after, "a");
        assert!(takes(&mut other, "a", Exclusive));
        assert_eq!(place.files(), [""; 0]);
    }
}

#[test]
fn a_lease_whose_files_were_replaced_unlinks_nothing_of_its_successor() {
    for place in Place::both() {
        let mut one = place.open();
        assert!(leases(&mut one, "a", Exclusive));
        place.remove_locks();
        let [mut other, mut third] = place.open_many();
        assert!(leases(&mut other, "a", Exclusive));
        let files = place.files();
        one.let_go(&name("a"), 1).unwrap();
        assert_eq!(place.files(), files);
        assert!(!takes(&mut third, "a", Exclusive));
    }
}

#[test]
fn a_released_lease_is_unlinked_at_once_or_by_the_next_turn() {
    for place in Place::both() {
        let mut stores: [_; 2] = place.open_many();
        for next in [0, 1] {
            for mode in [Exclusive, Shared] {
                assert!(leases(&mut stores[0], "a", mode));
                stores[0].let_go(&name("a"), 1).unwrap();
                assert_eq!(place.files(), [""; 0]);
                assert!(leases(&mut stores[0], "a", mode));
                let [one, other] = &mut stores;
                lets_go_beside(other, one, "a");
                assert_eq!(place.files().len(), 1, "another has the writer lock");
                idle_turn(&mut stores[next]);
                assert_eq!(place.files(), [""; 0]);
            }
        }
    }
}

#[test]
fn a_released_lease_can_be_taken_and_kept_at_once() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        assert!(leases(&mut one, "a", Exclusive));
        one.let_go(&name("a"), 1).unwrap();
        assert!(leases(&mut other, "a", Exclusive));
        assert!(!takes(&mut one, "a", Shared));
        assert_eq!(place.files().len(), 1);
        ends(&mut other, "a");
        assert_eq!(place.files(), [""; 0]);
    }
}

#[test]
fn an_ended_view_leaves_the_file_to_other_views() {
    // If the first view unlinked it, an edit would make a new one and run beside the second view.
    for place in Place::both() {
        for outside in [false, true] {
            let [mut first, mut second, mut editor] = place.open_many();
            assert!(leases(&mut first, "a", Shared));
            assert!(leases(&mut second, "a", Shared));
            match outside {
                true => first.let_go(&name("a"), 1).unwrap(),
                false => ends(&mut first, "a"),
            }
            assert_eq!(place.files().len(), 1);
            assert!(!takes(&mut editor, "a", Exclusive));
            idle_turn(&mut first);
            assert_eq!(place.files().len(), 1);
            assert!(!takes(&mut editor, "a", Exclusive));
            ends(&mut second, "a");
            assert_eq!(place.files(), [""; 0]);
            assert!(takes(&mut editor, "a", Exclusive));
        }
    }
}

#[test]
fn a_dropped_store_has_no_lease_and_its_files_are_swept_a_few_a_turn() {
    for place in Place::both() {
        let [mut one, mut other, mut third] = place.open_many();
        assert!(leases(&mut third, "alive", Shared));
        turn(&mut one, |leases| {
            for key in 0..40 {
                leases.lease(&[name(&key.to_string())], Exclusive, 1)?;
            }
            Ok(())
        });
        assert!(!takes(&mut other, "0", Shared));
        drop(one);
        assert!(takes(&mut other, "0", Exclusive), "nobody has it now");
        let mut left = place.files().len();
        while left > 1 {
            idle_turn(&mut other);
            let swept = left - place.files().len();
            assert!(swept <= 16, "{swept} in a turn");
            assert!(swept >= 15 || left <= 16, "{swept} of {left} in a turn");
            left -= swept;
        }
        assert!(!takes(&mut other, "alive", Exclusive));
        ends(&mut third, "alive");
        assert_eq!(place.files(), [""; 0]);
    }
}

#[test]
fn taking_all_takes_every_key_for_the_turn_or_names_a_busy_one() {
    for place in Place::both() {
        let [mut one, mut other, mut clearing] = place.open_many();
        assert_eq!(turn(&mut clearing, |leases| leases.take_all()), None);
        assert!(leases(&mut one, "a", Exclusive));
        assert!(leases(&mut other, "b", Shared));
        let busy = turn(&mut clearing, |leases| leases.take_all());
        assert!([Some(name("a")), Some(name("b"))].contains(&busy));
        ends(&mut one, "a");
        let busy = turn(&mut clearing, |leases| leases.take_all());
        assert_eq!(busy, Some(name("b")), "a view counts too");
        assert!(leases(&mut one, "a", Exclusive), "it has kept nothing");
        one.let_go(&name("a"), 1).unwrap();
        other.let_go(&name("b"), 1).unwrap();
        turn(&mut clearing, |leases| {
            assert_eq!(leases.take_all()?, None);
            assert!(leases.take(&name("a"), Exclusive, false)?);
            assert!(leases.take(&name("b"), Exclusive, false)?);
            Ok(())
        });
        assert_eq!(place.files(), [""; 0]);
        assert!(takes(&mut one, "b", Exclusive));
    }
}

#[test]
fn several_keys_are_leased_together_or_not_at_all() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        assert!(leases(&mut other, "c", Exclusive));
        let names = ["a", "b", "c"].map(name);
        turn(&mut one, |leases| {
            assert!(leases.lease(&names, Exclusive, 1).is_err());
            Ok(())
        });
        for key in ["a", "b"] {
            assert!(takes(&mut other, key, Exclusive), "{key} was given back");
        }
        ends(&mut other, "c");
        turn(&mut one, |leases| leases.lease(&names, Exclusive, 1));
        for key in ["a", "b", "c"] {
            assert!(!takes(&mut other, key, Shared));
        }
    }
}

#[test]
fn a_store_cannot_end_a_lease_that_it_does_not_have() {
    for place in Place::both() {
        let [mut one, mut other] = place.open_many();
        turn(&mut one, |leases| leases.lease(&[name("a")], Shared, 7));
        // Another callback's, whose own lease has failed.
        one.let_go(&name("a"), 8).unwrap();
        turn(&mut one, |leases| leases.end(&name("a"), 8));
        assert!(!takes(&mut other, "a", Exclusive));
        turn(&mut one, |leases| leases.lease(&[name("a")], Shared, 8));
        turn(&mut one, |leases| leases.end(&name("a"), 7));
        turn(&mut one, |leases| leases.end(&name("a"), 7));
        assert!(!takes(&mut other, "a", Exclusive));
        one.let_go(&name("a"), 8).unwrap();
        assert!(takes(&mut other, "a", Exclusive));
    }
}
