'use strict';

// Checks the pairs of key and value that an edit of several keys has returned.

const { inspect } = require('node:util');
const { checkKey, isIterable } = require('../arguments');
const { misuse } = require('../errors');

/**
 * Checks that pairs are of an edit's keys alone. Returns the last pair of each key.
 *
 * @param {unknown} result what the edit has returned
 * @param {Map<string, { item: object | undefined }>} items those that it got, by their keys without the
 *   prefix
 * @param {string} prefix
 * @returns {[string, unknown][]}
 */
function checkPairs(result, items, prefix) {
  if (result === undefined && [...items.values()].every(({ item }) => item === undefined)) {
    return [];
  }
  const pairs = new Map();
  for (const pair of isIterable(result) ? result : [undefined]) {
    if (!isIterable(pair)) throw noPairs(result);
    const [key, value, surplus] = pair;
    if (surplus !== undefined) throw noPairs(result);
    const name = checkKey(key);
    if (!items.has(name)) {
      const message = `The edit returned a value for ${inspect(name)}, which is not one of its keys`;
      throw misuse(TypeError, 'INVALID_KEY', message, { key: prefix + name });
    }
    pairs.set(name, value);
  }
  return [...pairs];
}

function noPairs(result) {
  const message = `The edit must return a Map or an array of pairs. Received ${inspect(result)}`;
  return misuse(TypeError, 'INVALID_VALUE', message);
}

module.exports = { checkPairs };
