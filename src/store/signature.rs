//! The signature of an instance in the file of the writer lock, which names the holder in the
//! messages of calls that wait too long for it.

use super::lock_text::LockText;
use crate::lock::Held;
use crate::lock::holder;
use std::time::{Duration, Instant};

/// The time for which a signature may stand, if nobody else signs. The time in it is early by no
/// more than that.
const STANDS_FOR: Duration = Duration::from_secs(1);

/// The last signature of an instance.
#[derive(Debug, Default)]
pub(super) struct Signature(Option<(String, Instant)>);

impl Signature {
    /// Signs, unless the last signature in the file is this instance's, and recent. So the file
    /// names the holder of every turn that signs.
    pub fn renew(&mut self, held: &Held, found: &LockText) {
        let now = Instant::now();
        let stands = |(text, at): &(String, Instant)| {
            found.is_signed(text) && now.duration_since(*at) < STANDS_FOR
        };
        if self.0.as_ref().is_some_and(stands) {
            return;
        }
        let text = holder::line();
        let written = held.file().write_at(0, text.as_bytes());
        self.0 = written.is_ok().then_some((text, now));
    }
}
