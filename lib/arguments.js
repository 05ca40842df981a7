'use strict';

// Checks of the arguments that users give, before a call has any effect. Their number is checked in
// `lib/parameters.js`.

const { inspect } = require('node:util');
const { isDate } = require('node:util/types');
const { invalid, misuse } = require('./errors');

const DAY = 24 * 60 * 60 * 1000;
/** The last moment that a `Date` can hold, in milliseconds since 1970. */
const LAST_TIME = 8.64e15;

function checkOption(holds, name, expected, value) {
  if (!holds) throw invalid('INVALID_OPTION', `The "${name}" option must be ${expected}`, value);
}

/** Checks that options are an object with none but these names. */
function checkNames(options, names) {
  if (typeof options !== 'object' || options === null) throw noOptions(options, names);
  const given = Object.keys(options);
  // A pattern, a list or a Map would be ignored.
  const isPlain = given.length > 0 || Object.prototype.toString.call(options) === '[object Object]';
  if (!isPlain) throw noOptions(options, names);
  for (const name of given) {
    if (names.includes(name)) continue;
    const message = `There is no option ${inspect(name)}. The options are ${names.join(', ')}`;
    throw misuse(TypeError, 'INVALID_OPTION', message);
  }
}

function noOptions(value, names) {
  const expectation = `The options must be an object with any of ${names.join(', ')}`;
  return invalid('INVALID_OPTION', expectation, value);
}

/** Checks a key; returns it as a string, after a prefix. */
function checkKey(key, prefix = '') {
  if (typeof key === 'string') return prefix === '' ? key : prefix + key;
  if (typeof key === 'number' && Number.isFinite(key)) return prefix + key;
  throw invalid('INVALID_KEY', 'A key must be a string or a finite number', key);
}

/** Checks the keys of a call; returns them as strings, each once, after a prefix. */
function checkKeys(keys, prefix) {
  if (isIterable(keys)) {
    return [...new Set(Array.from(keys, (key) => checkKey(key, prefix)))];
  }
  throw invalid('INVALID_KEY', 'The "keys" argument must be an array of keys', keys);
}

/** Checks pairs of key and value; returns a Map of the values by their keys after a prefix. */
function checkEntries(entries, prefix) {
  if (!isIterable(entries)) {
    const expectation =
      'The "entries" argument must be a Map or an array of pairs, such as Object.entries(object)';
    throw invalid('INVALID_VALUE', expectation, entries);
  }
  const checked = new Map();
  for (const pair of entries) {
    if (!isIterable(pair)) throw noPair(pair);
    const [key, value, surplus] = pair;
    if (surplus !== undefined) throw noPair(pair);
    checked.set(checkKey(key, prefix), value);
  }
  return checked;
}

/** Makes the error of an entry that is no pair, or that has more, such as a ttl of its own. */
function noPair(entry) {
  const expectation =
    'An entry must be a pair of key and value. The "ttl" option is for all entries of a call';
  return invalid('INVALID_VALUE', expectation, entry);
}

/** Returns true for an iterable object: a string is iterable too, but no list of keys. */
function isIterable(value) {
  return typeof value === 'object' && typeof value?.[Symbol.iterator] === 'function';
}

/** Checks an argument that must be a function. */
function checkFunction(value, name) {
  if (typeof value === 'function') return value;
  throw invalid('INVALID_CALLBACK', `The "${name}" argument must be a function`, value);
}

/** Checks the options of a call. */
function checkCallOptions(options, names) {
  if (options === undefined) return {};
  checkNames(options, names);
  const { timeout, signal } = options;
  if (timeout !== undefined) checkTimeout('timeout', timeout);
  checkOption(signal === undefined || isAbortSignal(signal), 'signal', 'an AbortSignal', signal);
  return options;
}

/**
 * Recognizes a signal by the members that are used of it: jsdom and other realms have classes of
 * their own.
 */
function isAbortSignal(value) {
  return typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function';
}

function checkTimeout(name, value) {
  const isTime = typeof value === 'number' && value >= 0;
  checkOption(isTime, name, 'a number of milliseconds from 0 to Infinity', value);
}

/**
 * Computes when an item expires, in milliseconds since 1970; `undefined` for never.
 *
 * @param {number | boolean | Date | null | undefined} ttl milliseconds from now, or a moment;
 *   `undefined` for the default
 * @param {number | boolean | Date | null} byDefault
 * @param {number} now
 */
function expiryOf(ttl, byDefault, now) {
  const span = ttl === undefined ? byDefault : ttl;
  if (span === null || span === false || span === 0 || span === Infinity) return undefined;
  if (span === true) return now + DAY;
  const isNumber = typeof span === 'number';
  const moment = isNumber ? now + span : isDate(span) ? Number(span) : NaN;
  if (Number.isNaN(moment)) {
    const expectation =
      'The "ttl" option must be a number of milliseconds, a valid Date, true for a day, or null for never';
    throw invalid('INVALID_TTL', `${expectation}${hintOn(span)}`, span);
  }
  if (moment <= now) {
    const expectation = 'A ttl must end in the future, or be null for never';
    throw invalid('INVALID_TTL', expectation, span, RangeError);
  }
  if (moment > LAST_TIME) {
    const expectation =
      'A ttl must end before the last time that a Date can hold, or be null for never';
    throw invalid('INVALID_TTL', expectation, span, RangeError);
  }
  return Math.ceil(moment);
}

/** The hint to those who give a function as a ttl where none is called. */
function hintOn(span) {
  if (typeof span !== 'function') return '';
  return '. Only calls that know the item take a function: updateItem, editItem, editItems, getOrSet and touch';
}

/**
 * Checks the expiry of an item that is imported, in milliseconds since 1970; `undefined` for never.
 */
function checkExpires(expires) {
  if (expires === undefined) return undefined;
  if (Number.isInteger(expires) && expires >= 0 && expires <= LAST_TIME) return expires;
  const expectation =
    'The expiry of an item must be whole milliseconds since 1970 that a Date can hold';
  throw invalid('INVALID_TTL', expectation, expires, RangeError);
}

module.exports = {
  LAST_TIME,
  checkKey,
  checkFunction,
  checkCallOptions,
  checkEntries,
  checkKeys,
  checkNames,
  checkOption,
  checkTimeout,
  checkExpires,
  expiryOf,
  isIterable,
};
