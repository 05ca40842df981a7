//! The turn of the class: JavaScript runs under the held writer lock, and the lock is free
//! afterwards, whatever throws.

use super::error::{OrThrow, thrown};
use super::wake_ups::WaitedLock;
use super::{PersistLock, lock, thread};
use crate::index::Choice;
use crate::lease::Name;
use crate::record::Item;
use crate::store::{Paused, Store, Turn};
use crate::{Error, Result};
use napi::Env;
use napi::bindgen_prelude::{Array, Either, FnArgs, Function, Unknown};
use napi_derive::napi;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The time for which a blocking call tries the writer lock before a thread waits for it: most turns
/// are shorter, and two wake-ups of threads take as long as one.
const TRIES_FOR: Duration = Duration::from_millis(2);
/// The pause between two of its attempts.
const PAUSE: Duration = Duration::from_micros(60);

/// The end of a turn: `counted` and `wants_compaction`. An array, like `Answer`: finding or making
/// properties by their names would cost each turn more than a tenth of a microsecond a name.
type EndedTurn = (Option<u32>, bool);

/// The answer of JavaScript's work in a turn: `parts`, `clear`, `ended`, `removed` and `now`; mostly a
/// text alone, which takes less time to read.
type Answer<'env> = Either<String, (Array<'env>, bool, Array<'env>, Vec<String>, f64)>;

/// The outcome of JavaScript's work in a turn.
struct Outcome {
    lines: Vec<u8>,
    clear: bool,
    ended: Vec<(Name, u64)>,
    /// The prefixes of the items that are removed before the lines, as JSON texts.
    removed: Vec<String>,
    /// The time of the turn, in milliseconds since 1970.
    now: u64,
}

/// The outcome of a commit that did not fail.
enum Committed {
    Ended(EndedTurn),
    /// A line was refused. The turn goes on.
    Refused(Error),
}

/// The slot of a turn that JavaScript works in. Dropping this ends the turn.
struct Slot<'a>(&'a PersistLock);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let paused = lock(&self.0.turn).take();
        drop(paused);
    }
}

