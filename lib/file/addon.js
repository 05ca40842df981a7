'use strict';

// Loads the addon: the one place that does. Which file it is in, `binding.js` knows, which comes with the build; what to do when it
// cannot be loaded is said in `lib/file/no-addon.js`.

const { PersistLockError } = require('../errors');
const { explain } = require('./no-addon');

function load() {
  try {
    return require('../../binding.js');
  } catch (error) {
    // Where a bundler has made an ES module of this, there is no such variable.
    const file = typeof __filename === 'string' ? __filename : '';
    const { message, cause } = explain(attemptsOf(error), file);
    throw new PersistLockError('ERR_PERSIST_LOCK_NO_ADDON', message, { cause });
  }
}

/** Lists what has been tried, the last first: each attempt's error is the cause of the one after. */
function attemptsOf(error) {
  const attempts = [];
  for (let attempt = error; attempt; attempt = attempt.cause) attempts.push(attempt);
  return attempts;
}

module.exports = load();
