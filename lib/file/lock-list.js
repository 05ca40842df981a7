'use strict';

// Lists the locks of a store for users: those of this instance, which are known exactly, and those
// that the native side has seen of others.

const { compareLocks } = require('../lock-order');

/**
 * Lists locks.
 *
 * @param {Iterable<{ key: string | null, kind: string, waiting: boolean, since: Date }>} own those of
 *   this instance
 * @param {object[]} others those that the native side has seen
 */
function listLocks(own, others) {
  const { pid } = process;
  const ours = Array.from(own, ({ key, kind, waiting, since }) => {
    return { key, kind, waiting, process: { pid }, since };
  });
  return [...ours, ...others.map(lockOf)].sort(compareLocks);
}

/** Makes a lock of one that the native side has seen. */
function lockOf({ subject, key, shared, waiting, pid, since, host }) {
  return {
    key: subject === 'key' ? keyOf(key) : null,
    kind: kindOf(subject, shared),
    waiting,
    process: host === undefined ? { pid } : { pid, host },
    since: since === undefined ? undefined : new Date(since),
  };
}

function kindOf(subject, shared) {
  if (subject === 'all') return 'clear';
  if (subject === 'turn') return 'turn';
  return shared ? 'view' : 'edit';
}

/** Reads the text of a key. A stranger may have written anything into the file that it comes from. */
function keyOf(text) {
  try {
    const key = JSON.parse(text);
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
}

module.exports = { listLocks };
