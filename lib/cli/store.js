'use strict';

// The store that a command works on.

const PersistLock = require('../../index.js');
const { milliseconds } = require('./arguments');

/** Runs `use` on the store that the options name, and closes it. */
async function withStore({ dir = '.' }, settings, use) {
  const store = new PersistLock(dir, { ...settings, expiredInterval: false });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Runs a command that only reads. */
function reading(options, use) {
  return withStore(options, {}, use);
}

/** Runs a command that writes: it may have to wait for locks. */
function writing(options, use) {
  return withStore(options, { lockTimeout: milliseconds(options, 'lock-timeout') }, use);
}

module.exports = { reading, writing };
