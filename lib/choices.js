'use strict';

// Checks of arguments that choose items: by the beginning of their keys, by a pattern, or one by one.

const { isRegExp } = require('node:util/types');
const { checkKeys, checkNames, checkOption, isIterable } = require('./arguments');
const { invalid } = require('./errors');
const { endsInHalfPair } = require('./half-pair');

const LISTING_NAMES = ['prefix', 'from', 'to', 'limit', 'reverse'];

/**
 * Checks the options of a listing; returns the choice of items, by their full keys.
 *
 * @param {string} part the prefix of the part that is listed
 * @returns {import('./engine').Choice}
 */
function checkChoice(options = {}, part) {
  checkNames(options, LISTING_NAMES);
  const { prefix = '', from, to, limit = Infinity, reverse = false } = options;
  if (typeof prefix !== 'string') throw noPrefix(prefix);
  const isLimit = limit === Infinity || (Number.isInteger(limit) && limit >= 0);
  checkOption(isLimit, 'limit', 'a whole number from 0 on, or Infinity', limit);
  checkOption(typeof reverse === 'boolean', 'reverse', 'true or false', reverse);
  return {
    prefix: part + prefix,
    from: checkBound('from', from, part),
    to: checkBound('to', to, part),
    limit: limit === Infinity ? undefined : limit,
    reverse,
  };
}

function noPrefix(prefix) {
  return invalid('INVALID_PREFIX', 'The "prefix" option must be a string', prefix);
}

/** Checks a bound of keys; returns the full key. */
function checkBound(name, bound, part) {
  if (bound === undefined) return undefined;
  const isKey = typeof bound === 'string' || Number.isFinite(bound);
  checkOption(isKey, name, 'a key, a string or a finite number', bound);
  return part + bound;
}

/**
 * Checks the options of `clear`; returns the prefix. Refuses a prefix of `undefined`: a program that
 * lacks the prefix must not clear everything.
 */
function checkCleared(options = {}) {
  checkNames(options, ['prefix']);
  if (!('prefix' in options) || typeof options.prefix === 'string') return options.prefix ?? '';
  const expectation = 'The "prefix" option must be a string. Leave it out to remove all items';
  throw invalid('INVALID_PREFIX', expectation, options.prefix);
}

/** Checks the items to remove; returns their `keys`, each once, or the `prefix` of their keys. */
function checkRemoved(given) {
  if (isIterable(given)) return { keys: checkKeys(given) };
  if (typeof given === 'object' && given !== null && 'prefix' in given) {
    checkNames(given, ['prefix']);
    if (typeof given.prefix === 'string') return { prefix: given.prefix };
    throw noPrefix(given.prefix);
  }
  const expectation = 'The "keys" argument must be an array of keys, or an object with a prefix';
  throw invalid('INVALID_KEY', expectation, given);
}

/**
 * Checks the prefix of a part. The last half of a surrogate pair would make one character of itself
 * and the beginning of some keys, which then come elsewhere in the order of keys. And the empty
 * prefix, perhaps a name that is missing, would make `clear` remove everything.
 */
function checkPartPrefix(prefix) {
  if (typeof prefix === 'string' && prefix !== '' && !endsInHalfPair(prefix)) {
    return prefix;
  }
  const expectation =
    'The "prefix" argument must be a string that is not empty, and does not end in half of a surrogate pair';
  throw invalid('INVALID_PREFIX', expectation, prefix);
}

/** Checks a choice of keys; returns a test of keys. */
function checkMatch(match) {
  if (typeof match === 'string') return (key) => key.includes(match);
  if (isRegExp(match)) {
    // A copy without the flags g and y, by which a pattern continues where it last stopped.
    const pattern = new RegExp(match.source, match.flags.replace(/[gy]/g, ''));
    return (key) => pattern.test(key);
  }
  throw invalid('INVALID_MATCH', 'The "match" argument must be a string or a RegExp', match);
}

module.exports = { checkCleared, checkMatch, checkPartPrefix, checkChoice, checkRemoved };
