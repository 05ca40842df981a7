//! Waits for the writer lock on a real disk: waits for one lock share a thread, which serves them in order, and a wait that gives up
//! ends at once.

use persist_lock::disk::{Disk, RealDisk};
use persist_lock::lock::{Held, WriterLock};
use persist_lock::waits::{self, Service};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;
use tempfile::TempDir;

fn lock_in(folder: &Path) -> Arc<WriterLock> {
    let folder = RealDisk.folder(folder).unwrap();
    let (file, _) = folder.open_or_create("writer.lock", 0o600).unwrap();
    Arc::new(WriterLock::new(file))
}

/// Locks of several instances on one file, of which the first is held by another.
fn locks<const N: usize>() -> (TempDir, Held, [Arc<WriterLock>; N]) {
    let folder = tempfile::tempdir().unwrap();
    let held = lock_in(folder.path()).try_acquire().unwrap().unwrap();
    let locks = std::array::from_fn(|_| lock_in(folder.path()));
    (folder, held, locks)
}

/// Starts threads and counts them.
#[derive(Default)]
struct Threads(Arc<AtomicUsize>);

impl Threads {
    fn start(&self) -> impl FnOnce(Service) -> io::Result<()> + use<> {
        let count = self.0.clone();
        move |service| {
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::Builder::new().spawn(move || service.run())?;
            Ok(())
        }
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Waits for a lock; sends each outcome to a channel, with the number of the wait.
fn waits_for(lock: &Arc<WriterLock>, threads: &Threads, number: usize, told: &Sender<usize>) {
    assert!(lock.begin_wait());
    let told = told.clone();
    let granted = Box::new(move || told.send(number).unwrap_or_default());
    assert!(waits::join(lock.clone(), granted, threads.start()).unwrap());
}

/// Shows the state of a lock as only debugging output has it.
fn until_its_thread_waits(lock: &WriterLock) {
    while !format!("{lock:?}").contains("Waiting") {
        std::thread::yield_now();
    }
}

/// Asks for a lock until it is free.
fn until_taken(lock: &Arc<WriterLock>) -> Held {
    loop {
        if let Some(held) = lock.try_acquire().unwrap() {
            return held;
        }
        std::thread::yield_now();
    }
}

/// Takes the lock up that a thread offers, however often it has to be waited for: a busy machine may miss an offer.
fn takes_up(
    lock: &Arc<WriterLock>,
    threads: &Threads,
    number: usize,
    (tell, told): (&Sender<usize>, &Receiver<usize>),
) -> Held {
    loop {
        if let Some(held) = lock.try_acquire().unwrap() {
            return held;
        }
        if lock.begin_wait() {
            let tell = tell.clone();
            let granted = Box::new(move || tell.send(number).unwrap_or_default());
            waits::join(lock.clone(), granted, threads.start()).unwrap();
        }
        assert_eq!(told.recv().unwrap(), number);
    }
}

#[test]
fn waiters_for_one_lock_share_a_thread_and_get_it_in_order() {
    let (_folder, holder, locks) = locks::<20>();
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    for (number, lock) in locks.iter().enumerate() {
        waits_for(lock, &threads, number, &tell);
    }
    assert_eq!(threads.count(), 1);
    assert!(told.try_recv().is_err(), "the lock is held");
    holder.release().unwrap();
    for (number, lock) in locks.iter().enumerate() {
        assert_eq!(told.recv().unwrap(), number);
        // On a busy machine it may come too late.
        drop(lock.try_acquire().unwrap());
    }
}

#[test]
fn a_waiter_that_gives_up_is_not_told_and_its_thread_serves_later_ones() {
    let (_folder, holder, [first, second, third]) = locks();
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    waits_for(&first, &threads, 1, &tell);
    until_its_thread_waits(&first);
    waits_for(&second, &threads, 2, &tell);
    first.abandon_wait().unwrap();
    second.abandon_wait().unwrap();
    let weak = Arc::downgrade(&second);
    drop(second);
    assert!(weak.upgrade().is_none(), "it stands in no line");
    waits_for(&third, &threads, 3, &tell);
    assert_eq!(threads.count(), 1);
    holder.release().unwrap();
    assert_eq!(told.recv().unwrap(), 3);
    let _held = takes_up(&third, &threads, 3, (&tell, &told));
    assert!(told.try_recv().is_err());
}

#[test]
fn a_lock_that_its_thread_still_waits_for_is_not_taken_by_both() {
    let (_folder, holder, [gives_up, other]) = locks();
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    waits_for(&gives_up, &threads, 1, &tell);
    until_its_thread_waits(&gives_up);
    gives_up.abandon_wait().unwrap();
    // Another call of the same instance finds that the kernel keeps its file, which must not be tried then.
    assert!(gives_up.try_acquire().unwrap().is_none());
    assert!(!gives_up.begin_wait(), "it goes on");
    assert!(gives_up.try_acquire().unwrap().is_none());
    holder.release().unwrap();
    let held = takes_up(&gives_up, &threads, 1, (&tell, &told));
    assert!(other.try_acquire().unwrap().is_none());
    held.release().unwrap();
    let _held = other.try_acquire().unwrap().unwrap();
    assert!(gives_up.try_acquire().unwrap().is_none());
}

#[test]
fn a_waiter_that_gives_up_but_gets_the_lock_keeps_it() {
    let (folder, mut other, [lock]) = locks();
    let holder = lock_in(folder.path());
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    for _ in 0..20 {
        waits_for(&lock, &threads, 1, &tell);
        until_its_thread_waits(&lock);
        lock.abandon_wait().unwrap();
        other.release().unwrap();
        let held = until_taken(&lock);
        // As long as the thread may take to wake.
        std::thread::sleep(Duration::from_millis(2));
        assert!(lock.is_held());
        assert!(holder.try_acquire().unwrap().is_none());
        held.release().unwrap();
        other = until_taken(&holder);
    }
    assert!(told.try_recv().is_err());
}

#[test]
fn a_wait_whose_thread_cannot_be_started_leaves_nothing() {
    let (_folder, holder, [lock, other]) = locks();
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    assert!(lock.begin_wait());
    let joined = waits::join(lock.clone(), Box::new(|| panic!("told")), |_| {
        Err(io::ErrorKind::WouldBlock.into())
    });
    assert_eq!(joined.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    lock.abandon_wait().unwrap();
    assert!(waits::attention().is_none_or(|interval| interval >= Duration::from_millis(100)));
    waits_for(&other, &threads, 2, &tell);
    waits_for(&lock, &threads, 1, &tell);
    holder.release().unwrap();
    assert_eq!(told.recv().unwrap(), 2);
    other.abandon_wait().unwrap();
    let _held = takes_up(&lock, &threads, 1, (&tell, &told));
}

#[test]
fn a_panicking_waiter_does_not_keep_the_lock_from_the_next() {
    let (_folder, holder, [panics, next]) = locks();
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    assert!(panics.begin_wait());
    waits::join(panics.clone(), Box::new(|| panic!("told")), threads.start()).unwrap();
    waits_for(&next, &threads, 2, &tell);
    holder.release().unwrap();
    // The wait may have been granted the lock, and then releases it.
    let taken = loop {
        drop(panics.try_acquire().unwrap());
        if let Ok(number) = told.recv_timeout(Duration::from_millis(5)) {
            break number;
        }
    };
    assert_eq!(taken, 2);
    let _held = takes_up(&next, &threads, 2, (&tell, &told));
}

#[test]
fn a_busy_event_loop_gets_the_lock_after_a_few_offers() {
    /// The time that the loop is busy before it hears of an offer.
    const BUSY: Duration = Duration::from_millis(20);
    let (folder, mut held, [lock]) = locks();
    let other = lock_in(folder.path());
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    let mut missed = 0;
    loop {
        waits_for(&lock, &threads, 1, &tell);
        held.release().unwrap();
        told.recv().unwrap();
        std::thread::sleep(BUSY);
        // Others are faster if the offer is over.
        let Some(taken) = other.try_acquire().unwrap() else {
            assert!(lock.try_acquire().unwrap().is_some());
            break;
        };
        held = taken;
        missed += 1;
        assert!(missed < 20, "it never gets its turn");
    }
    assert!(missed > 0, "the first offer is shorter than that");
}

/// Returns the duration of the next offer, from the shown state.
fn offer_of(lock: &WriterLock) -> String {
    let state = format!("{lock:?}");
    let (_, offer) = state.split_once("offer: ").unwrap();
    offer.split_once(',').unwrap().0.to_string()
}

#[test]
fn many_offers_taken_at_once_shorten_the_next_ones_and_one_does_not() {
    let (folder, mut held, [lock]) = locks();
    let holder = lock_in(folder.path());
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    let offered = |held: Held| {
        waits_for(&lock, &threads, 1, &tell);
        held.release().unwrap();
        told.recv().unwrap();
    };
    let shortest = offer_of(&lock);
    while offer_of(&lock) == shortest {
        offered(held);
        // Until the offer is over.
        held = until_taken(&holder);
    }
    let longer = offer_of(&lock);
    let mut taken = 0;
    while offer_of(&lock) != shortest {
        offered(held);
        // A busy machine may miss it.
        if let Some(held) = lock.try_acquire().unwrap() {
            held.release().unwrap();
            taken += 1;
        }
        if taken == 1 {
            assert_ne!(offer_of(&lock), shortest, "{longer} was taken up once");
        }
        held = holder.try_acquire().unwrap().unwrap();
    }
    assert!(taken > 1);
}

#[test]
fn an_offered_lock_is_only_for_the_turn_that_waits() {
    let (_folder, held, [lock]) = locks();
    let threads = Threads::default();
    let (tell, told) = mpsc::channel();
    assert!(lock.begin_wait());
    let offered = lock.clone();
    // The thread offers the lock for as long as it tells of that.
    let granted = Box::new(move || {
        let aside = offered.try_acquire_aside().unwrap();
        let turn = offered.try_acquire().unwrap();
        let _ = tell.send((aside.is_some(), turn.is_some()));
    });
    waits::join(lock.clone(), granted, threads.start()).unwrap();
    assert!(lock.try_acquire_aside().unwrap().is_none(), "a turn is due");
    held.release().unwrap();
    assert_eq!(told.recv().unwrap(), (false, true));
    // Its turn has ended, and nobody waits.
    drop(until_taken(&lock));
    assert!(lock.try_acquire_aside().unwrap().is_some());
}
