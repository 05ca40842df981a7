'use strict';

// Checks the constructor's options that every engine has. An engine's own are checked by its
// `options.js`.

const { checkNames, checkOption, checkTimeout, expiryOf } = require('./arguments');
const { misuse } = require('./errors');
const { LONGEST_TIMER } = require('./timers');

const SHARED_NAMES = ['durability', 'lockTimeout', 'ttl', 'expiredInterval', 'stringify', 'parse'];

/**
 * Checks the options of a constructor; returns the shared ones with their defaults.
 *
 * @param {object} options
 * @param {string[]} ownNames the names of the engine's own options, which it checks itself
 */
function checkSharedOptions(options, ownNames) {
  checkNames(options, [...SHARED_NAMES, ...ownNames]);
  const {
    durability = 'disk',
    lockTimeout = 10_000,
    ttl = null,
    expiredInterval = 2 * 60 * 1000,
    stringify,
    parse,
  } = options;
  checkOption(['disk', 'os'].includes(durability), 'durability', "'disk' or 'os'", durability);
  checkTimeout('lockTimeout', lockTimeout);
  expiryOf(ttl, null, Date.now());
  checkOption(
    expiredInterval === false ||
      (Number.isFinite(expiredInterval) && expiredInterval > 0 && expiredInterval <= LONGEST_TIMER),
    'expiredInterval',
    `a positive number of milliseconds up to ${LONGEST_TIMER}, or false`,
    expiredInterval,
  );
  checkPair(stringify, parse);
  return { durability, lockTimeout, ttl, expiredInterval, stringify, parse };
}

/** Checks the functions of a codec: both, since a store written with one cannot be read without the other. */
function checkPair(stringify, parse) {
  for (const [name, value] of Object.entries({ stringify, parse })) {
    checkOption(value === undefined || typeof value === 'function', name, 'a function', value);
  }
  if ((stringify === undefined) === (parse === undefined)) return;
  const [given, missing] = parse === undefined ? ['stringify', 'parse'] : ['parse', 'stringify'];
  const message = `The "${given}" option needs the "${missing}" option: give both or none`;
  throw misuse(TypeError, 'INVALID_OPTION', message);
}

module.exports = { checkSharedOptions };
