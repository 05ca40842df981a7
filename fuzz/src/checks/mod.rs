//! Checks of all code that reads a data file, on any bytes. Each `check` takes any bytes, and
//! panics if a promise is broken.
//!
//! The targets in `fuzz_targets/` run them on libFuzzer's inputs. `tests/items/fuzz_seeds.rs`, in whose
//! crate this folder is a module, runs them on the seeds and on random changes of the seeds.

pub mod choices;
pub mod corrected;
pub mod disks;
pub mod open;
pub mod record;
pub mod reference;
pub mod repair;
pub mod structured;
