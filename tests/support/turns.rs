//! Turns that are paused, so that their stores can be read meanwhile.

use persist_lock::Store;
use persist_lock::store::{Paused, Turn};

/// Goes on with a paused turn, and pauses it again.
pub fn resumed<T>(
    store: &mut Store,
    paused: &mut Option<Paused>,
    act: impl FnOnce(&mut Turn<'_>) -> T,
) -> T {
    let mut turn = store.resume(paused.take().unwrap()).unwrap();
    let acted = act(&mut turn);
    *paused = Some(turn.pause());
    acted
}
