'use strict';

// The locks of a store as users are told of them, in order. An instance may have 100 000 of its own.

const { TimeSlice } = require('./time-slice');

/** The time for which locks are made before the event loop gets its turn, in milliseconds. */
const BUDGET = 3;
/** The number of locks between two looks at the clock. */
const LOCKS_PER_LOOK = 64;

/**
 * A lock as an engine finds it: `since` is in milliseconds since 1970, and locks may share a
 * `process`.
 *
 * @typedef {Omit<import('./engine').Lock, 'since'> & { since: number | undefined }} FoundLock
 */

/**
 * Sorts locks, and makes the form of them that users get.
 *
 * @param {FoundLock[]} found
 * @returns {Promise<import('./engine').Lock[]>}
 */
async function toldLocks(found) {
  found.sort(compare);
  const slice = new TimeSlice(BUDGET, LOCKS_PER_LOOK);
  const told = [];
  for (const lock of found) {
    told.push(toldLock(lock));
    if (slice.step()) await slice.pause();
  }
  return told;
}

function toldLock({ key, kind, waiting, process: { pid, host }, since }) {
  return {
    key,
    kind,
    waiting,
    process: host === undefined ? { pid } : { pid, host },
    since: since === undefined ? undefined : new Date(since),
  };
}

/** Compares locks: by key, then holders before those that wait, then the oldest first. */
function compare(one, other) {
  return (
    compareKeys(one.key, other.key) ||
    Number(one.waiting) - Number(other.waiting) ||
    (one.since ?? Infinity) - (other.since ?? Infinity) ||
    one.process.pid - other.process.pid
  );
}

/** Compares keys: those of no single item come first, and unknown ones last. */
function compareKeys(one, other) {
  if (one === other) return 0;
  if (one === null || other === undefined) return -1;
  if (other === null || one === undefined) return 1;
  return one < other ? -1 : 1;
}

module.exports = { toldLocks };
