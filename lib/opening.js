'use strict';

// Opens the native store when it is first needed, and anew when its files have been replaced.

const { PersistLockError, fromNative } = require('./errors');

/** The answer of what cannot be answered at once. */
const NOT_NOW = Symbol('not now');
const MOVED = 'ERR_PERSIST_LOCK_MOVED';
// On a busy machine the files may be compacted again, and again, while they are opened. More than so often is no accident.
const ATTEMPTS = 100;

class Opening {
  #native;
  #whenOpened;
  #opened;
  #state = 'unopened';
  #readsUnderWay = 0;
  #whenUnread = [];

  /**
   * @param {() => void} whenOpened is told whenever the store has been opened, or opened anew
   */
  constructor(native, whenOpened) {
    this.#native = native;
    this.#whenOpened = whenOpened;
  }

  /** Whether the store is open, as far as is known. */
  get isOpen() {
    return this.#state === 'open';
  }

  /** Resolves when the store is open. */
  open() {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open() {
    try {
      await this.#native._openStore();
      if (this.#state === 'unopened') {
        this.#whenOpened();
        this.#state = 'open';
      }
    } catch (error) {
      this.#opened = undefined;
      throw fromNative(error);
    }
  }

  /** Closes the store when the reads under way have ended. */
  async close() {
    if (this.#readsUnderWay > 0) await new Promise((resolve) => this.#whenUnread.push(resolve));
    this.#state = 'closed';
    this.#native._closeStore();
  }

  /** Runs a read on the open store. The store is not closed before it has ended. */
  async read(use, key) {
    this.#readsUnderWay++;
    try {
      return await this.withStore(use, key);
    } finally {
      if (--this.#readsUnderWay === 0) for (const resolve of this.#whenUnread.splice(0)) resolve();
    }
  }

  /** Runs a read at once, if the store is open and has not moved; else answers `NOT_NOW`. */
  readNow(use, key) {
    if (this.#state !== 'open') return NOT_NOW;
    try {
      return use();
    } catch (error) {
      if (error.code === MOVED) return NOT_NOW;
      throw fromNative(error, key);
    }
  }

  /** Runs `use` on the open store, which is opened anew as often as it turns out to have moved. */
  async withStore(use, key) {
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

function closeInsideError() {
  const message =
    'close() would wait for the callback that it is called in. Call it when that has ended';
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message);
}

module.exports = { NOT_NOW, Opening, closeInsideError, closedError };
