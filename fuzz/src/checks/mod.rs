//! What is asked of all that reads a data file, whatever bytes it holds. Each `check` takes any bytes, and panics where a
//! promise is not kept.
//!
//! The targets in `fuzz_targets/` give it what libFuzzer finds; `tests/fuzz_seeds.rs`, which takes this folder in as a module,
//! the seeds and random changes of them.

pub mod choices;
pub mod disks;
pub mod mending;
pub mod open;
pub mod record;
pub mod reference;
pub mod repair;
pub mod structured;
