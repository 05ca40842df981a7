//! The tests of the core, as one program: on the real file system, and on a simulated disk that forgets what was not synced.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/src/checks/mod.rs"]
mod checks;
mod support;

mod change_counter;
mod clearing;
mod compaction;
mod failing_operations;
mod flipped_bytes;
#[cfg(unix)]
mod folders;
mod following;
mod fuzz_seeds;
mod hostile;
mod lease_faults;
mod lease_gates;
mod lease_interleavings;
mod lease_waits;
mod leases;
mod live_stores;
mod model;
mod newcomers;
mod older_files;
mod power_cuts;
mod read_only;
mod recovery;
mod renewal;
mod repair;
mod repair_files;
mod repair_mixtures;
mod space;
mod turns;
mod waits;
