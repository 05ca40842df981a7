'use strict';

// Opens the native store when it is first needed, reopens it when its files have been replaced, and moves it to a new file after
// a failed sync.

const { PersistLockError, fromNative, nativeCode } = require('../errors');
const timers = require('../timers');

/** The answer of what cannot be answered at once. */
const NOT_NOW = Symbol('not now');
const MOVED = 'ERR_PERSIST_LOCK_MOVED';
const DISOWNED = 'ERR_PERSIST_LOCK_DISOWNED';
// On a busy machine the files may be compacted again, and again, while they are opened. More than so often is no accident.
const ATTEMPTS = 100;
/** After a failed move to a new file, the shortest pause before the next one begins, in milliseconds. */
const SHORTEST_PAUSE = 1000;

class Lifecycle {
  #native;
  #whenOpened;
  #opened;
  #state = 'unopened';
  #readsUnderWay = 0;
  #whenUnread = [];
  /** Why the last move to a new file failed, and when the next may begin. */
  #failure;
  #pausesUntil = 0;

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
      await this.#native._openStore(false);
      if (this.#state === 'unopened') {
        this.#whenOpened();
        this.#state = 'open';
      }
    } catch (error) {
      this.#opened = undefined;
      throw fromNative(error);
    }
  }

  /** Closes the store when the reads under way have ended. Ends the wait of an opening for a lock that others have. */
  async close() {
    this.#native._giveUpOpening();
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
      const code = nativeCode(error);
      if (code === MOVED || code === DISOWNED) return NOT_NOW;
      throw fromNative(error, key);
    }
  }

  /**
   * Runs `use` on the open store, which is reopened as often as it turns out to have moved, and moved where it must be. Runs it at
   * once if the store is open, and answers with a promise otherwise.
   */
  use(use) {
    if (this.#state !== 'open') return this.withStore(use);
    try {
      return use();
    } catch (error) {
      // The failure is acted upon, and not asked for once more: another process may have the lock by then, and the store would
      // wait for it, find that it has moved, and lose the lock again, without end.
      return this.withStore(use, undefined, error);
    }
  }

  /** The same, always with a promise. `failure` is how it has failed already. */
  async withStore(use, key, failure) {
    for (let attempt = 1; ; attempt++) {
      if (failure !== undefined) await this.#cure(failure, key, attempt);
      if (this.#state === 'unopened') await this.open();
      try {
        return await use();
      } catch (error) {
        failure = error;
      }
    }
  }

  /** Does something about the failure of an attempt, or throws it. */
  async #cure(failure, key, attempt) {
    const code = nativeCode(failure);
    const isCurable = code === MOVED || code === DISOWNED;
    if (!isCurable || attempt > ATTEMPTS) throw fromNative(failure, key);
    if (code === DISOWNED) await this.#renew();
    else this.#forget();
  }

  /**
   * Moves the store to a new file, as a write after a failed sync needs it. Reads go on meanwhile, and if it fails.
   *
   * A move reads the whole file. So after one that failed, the next begins only after as much time as it took. A write waits for the
   * end of a short pause; in a long one it rejects with the same error.
   */
  async #renew() {
    const pause = this.#pausesUntil - timers.now();
    if (pause > SHORTEST_PAUSE) throw this.#failure;
    if (pause > 0) await new Promise((resolve) => timers.setTimeout(resolve, pause));
    const begun = timers.now();
    try {
      await this.#native._openStore(true);
    } catch (error) {
      const now = timers.now();
      this.#pausesUntil = now + Math.max(SHORTEST_PAUSE, now - begun);
      this.#failure = fromNative(error);
      throw this.#failure;
    }
    if (this.#state === 'open') this.#whenOpened();
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

module.exports = { NOT_NOW, Lifecycle, closeInsideError, closedError };
