//! Helpers of the tests: a disk that forgets unsynced writes, random numbers from a seed, and items as text.
//!
//! Each test program uses some of them.

#![allow(dead_code)]

pub mod clock;
pub mod compaction;
pub mod folder;
pub mod history;
pub mod inode;
pub mod items;
pub mod lease_world;
pub mod leases;
pub mod machine;
pub mod odds;
pub mod random;
pub mod repair;
pub mod sample;
pub mod simulated_disk;
pub mod simulated_file;
pub mod turns;
pub mod workload;
