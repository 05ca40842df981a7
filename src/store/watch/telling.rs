//! Telling a watcher its next changes.

use super::cursor::Mark;
use super::missed::At;
use super::reader::{Change, Halt};
use super::{Head, Place, Watcher, Watching};
use crate::error::Result;
use crate::record::{Content, Item};
use crate::store::Store;
use std::sync::Arc;

/// The most keys that one call looks at for a watcher that was left behind.
const MOST_KEYS: usize = 1024;

/// The part of a watcher's changes that a call tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Some changes, or none yet. There may be more.
    Some,
    /// All changes up to the head.
    All,
    /// Nothing, until [`Store::finding`] has found the keys that a record has removed.
    NeedsKeys,
    /// Nothing, until the head has read everything ([`Store::pass_watched`]).
    NeedsHead,
}

/// The keys that a watcher is told next, each with the place after it; and the place after the last
/// key that was looked at. `None` if all were.
type Keys = (Vec<(Arc<[u8]>, At)>, Option<At>);

impl Watching {
    /// Lists the next keys of a watcher that was left behind.
    fn next_left(&self, id: u32) -> Option<Keys> {
        let Watcher { filter, place, .. } = self.watchers.get(&id)?;
        let Place::Left(at) = place else { return None };
        let missed = self.left.missed();
        if let Some(key) = filter.only_key() {
            let last = missed.last(key).filter(|(last, _)| last >= at);
            let key = last.map(|(last, key)| (key.clone(), last.next()));
            return Some((key.into_iter().collect(), None));
        }
        let mut keys = Vec::new();
        let mut looked_at = 0;
        let mut next = None;
        for (last, key) in missed.from(*at).take(MOST_KEYS) {
            looked_at += 1;
            next = Some(last.next());
            if filter.picks(key) {
                keys.push((key.clone(), last.next()));
            }
        }
        Some((keys, next.filter(|_| looked_at == MOST_KEYS)))
    }

    /// Puts a watcher that was left behind after a place among the changed keys, or at the head.
    fn move_left(&mut self, id: u32, to: Option<At>) {
        let Watching {
            watchers,
            matching,
            head,
            left,
            ..
        } = self;
        let Some((watcher, head)) = watchers.get_mut(&id).zip(head.as_ref()) else {
            return;
        };
        watcher.place = match to {
            Some(at) => Place::Left(at),
            None => {
                watcher.known = head.reader.cursor().commit();
                matching.wait(&watcher.filter, id);
                left.forget_one();
                Place::Head
            }
        };
    }
}

impl Store {
    /// Hands out the next changes of a watcher, up to the last one that the head has found and whose
    /// commit it has read, until `visit` returns false.
    pub fn tell_watched(&mut self, id: u32, visit: &mut dyn FnMut(Change) -> bool) -> Result<Told> {
        let Watching {
            watchers,
            matching,
            head,
            ..
        } = &mut self.watching;
        let (Some(watcher), Some(head)) = (watchers.get_mut(&id), &head) else {
            return Ok(Told::All);
        };
        let Watcher {
            filter,
            known,
            place,
        } = watcher;
        let reader = match place {
            Place::Head => return Ok(Told::All),
            Place::Left(_) => return self.tell_left(id, visit),
            Place::Behind(reader) => reader,
        };
        let newest = head.reader.cursor().commit();
        let read = Mark::end_of(newest);
        let last = matching.last(filter).unwrap_or(read);
        let up_to = last.or_before(read);
        let halt = reader.read(&self.data, up_to, &mut |_, change| {
            if change.commit <= *known || !filter.picks(change.item.key) {
                return true;
            }
            visit(change)
        })?;
        match halt {
            Halt::Paused => Ok(Told::Some),
            Halt::NeedsKeys if reader.cursor().next_commit() <= *known => {
                reader.skip_clear();
                Ok(Told::Some)
            }
            Halt::NeedsKeys => Ok(Told::NeedsKeys),
            // The head is inside the commit of the last change.
            Halt::AtEnd if read.is_before(&last) => Ok(Told::NeedsHead),
            Halt::AtEnd => {
                *known = newest.max(*known);
                *place = Place::Head;
                matching.wait(filter, id);
                Ok(Told::All)
            }
        }
    }

    /// Hands out present items to a watcher that was left behind. They are those of the head, which
    /// has read everything: so no change is told after a newer one. Each has the number of the commit
    /// that it is of: with a larger number the watcher could not begin again after it, since keys
    /// that are still to be told would be left out.
    fn tell_left(&mut self, id: u32, visit: &mut dyn FnMut(Change) -> bool) -> Result<Told> {
        let commit = self.data.position.commit;
        let is_read = |head: &&Head| head.reader.cursor().commit() == commit;
        let Watching { head, left, .. } = &self.watching;
        let Some(&Head { epoch, began, .. }) = head.as_ref().filter(is_read) else {
            return Ok(Told::NeedsHead);
        };
        if !left.is_filled() {
            return Ok(Told::NeedsHead);
        }
        let Some((keys, next)) = self.watching.next_left(id) else {
            return Ok(Told::All);
        };
        for (key, after) in keys {
            let commit = after.commit_in(epoch, began);
            // With the expired ones: expiry is no commit.
            let told = self.read(&key, 0, |item| visit(Change::merged(*item, commit)))?;
            let goes_on = told.unwrap_or_else(|| {
                let (key, content) = (&*key, Content::Removed);
                visit(Change::merged(Item { key, content }, commit))
            });
            self.watching.move_left(id, Some(after));
            if !goes_on {
                return Ok(Told::Some);
            }
        }
        self.watching.move_left(id, next);
        Ok(Told::Some)
    }
}
