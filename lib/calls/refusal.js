'use strict';

// The calls that cannot be committed because the record of an item was refused: those that share a
// key with the item, or with a call that does.

const { inspect } = require('node:util');
const { misuse } = require('../errors');

/**
 * Removes the calls that must be rejected together with some keys; returns them and all of their
 * keys.
 *
 * @param {string[]} keys
 * @param {import('./call').Call[]} calls the calls of the turn; the others stay in the array
 */
function touchedBy(keys, calls) {
  const touched = new Set(keys);
  const rejected = new Set();
  const isTouched = (call) => call.keys === null || call.keys.some((key) => touched.has(key));
  for (
    let found;
    (found = calls.filter((call) => !rejected.has(call) && isTouched(call))).length > 0;
  ) {
    for (const call of found) {
      rejected.add(call);
      for (const key of call.keys ?? calls.flatMap((other) => other.keys ?? [])) touched.add(key);
    }
  }
  const others = calls.filter((call) => !rejected.has(call));
  calls.splice(0, calls.length, ...others);
  return { rejected, touched };
}

function refusedError(key, cause) {
  const message = `Cannot store the value of item ${inspect(key)}: its text is not JSON on one line`;
  return misuse(TypeError, 'INVALID_VALUE', message, { key, cause });
}

module.exports = { refusedError, touchedBy };
