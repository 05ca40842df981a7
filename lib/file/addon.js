'use strict';

// Loads the addon: the only module that does. `binding.js`, which the build makes, knows its file; `lib/file/no-addon.js` explains why
// it could not be loaded.

const { PersistLockError } = require('../errors');

function load() {
  try {
    return require('../../binding.js');
  } catch (error) {
    const { explain } = require('./no-addon');
    // In an ES module that a bundler has made, this variable does not exist.
    const file = typeof __filename === 'string' ? __filename : '';
    const { message, cause } = explain(attemptsOf(error), file);
    throw new PersistLockError('ERR_PERSIST_LOCK_NO_ADDON', message, { cause });
  }
}

/** Lists the errors of all attempts, the last first: each is the cause of the one after it. */
function attemptsOf(error) {
  const attempts = [];
  for (let attempt = error; attempt; attempt = attempt.cause) attempts.push(attempt);
  return attempts;
}

module.exports = load();
