'use strict';

// The keys that the calls of a turn need, each once, with their locks and ids. Knows no statements.

const { Puts } = require('../calls/puts');

/**
 * @typedef {object} TurnKey
 * @property {string} key
 * @property {string} keyText the key's JSON text
 * @property {string} lock
 * @property {string} id
 * @property {boolean} isShared true if all calls of the turn share it
 * @property {boolean} isRead true if a call of the turn may ask for its item
 */

/**
 * Lists the keys of calls.
 *
 * @param {import('../calls/call').Call[]} calls
 * @param {import('./keys').Keys} keys
 * @returns {TurnKey[]}
 */
function keysOf(calls, keys) {
  const wanted = new Map();
  for (const call of calls) {
    const { shared, keyTexts } = call;
    const isRead = !(call instanceof Puts);
    const names = call.keys;
    for (const [at, keyText] of keyTexts.entries()) {
      const known = wanted.get(keyText);
      if (known !== undefined) {
        known.isShared &&= shared;
        known.isRead ||= isRead;
        continue;
      }
      const key = names[at];
      const lock = keys.lockOf(key);
      wanted.set(keyText, { key, keyText, lock, id: keys.idOf(key), isShared: shared, isRead });
    }
  }
  return [...wanted.values()];
}

module.exports = { keysOf };
