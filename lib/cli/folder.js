'use strict';

// A folder as the place of a store, or a backup, which is only read.

const fs = require('node:fs');
const path = require('node:path');
const { expiryOf } = require('../arguments');
const maintenance = require('../file/maintenance');
const { pasteable } = require('../pasteable');
const { isFileURL, outerFolder } = require('../paths');
const { PersistLock } = require('../persist-lock');
const { engineOf } = require('../store');
const { Failure, UsageError } = require('./failures');

class Folder {
  #path;
  #spelling;

  /**
   * @param {string} text the path as it was given
   * @param {string} name the name of the option or variable that it comes from
   * @param {string} [spelling] the way to name another folder
   */
  constructor(text, name, spelling = '--dir FOLDER or PERSIST_LOCK_DIR') {
    this.#spelling = spelling;
    if (isFileURL(text)) throw new UsageError(`${name} must be a path, not the URL ${text}`);
    const resolved = path.resolve(text);
    const outer = outerFolder(resolved);
    if (outer !== undefined) {
      const expected = `the folder that .persist-lock is in: ${pasteable(outer)}`;
      throw new UsageError(`${name} must be ${expected}`);
    }
    this.#path = resolved;
  }

  /** The name of the place in messages. */
  get name() {
    return this.#path;
  }

  get isBackup() {
    return fs.statSync(this.#path, { throwIfNoEntry: false })?.isFile() === true;
  }

  /** Gives the path of a store that is there, or of a backup. */
  pathToRead() {
    const resolved = this.#path;
    if (this.isBackup || maintenance.hasStore(resolved)) return resolved;
    // A folder that this user may not look into seems to have no store.
    if (fs.existsSync(resolved)) fs.accessSync(resolved, fs.constants.X_OK);
    const advice =
      path.basename(resolved) === '.persist-lock'
        ? 'Name the folder that contains this one'
        : `Name the folder of a store by ${this.#spelling}`;
    throw new Failure(`There is no store in ${resolved}. ${advice}`);
  }

  /** Gives the path of a store to change, which must be there. */
  pathToChange() {
    this.#refuseBackup();
    return this.pathToRead();
  }

  /** Tells whether this user may change the store. */
  mayChange() {
    if (this.isBackup) return false;
    const file = maintenance.currentDataFile(this.#path);
    return [path.dirname(file), file].every(isWritable);
  }

  /** Gives the data file, and the long work on it. Each takes a progress of `newProgress`. */
  work(lockTimeout) {
    const dir = this.#path;
    return {
      dataFile: () => (this.isBackup ? dir : maintenance.currentDataFile(dir)),
      newProgress: () => new maintenance.Progress(),
      verify: (progress) => maintenance.verifyStore(dir, progress),
      compact: (progress) => maintenance.compactStore(dir, lockTimeout, progress),
    };
  }

  reading(use) {
    return withStore(this.pathToRead(), { readOnly: true }, use);
  }

  changing(lockTimeout, use) {
    return withStore(this.pathToChange(), { lockTimeout }, use);
  }

  storing(lockTimeout, use) {
    this.#refuseBackup();
    return withStore(this.#path, { lockTimeout }, use);
  }

  async count(choice) {
    this.#refuseBackup();
    return maintenance.hasStore(this.#path) ? this.reading((store) => store.length(choice)) : 0;
  }

  stat() {
    return maintenance.statStore(this.pathToRead());
  }

  locks() {
    return maintenance.locksOf(this.pathToRead());
  }

  /** Resolves with a text that all names of this store share; `undefined` if it is not there yet. */
  async identity() {
    const name = this.isBackup ? this.#path : path.join(this.#path, '.persist-lock');
    const stats = fs.statSync(name, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev} ${stats.ino}`;
  }

  #refuseBackup() {
    if (!this.isBackup) return;
    throw new Failure(
      `${this.#path} is a file, and a backup is only read. To change its items, restore it`,
    );
  }
}

function isWritable(file) {
  try {
    fs.accessSync(file, fs.constants.W_OK);
    return true;
  } catch (error) {
    // A store that is not there is told by whoever opens it.
    return error.code === 'ENOENT';
  }
}

async function withStore(dir, settings, use) {
  const store = new PersistLock(dir, { ...settings, expiredInterval: false });
  try {
    return await use(store, engineOf(store), (ttl) => expiryOf(ttl, null, Date.now()));
  } finally {
    await store.close();
  }
}

module.exports = { Folder };
