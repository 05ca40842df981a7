'use strict';

// Opens the native store when it is first needed, and anew when its files have been replaced.

const { PersistLockError, fromNative } = require('./errors');

const MOVED = 'ERR_PERSIST_LOCK_MOVED';
// Files that are replaced again and again while they are opened are not worth waiting for.
const ATTEMPTS = 5;

class Opening {
  #native;
  #opened;
  #state = 'unopened';
  #usesUnderWay = 0;
  #whenUnused = [];

  constructor(native) {
    this.#native = native;
  }

  /** Resolves when the store is open. */
  open() {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open() {
    try {
      await this.#native._openStore();
      if (this.#state === 'unopened') this.#state = 'open';
    } catch (error) {
      this.#opened = undefined;
      throw fromNative(error);
    }
  }

  /** Closes the store when those that use it have ended. */
  async close() {
    if (this.#usesUnderWay > 0) await new Promise((resolve) => this.#whenUnused.push(resolve));
    this.#state = 'closed';
    this.#native._closeStore();
  }

  /** Runs `use` on the open store, which is opened anew as often as it turns out to have moved. */
  async withStore(use, key) {
    this.#usesUnderWay++;
    try {
      return await this.#useStore(use, key);
    } finally {
      if (--this.#usesUnderWay === 0) for (const resolve of this.#whenUnused.splice(0)) resolve();
    }
  }

  async #useStore(use, key) {
    for (let attempt = 1; ; attempt++) {
      if (this.#state === 'unopened') await this.open();
      try {
        return await use();
      } catch (error) {
        if (error.code !== MOVED || attempt === ATTEMPTS) throw fromNative(error, key);
        this.#forget();
      }
    }
  }

  #forget() {
    if (this.#state !== 'open') return;
    this.#state = 'unopened';
    this.#opened = undefined;
  }
}

function closedError() {
  const message = 'The store is closed. Make a new PersistLock to use it again';
  return new PersistLockError('ERR_PERSIST_LOCK_CLOSED', message);
}

module.exports = { Opening, closedError };
