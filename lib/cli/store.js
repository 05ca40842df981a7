'use strict';

// The store that a command works on.

const fs = require('node:fs');
const path = require('node:path');
const { hasStore } = require('../file/maintenance');
const { pasteable } = require('../pasteable');
const { isFileURL, outerFolder } = require('../paths');
const { PersistLock } = require('../persist-lock');
const { engineOf } = require('../store');
const { Failure, UsageError } = require('./failures');

/** The time that a command waits for locks unless it is given one, in milliseconds. */
const LOCK_TIMEOUT = 10_000;

/** Gives the path of a store to read: its folder, or a backup. */
function pathToRead(options) {
  const resolved = pathOf(options);
  if (isBackup(resolved) || hasStore(resolved)) return resolved;
  // A folder that this user may not look into seems to have no store.
  if (fs.existsSync(resolved)) fs.accessSync(resolved, fs.constants.X_OK);
  const advice =
    path.basename(resolved) === '.persist-lock'
      ? 'Name the folder that contains this one'
      : 'Name the folder of a store by --dir FOLDER or PERSIST_LOCK_DIR';
  throw new Failure(`There is no store in ${resolved}. ${advice}`);
}

/** Gives the path of a store to change, which must exist. */
function pathToChange(options) {
  return notBackup(pathToRead(options));
}

/** Gives the path of a store to store something in, which need not exist. */
function pathToStoreIn(options) {
  return notBackup(pathOf(options));
}

function pathOf({ dir }) {
  const given = dir ?? (process.env.PERSIST_LOCK_DIR || '.');
  const name = dir === undefined ? 'PERSIST_LOCK_DIR' : 'The option --dir';
  if (isFileURL(given)) throw new UsageError(`${name} must be a path, not the URL ${given}`);
  const resolved = path.resolve(given);
  const outer = outerFolder(resolved);
  if (outer === undefined) return resolved;
  throw new UsageError(`${name} must be the folder that .persist-lock is in: ${pasteable(outer)}`);
}

function isBackup(resolved) {
  return fs.statSync(resolved, { throwIfNoEntry: false })?.isFile() === true;
}

function notBackup(resolved) {
  if (!isBackup(resolved)) return resolved;
  throw new Failure(
    `${resolved} is a file, and a backup is only read. To change its items, restore it`,
  );
}

function lockTimeoutOf(options) {
  return options['lock-timeout'] ?? LOCK_TIMEOUT;
}

/**
 * Runs `use` on a store, and closes it.
 *
 * @param {(store: PersistLock, engine: import('../engine').Engine) => unknown} use
 *   is given the store's engine too, which reads and stores values as JSON text
 */
async function withStore(dir, settings, use) {
  const store = new PersistLock(dir, { ...settings, expiredInterval: false });
  try {
    return await use(store, engineOf(store));
  } finally {
    await store.close();
  }
}

/** Runs `use` on a store that it only reads. The store must exist. */
async function reading(options, use) {
  return withStore(pathToRead(options), { readOnly: true }, use);
}

/** Runs `use` on a backup. */
async function readingBackup(file, use) {
  return withStore(file, { readOnly: true }, use);
}

/** Counts the items of a store, or some of them; 0 if there is no store. */
async function countItems(options, choice) {
  const dir = pathToStoreIn(options);
  return hasStore(dir) ? withStore(dir, { readOnly: true }, (store) => store.length(choice)) : 0;
}

/** Runs `use` on a store that it changes. The store must exist. */
async function changing(options, use) {
  return withStore(pathToChange(options), { lockTimeout: lockTimeoutOf(options) }, use);
}

/** Runs `use` on a store that it stores something in. The store is made if there is none. */
async function storing(options, use) {
  return withStore(pathToStoreIn(options), { lockTimeout: lockTimeoutOf(options) }, use);
}

module.exports = {
  changing,
  countItems,
  isBackup,
  lockTimeoutOf,
  pathToChange,
  pathToRead,
  reading,
  readingBackup,
  storing,
};
