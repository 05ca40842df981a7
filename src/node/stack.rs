//! The stack of the calling thread.

use super::PersistLock;
use napi_derive::napi;

#[napi]
impl PersistLock {
    /// Returns an address in the top frame of the calling thread's stack.
    #[napi(catch_unwind)]
    pub fn stack_address() -> f64 {
        let here = 0_u8;
        (&raw const here).addr() as f64
    }
}
