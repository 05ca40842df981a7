'use strict';

// Everything that users hand in is checked here, and nowhere else, before it has any effect.

const path = require('node:path');
const { inspect } = require('node:util');
const { isDate, isRegExp } = require('node:util/types');
const { misuse } = require('./errors');
const { LONGEST_TIMER } = require('./timers');

const DAY = 24 * 60 * 60 * 1000;
/** The last time that a `Date` can hold, in milliseconds since 1970. */
const LAST_TIME = 8.64e15;

function shown(value) {
  return inspect(value, { depth: 0, maxStringLength: 80, breakLength: Infinity });
}

function checkOption(holds, name, expected, value) {
  if (holds) return;
  const message = `The option ${name} must be ${expected}, and is ${shown(value)}`;
  throw misuse(TypeError, 'INVALID_OPTION', message);
}

/** Checks that options are an object that has none but these. */
function checkNames(options, names) {
  if (typeof options !== 'object' || options === null) {
    const message = `The options must be an object, and are ${shown(options)}`;
    throw misuse(TypeError, 'INVALID_OPTION', message);
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const message = `There is no option ${shown(name)}. The options are ${names.join(', ')}`;
    throw misuse(TypeError, 'INVALID_OPTION', message);
  }
}

const OPTION_NAMES = [
  'durability',
  'lockTimeout',
  'ttl',
  'expiredInterval',
  'stringify',
  'parse',
  'readOnly',
  'mode',
];

/** The constructor's arguments, whole and with their defaults. */
function checkOptions(dir, options) {
  if (typeof dir !== 'string' || dir.includes('\0')) {
    const message = `The folder must be given as a path, and is ${shown(dir)}`;
    throw misuse(TypeError, 'INVALID_DIR', message);
  }
  checkNames(options, OPTION_NAMES);
  const {
    durability = 'disk',
    lockTimeout = 10_000,
    ttl = null,
    expiredInterval = 2 * 60 * 1000,
    stringify,
    parse,
    readOnly = false,
    mode = 0o600,
  } = options;
  checkOption(['disk', 'os'].includes(durability), 'durability', "'disk' or 'os'", durability);
  checkTimeout('lockTimeout', lockTimeout);
  expiryOf(ttl, null, Date.now());
  checkOption(
    expiredInterval === false ||
      (Number.isFinite(expiredInterval) && expiredInterval > 0 && expiredInterval <= LONGEST_TIMER),
    'expiredInterval',
    `milliseconds up to ${LONGEST_TIMER}, or false`,
    expiredInterval,
  );
  for (const [name, value] of Object.entries({ stringify, parse })) {
    checkOption(value === undefined || typeof value === 'function', name, 'a function', value);
  }
  checkOption(typeof readOnly === 'boolean', 'readOnly', 'true or false', readOnly);
  checkOption(
    Number.isInteger(mode) && mode >= 0 && mode <= 0o777 && (mode & 0o600) === 0o600,
    'mode',
    'file permissions from 0o600 to 0o777 that let the owner read and write',
    mode,
  );
  return {
    dir: path.resolve(dir),
    durability,
    lockTimeout,
    ttl,
    expiredInterval,
    stringify,
    parse,
    readOnly,
    mode,
  };
}

/** A key as a string. */
function checkKey(key) {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' && Number.isFinite(key)) return String(key);
  const message = `A key must be a string or a finite number, and is ${shown(key)}`;
  throw misuse(TypeError, 'INVALID_KEY', message);
}

function checkFunction(value, name) {
  if (typeof value === 'function') return value;
  const message = `${name} must be a function, and is ${shown(value)}`;
  throw misuse(TypeError, 'INVALID_CALLBACK', message);
}

/** The file that a backup goes to, as a whole path. It must be none of a store's own. */
function checkFile(file) {
  const isPath = typeof file === 'string' && file !== '' && !file.includes('\0');
  if (isPath && path.basename(path.dirname(path.resolve(file))) !== '.persist-lock') {
    return path.resolve(file);
  }
  const message = `The file must be given as a path outside a store's own folder, and is ${shown(file)}`;
  throw misuse(TypeError, 'INVALID_FILE', message);
}

/** The prefix that a listing is asked for; the empty one matches all keys. */
function checkPrefix(options = {}) {
  checkNames(options, ['prefix']);
  const { prefix = '' } = options;
  if (typeof prefix === 'string') return prefix;
  const message = `The prefix must be a string, and is ${shown(prefix)}`;
  throw misuse(TypeError, 'INVALID_PREFIX', message);
}

/** The options of a call. */
function checkCallOptions(options, names) {
  if (options === undefined) return {};
  checkNames(options, names);
  const { timeout, signal } = options;
  if (timeout !== undefined) checkTimeout('timeout', timeout);
  if (signal !== undefined && !isAbortSignal(signal)) {
    const message = `The signal must be an AbortSignal, and is ${shown(signal)}`;
    throw misuse(TypeError, 'INVALID_OPTION', message);
  }
  return options;
}

/** Knows a signal by what is used of it: jsdom and other realms have classes of their own. */
function isAbortSignal(value) {
  return typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function';
}

function checkTimeout(name, value) {
  const isTime = typeof value === 'number' && value >= 0;
  checkOption(isTime, name, 'milliseconds from 0, or Infinity', value);
}

/** A list of keys as strings, each once. */
function checkKeys(keys) {
  if (typeof keys === 'object' && typeof keys?.[Symbol.iterator] === 'function') {
    return [...new Set(Array.from(keys, checkKey))];
  }
  const message = `The keys must be given in an array, and are ${shown(keys)}`;
  throw misuse(TypeError, 'INVALID_KEY', message);
}

/** A test of keys, from a string that they contain or a pattern that they match. */
function checkMatch(match) {
  if (typeof match === 'string') return (key) => key.includes(match);
  if (isRegExp(match)) {
    // A copy, without the flags that make a pattern go on where it last stopped.
    const pattern = new RegExp(match.source, match.flags.replace(/[gy]/g, ''));
    return (key) => pattern.test(key);
  }
  const message = `Match keys by a string or a RegExp, not by ${shown(match)}`;
  throw misuse(TypeError, 'INVALID_MATCH', message);
}

/**
 * When an item ends, in milliseconds since 1970; `undefined` for one that does not.
 * @param {number | boolean | Date | null | undefined} ttl milliseconds from now, or a moment; `undefined` for the default
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
    const message = `A ttl must be milliseconds, a valid Date, true (a day), or null for none, and is ${shown(span)}`;
    throw misuse(TypeError, 'INVALID_TTL', message);
  }
  if (moment <= now || moment > LAST_TIME) {
    const end = moment <= now ? 'in the future' : 'before the last time that a Date can hold';
    const message = `A ttl must end ${end}, and is ${shown(span)}. Use null for an item that does not expire`;
    throw misuse(RangeError, 'INVALID_TTL', message);
  }
  return Math.ceil(moment);
}

/** The end of an item that is imported, in milliseconds since 1970; `undefined` if it has none. */
function checkExpires(expires) {
  if (expires === undefined) return undefined;
  if (Number.isInteger(expires) && expires >= 0 && expires <= LAST_TIME) return expires;
  const message = `The end of an item must be whole milliseconds since 1970 that a Date can hold, and is ${shown(expires)}`;
  throw misuse(RangeError, 'INVALID_TTL', message);
}

module.exports = {
  LAST_TIME,
  checkOptions,
  checkKey,
  checkFile,
  checkFunction,
  checkPrefix,
  checkMatch,
  checkCallOptions,
  checkKeys,
  checkExpires,
  expiryOf,
};
