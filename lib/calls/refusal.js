'use strict';

// The calls that cannot be committed since a line is refused: those of its key, and those that have any key in common with them.

const { inspect } = require('node:util');
const { misuse } = require('../errors');

/**
 * Takes the calls of a turn out that must be rejected together with some keys; returns them, and all of their keys.
 *
 * @param {string[]} keys
 * @param {import('./call').Call[]} calls keeps the others
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
