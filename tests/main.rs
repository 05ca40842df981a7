//! The tests of the core, as one program: on a real disk, and on a simulated one that forgets
//! unsynced writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/src/checks/mod.rs"]
mod checks;
mod support;

/// The disk of this machine, as the store relies on it on every system.
mod disk {
    mod locks;
    mod names;
}

/// The folder that a store is opened in.
#[cfg(unix)]
mod folders;

/// Items of one store and of several, as they are written and read.
mod items {
    mod change_counter;
    mod clearing;
    mod fuzz_seeds;
    mod live_stores;
    mod model;
    mod read_only;
    mod resting;
    mod watching;
    mod watching_model;
}

/// The turns of writers, and waits for the writer lock.
mod writer_lock {
    mod changes;
    mod turns;
    mod waits;
}

/// Leases: taking and ending them, and waits for them.
mod leases {
    mod faults;
    mod gates;
    mod interleavings;
    mod looks;
    mod taking;
    mod waits;
}

/// Files after a crash, a failing disk, damage or malice.
mod recovery {
    mod failing_operations;
    mod flipped_bytes;
    mod hostile_files;
    mod large_files;
    mod new_folders;
    mod newcomers;
    mod power_cuts;
    mod truncated_files;
}

/// The room of spaces after the last commit.
mod rooms {
    mod damage;
    mod failures;
    mod padded_files;
    mod torn_writes;
    mod writing;
}

/// Successors of a data file, by compaction and after a failed sync.
mod rewrites {
    mod compaction;
    mod failed_compactions;
    mod following;
    mod older_files;
    mod renewal;
    mod space;
}

/// Verification and repair.
mod repair {
    mod edited_files;
    mod mixtures;
    mod one_file;
    mod several_files;
}
