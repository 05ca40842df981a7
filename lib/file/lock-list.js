'use strict';

// Lists the locks of a store for users: those of this instance, which are known exactly, and those
// that the native side has seen of others.

const { toldLocks } = require('../told-locks');

/**
 * Lists locks.
 *
 * @param {import('../told-locks').FoundLock[]} own those of this instance
 * @param {object[]} others those that the native side has seen
 */
function listLocks(own, others) {
  return toldLocks([...own, ...others.map(lockOf)]);
}

/** Makes a lock of one that the native side has seen. */
function lockOf({ subject, key, shared, waiting, pid, since, host }) {
  return {
    key: subject === 'key' ? keyOf(key) : null,
    kind: kindOf(subject, shared),
    waiting,
    process: { pid, host },
    since,
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
