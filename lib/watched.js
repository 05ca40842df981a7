'use strict';

// The check of the options of `watch`.

const { checkCallOptions, checkKey, checkOption } = require('./arguments');
const { invalid } = require('./errors');

const NAMES = ['prefix', 'key', 'since', 'initial', 'keepAlive', 'signal'];

/**
 * Checks the options of `watch`; returns the choice of changes, by their full keys.
 *
 * @param {string} part the prefix of the part that is watched
 * @returns {import('./engine').WatchChoice}
 */
function checkWatched(options = {}, part) {
  checkCallOptions(options, NAMES);
  const { prefix = '', key, since, initial = false, keepAlive = false } = options;
  if (typeof prefix !== 'string') {
    throw invalid('INVALID_PREFIX', 'The "prefix" option must be a string', prefix);
  }
  checkOption(key === undefined || prefix === '', 'key', 'left out if there is a "prefix"', key);
  const isCommit = since === undefined || (Number.isSafeInteger(since) && since >= 0);
  checkOption(isCommit, 'since', 'the number of a commit', since);
  checkFlag('initial', initial);
  checkFlag('keepAlive', keepAlive);
  const begins = !initial || since === undefined;
  checkOption(begins, 'since', 'left out with `initial: true`, which begins now', since);
  return {
    key: key === undefined ? undefined : checkKey(key, part),
    prefix: part + prefix,
    since,
    initial,
    keepAlive,
  };
}

function checkFlag(name, value) {
  checkOption(typeof value === 'boolean', name, 'true or false', value);
}

module.exports = { checkWatched };
