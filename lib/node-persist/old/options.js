'use strict';

// The options of node-persist 2, 1 and 0, complete and checked: the given value or the default. Those given before do not count.

const { DEFAULTS, STORE_OPTIONS, checkOptions, resolveDir } = require('../options');

const DAY = 24 * 60 * 60 * 1000;

/** The options that all of them have. The store's own stand beside them. */
const COMMON = {
  dir: DEFAULTS.dir,
  stringify: DEFAULTS.stringify,
  parse: DEFAULTS.parse,
  encoding: DEFAULTS.encoding,
  logging: DEFAULTS.logging,
  continuous: true,
  interval: false,
  expiredInterval: DEFAULTS.expiredInterval,
  ttl: false,
};

/**
 * Completes options.
 *
 * @param {object | undefined} given
 * @param {object} defaults
 */
function completeOptions(given, defaults) {
  const options = { ...defaults };
  for (const name of [...Object.keys(defaults), ...STORE_OPTIONS]) {
    if (given?.[name] !== undefined) options[name] = given[name];
  }
  checkOptions(options);
  options.dir = resolveDir(options.dir);
  options.ttl = spanOf(options.ttl);
  return options;
}

/** Gives a ttl in milliseconds: anything but a positive number means a day, a falsy value `false`. */
function spanOf(ttl) {
  if (!ttl) return false;
  const span = typeof ttl === 'string' ? Number(ttl) : ttl;
  return Number.isFinite(span) && span > 0 ? span : DAY;
}

module.exports = { COMMON, completeOptions, spanOf };
