//! Sets up the linking of the Node addon; the plain core needs nothing.

fn main() {
    #[cfg(feature = "node")]
    napi_build::setup();
}