#[napi]
impl PersistLock {
    /// Runs a turn. Answers `null` if another has the writer lock: then `waitForTurn`, and try
    /// again. With `keepsTrying` it tries for some milliseconds first, on the calling thread.
    ///
    /// Under the lock it calls `work(changes, anyLeases)`: a number that has changed if others have
    /// committed, and true if anybody may have a lease or wait for one. It commits what that
    /// returns: `parts`, texts of whole item lines without their last line feed (one string of
    /// JavaScript may not hold them all), after removing all items if `clear` is true. A text alone
    /// stands for an answer with that part and nothing more. Before the lines it removes the items
    /// that are there at `now` and whose keys begin with one of the prefixes `removed`, JSON texts.
    /// If a line is refused, `refused(error)` is called, and its answer is committed instead. It ends the leases
    /// in `ended`, pairs of a key and an owner, also if the commit fails. An error that is thrown
    /// before `work` was called has changed nothing.
    ///
    /// It returns the new count of the change counter, if the turn had to count, and true if the
    /// file has become worth compacting, and that may be begun.
    #[napi(
        ts_args_type = "work: (changes: number, anyLeases: boolean) => string | [parts: string[], clear: boolean, ended: [string, number][], removed: string[], now: number], refused: (error: Error) => string | [parts: string[], clear: boolean, ended: [string, number][], removed: string[], now: number], keepsTrying?: boolean",
        ts_return_type = "[counted: number | null, wantsCompaction: boolean] | null",
        catch_unwind
    )]
    pub fn with_turn(
        &self,
        env: Env,
        work: Function<'_, FnArgs<(u32, bool)>, Answer<'_>>,
        refused: Function<'_, Unknown<'_>, Answer<'_>>,
        keeps_trying: Option<bool>,
    ) -> napi::Result<Option<EndedTurn>> {
        let tries_for = match keeps_trying {
            Some(true) => TRIES_FOR,
            _ => Duration::ZERO,
        };
        let Some(begun) = self.begin_turn(env, tries_for)? else {
            return Ok(None);
        };
        let _slot = Slot(self);
        let outcome = Outcome::read(work.call(begun.into())?)?;
        let refusal = match self.finish_turn(env, outcome)? {
            Committed::Ended(ended) => return Ok(Some(ended)),
            Committed::Refused(error) => error,
        };
        let outcome = Outcome::read(refused.call(thrown(env, &refusal)?)?)?;
        match self.finish_turn(env, outcome)? {
            Committed::Ended(ended) => Ok(Some(ended)),
            Committed::Refused(error) => Err(error).or_throw(env),
        }
    }

    /// Begins a turn that JavaScript then works in. `None` if another has the writer lock for so
    /// long.
    fn begin_turn(&self, env: Env, tries_for: Duration) -> napi::Result<Option<(u32, bool)>> {
        let mut until = None;
        loop {
            let begun = self.with(env, |store| {
                let Some(mut turn) = store.begin_turn()? else {
                    return Ok(None);
                };
                turn.sign();
                let begun = (turn.changes(), turn.leases()?.any());
                *lock(&self.turn) = Some(turn.pause());
                Ok(Some(begun))
            })?;
            if begun.is_some() || tries_for.is_zero() {
                return Ok(begun);
            }
            let now = Instant::now();
            if now >= *until.get_or_insert(now + tries_for) {
                return Ok(None);
            }
            sleep(PAUSE);
        }
    }

    fn finish_turn(&self, env: Env, mut outcome: Outcome) -> napi::Result<Committed> {
        self.with(env, |store| {
            let mut turn = store.resume(self.take_turn()?)?;
            let ended = std::mem::take(&mut outcome.ended);
            let clear = outcome.clear;
            let lines = outcome.into_lines(&mut turn);
            let committed = lines.and_then(|lines| turn.commit(lines, clear));
            if let Err(error @ Error::InvalidItem { .. }) = committed {
                *lock(&self.turn) = Some(turn.pause());
                return Ok(Committed::Refused(error));
            }
            for (name, owner) in &ended {
                // Either the lease's file is left, for a later turn, or its lock ends with the
                // process.
                let _ = turn.leases()?.end(name, *owner);
            }
            // An error leaves a file too. The commit is valid, and the lock is free.
            let counted = turn.end().unwrap_or_default();
            committed?;
            // After the lock is free: it takes as long as the turn.
            store.begin_sync();
            // Not asked while one is under way: the store would take it for failed.
            let wants_compaction = !self.is_compacting() && store.wants_compaction();
            Ok(Committed::Ended((counted, wants_compaction)))
        })
    }

    /// Waits for the writer lock on a thread, and then adds a wake-up.
    #[napi(catch_unwind)]
    pub fn wait_for_turn(&self, env: Env) -> napi::Result<()> {
        let lock = self.with(env, |store| store.lock().cloned())?;
        thread::wait_for_lock(&lock, self.granted(WaitedLock::Writer, None)).or_throw(env)
    }

    /// Gives up the wait for the writer lock, and the lock if it has been offered.
    #[napi(catch_unwind)]
    pub fn abandon_turn(&self, env: Env) -> napi::Result<()> {
        self.with(env, |store| store.lock()?.abandon_wait())
    }

    /// Runs a turn that unlinks the files of leases that nobody has, as every turn does, if the
    /// writer lock is free.
    #[napi(catch_unwind)]
    pub fn sweep_leases(&self, env: Env) -> napi::Result<()> {
        self.with(env, |store| {
            if let Some(turn) = store.begin_turn()? {
                turn.end()?;
            }
            Ok(())
        })
    }

    /// Tells if a text is one item line, without its line feed.
    #[napi(catch_unwind)]
    pub fn is_item_line(&self, line: String) -> bool {
        !line.contains('\n') && Item::parse(format!("{line}\n").as_bytes()).is_some()
    }

    /// Uses the turn that is under way. Throws if none is (I7).
    pub(super) fn in_turn<T>(
        &self,
        env: Env,
        call: impl FnOnce(&mut Turn<'_>) -> Result<T>,
    ) -> napi::Result<T> {
        self.with(env, |store: &mut Store| {
            let mut turn = store.resume(self.take_turn()?)?;
            let called = call(&mut turn);
            *lock(&self.turn) = Some(turn.pause());
            called
        })
    }

    fn take_turn(&self) -> Result<Paused> {
        lock(&self.turn).take().ok_or(Error::NotInTurn)
    }
}

impl Outcome {
    fn read(answer: Answer<'_>) -> napi::Result<Self> {
        Ok(match answer {
            Either::A(text) => Outcome {
                lines: ended_line(text),
                clear: false,
                ended: Vec::new(),
                removed: Vec::new(),
                now: 0,
            },
            Either::B((parts, clear, ended, removed, now)) => Outcome {
                lines: lines_of(&parts)?,
                clear,
                ended: ended_of(&ended)?,
                removed,
                now: now as u64,
            },
        })
    }

    /// Makes the lines of the commit. Those that remove items by prefix come first.
    fn into_lines(self, turn: &mut Turn<'_>) -> Result<Vec<u8>> {
        if self.removed.is_empty() {
            return Ok(self.lines);
        }
        let mut lines = Vec::new();
        for prefix in &self.removed {
            let choice = Choice::default().with_prefix(prefix.as_bytes());
            turn.write_removals(self.now, &choice, &mut lines)?;
        }
        lines.extend(self.lines);
        Ok(lines)
    }
}

/// Joins texts of lines. Each is dropped before the next is read.
fn lines_of(parts: &Array<'_>) -> napi::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for at in 0..parts.len() {
        let part: String = parts.get(at)?.unwrap_or_default();
        match lines.is_empty() {
            true => lines = ended_line(part),
            false => {
                lines.reserve_exact(part.len() + 1);
                lines.extend_from_slice(part.as_bytes());
                lines.push(b'\n');
            }
        }
    }
    Ok(lines)
}

/// Adds the last line feed to a text of lines.
fn ended_line(text: String) -> Vec<u8> {
    let mut lines = text.into_bytes();
    lines.push(b'\n');
    lines
}

fn ended_of(ended: &Array<'_>) -> napi::Result<Vec<(Name, u64)>> {
    let mut leases = Vec::new();
    for at in 0..ended.len() {
        if let Some((key, owner)) = ended.get::<(String, f64)>(at)? {
            leases.push((Name::of(&key), owner as u64));
        }
    }
    Ok(leases)
}
