'use strict';

// The store that a command works on.

const fs = require('node:fs');
const path = require('node:path');
const { PersistLock, engineOf } = require('../persist-lock');
const { milliseconds } = require('./arguments');
const { Failure } = require('./failures');

/** How long a command waits for locks unless it is told, in milliseconds. */
const LOCK_TIMEOUT = 10_000;

/** Looks at a path, if there is anything. */
function look(file) {
  return fs.statSync(file, { throwIfNoEntry: false });
}

/** The path of a store that is to be read: its folder, or a backup. */
function pathToRead(options) {
  const resolved = pathOf(options);
  if (isBackup(resolved) || look(path.join(resolved, '.persist-lock'))) return resolved;
  throw new Failure(`There is no store in ${resolved}`);
}

/** The path of a store that is to be changed, and not to be made if there is none. */
function pathToChange(options) {
  return notBackup(pathToRead(options));
}

/** The path of a store that something is to be stored in. */
function pathToStoreIn(options) {
  return notBackup(pathOf(options));
}

function pathOf({ dir = '.' }) {
  return path.resolve(dir);
}

function isBackup(resolved) {
  return look(resolved)?.isFile() === true;
}

function notBackup(resolved) {
  if (!isBackup(resolved)) return resolved;
  throw new Failure(`${resolved} is a file, and a backup is only read`);
}

function lockTimeoutOf(options) {
  return milliseconds(options, 'lock-timeout', LOCK_TIMEOUT);
}

/**
 * Runs `use` on a store, and closes it.
 *
 * @param {(store: PersistLock, engine: import('../engine').Engine) => unknown} use is given the store's engine too, for items as the
 *   text that they are stored as
 */
async function withStore(dir, settings, use) {
  const store = new PersistLock(dir, { ...settings, expiredInterval: false });
  try {
    return await use(store, engineOf(store));
  } finally {
    await store.close();
  }
}

/** Runs `use` on a store that it only reads. */
async function reading(options, use) {
  return withStore(pathToRead(options), { readOnly: true }, use);
}

/** Runs `use` on a store that it changes. */
async function changing(options, use) {
  return withStore(pathToChange(options), { lockTimeout: lockTimeoutOf(options) }, use);
}

/** Runs `use` on a store that it stores something in, which is made if there is none. */
async function storing(options, use) {
  return withStore(pathToStoreIn(options), { lockTimeout: lockTimeoutOf(options) }, use);
}

module.exports = {
  changing,
  isBackup,
  lockTimeoutOf,
  pathToChange,
  pathToRead,
  reading,
  storing,
};
