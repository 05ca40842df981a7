'use strict';

// The order in which locks are listed for users.

/** Compares locks: by key, then holders before those that wait, then the oldest first. */
function compareLocks(one, other) {
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

module.exports = { compareLocks };
