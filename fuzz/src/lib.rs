//! The parts that the fuzz targets share with the tests of the package: the checks, and the
//! simulated disk.

pub mod checks;

#[path = "../../tests/support/mod.rs"]
mod support;
