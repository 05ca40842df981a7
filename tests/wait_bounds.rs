//! The number of waiting threads: one for each lock up to a limit, and none for further locks. In a process of its own, since all
//! waits of a process share the limit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use persist_lock::disk::{Disk, RealDisk};
use persist_lock::lock::{Held, WriterLock};
use persist_lock::waits;
use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

#[test]
fn locks_beyond_the_most_threads_are_tried_in_turns() {
    const LOCKS: usize = 80;
    const MOST: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    let files = RealDisk.folder(folder.path()).unwrap();
    let lock = |number: usize| {
        let (file, _) = files.open_or_create(&format!("{number}"), 0o600).unwrap();
        Arc::new(WriterLock::new(file))
    };
    let holders: Vec<_> = (0..LOCKS).map(lock).collect();
    let waiters: Vec<_> = (0..LOCKS).map(lock).collect();
    let take = |lock: &Arc<WriterLock>| lock.try_acquire().unwrap().unwrap();
    let held: Vec<_> = holders.iter().map(take).collect();
    assert!(waits::attention().is_none());
    let (tell, told) = mpsc::channel();
    let mut threads = 0;
    for (number, lock) in waiters.iter().enumerate() {
        assert!(lock.begin_wait());
        let (tell, lock_to_take) = (tell.clone(), lock.clone());
        let granted = Box::new(move || {
            let held = lock_to_take.try_acquire().unwrap().unwrap();
            tell.send((number, held)).unwrap();
        });
        let has_thread = waits::join(lock.clone(), granted, |service| {
            threads += 1;
            std::thread::Builder::new().spawn(move || service.run())?;
            Ok(())
        });
        assert_eq!(has_thread.unwrap(), number < MOST);
    }
    assert_eq!(threads, MOST);
    assert!(waits::attention().is_some());
    waits::attend(true);
    assert!(told.try_recv().is_err(), "all are held");
    // One of those without a thread gives up.
    waiters[LOCKS - 1].abandon_wait().unwrap();
    drop(held);
    let mut granted: BTreeMap<usize, Held> = (0..MOST).map(|_| told.recv().unwrap()).collect();
    assert!(granted.keys().copied().eq(0..MOST));
    // Once to offer them, and once more to see that they are over.
    waits::attend(false);
    granted.extend(told.try_iter());
    assert!(granted.keys().copied().eq(0..LOCKS - 1));
    waits::attend(false);
    assert!(waits::attention().is_none());
    assert!(!waiters[LOCKS - 1].is_held());
}
