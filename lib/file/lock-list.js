'use strict';

// Lists the locks of a store for users: those of this instance, which are known exactly, and those
// that the native side has seen of others.

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
  return [...ours, ...others.map(lockOf)].sort(compare);
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
