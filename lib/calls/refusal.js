'use strict';

// The calls that cannot be committed because the record of an item was refused: those that share a
// key with the item, or with a call that does.

const { inspect } = require('node:util');
const { misuse } = require('../errors');

/**
 * Removes the calls that must be rejected together with some keys; returns them with all of their
 * keys, and the prefixes of those whose keys are not known. A call of all keys has the empty prefix.
 *
 * @param {string[]} refused
 * @param {import('./call').Call[]} calls the calls of the turn; the others stay in the array
 */
function touchedBy(refused, calls) {
  const keys = new Set(refused);
  const prefixes = [];
  const rejected = new Set();
  const isTouchedKey = (key) => keys.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
  const isTouched = (call) => {
    const prefix = prefixOf(call);
    if (prefix === undefined) return call.keys.some(isTouchedKey);
    const isOfBoth = (other) => overlap(other, prefix);
    return prefixes.some(isOfBoth) || [...keys].some((key) => key.startsWith(prefix));
  };
  for (
    let found;
    (found = calls.filter((call) => !rejected.has(call) && isTouched(call))).length > 0;
  ) {
    for (const call of found) {
      rejected.add(call);
      const prefix = prefixOf(call);
      if (prefix !== undefined) prefixes.push(prefix);
      for (const key of call.keys ?? []) keys.add(key);
    }
  }
  const others = calls.filter((call) => !rejected.has(call));
  calls.splice(0, calls.length, ...others);
  return { rejected, touched: { keys, prefixes } };
}

/**
 * Gives the prefix of the keys that a call may change. A removal by prefix that has found its keys
 * rests on the calls before it that have removed others.
 */
function prefixOf({ keys, prefix }) {
  return prefix ?? (keys === null ? '' : undefined);
}

/** True if a key can have both prefixes. */
function overlap(one, other) {
  return one.startsWith(other) || other.startsWith(one);
}

function refusedError(key, cause) {
  const message = `Cannot store the value of item ${inspect(key)}: its text is not JSON on one line`;
  return misuse(TypeError, 'INVALID_VALUE', message, { key, cause });
}

module.exports = { refusedError, touchedBy };
