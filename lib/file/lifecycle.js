'use strict';

// The life of a store: opens it when it is first needed, reopens it when its files have been replaced, moves it to a new file after a
// failed sync, and closes it. The one place that knows which state the store is in; the native side only guards itself.

const { closedError } = require('../errors');
const { fromNative, nativeCode } = require('./native-errors');
const timers = require('../timers');

const MOVED = 'ERR_PERSIST_LOCK_MOVED';
const DISOWNED = 'ERR_PERSIST_LOCK_DISOWNED';
// On a busy machine the files may be compacted several times while they are opened. More often than this is no accident.
const ATTEMPTS = 100;
/** The shortest pause between a failed move to a new file and the next one, in milliseconds. */
const SHORTEST_PAUSE = 1000;

class Lifecycle {
  /** The store's folder, once the store has been open: the same for all who have it open, whatever symbolic links lead there. */
  folder;
  #native;
  #whenOpened;
  /** True once `close` was called. */
  isClosing = false;
  /** `'unopened'`, also after its files were replaced; `'opening'`; `'open'`; `'closed'`. */
  #state = 'unopened';
  /** The promise of an opening under way. */
  #opening;
  /** The promise of `close`. Calls made before may still open and reopen the store. */
  #closing;
  #readsUnderWay = 0;
  #whenUnread = [];
  /** The error of the last move to a new file, and the time before which the next may not begin. */
  #failure;
  #pausesUntil = 0;

  /**
   * @param {() => void} whenOpened is called whenever the store has been opened or reopened
   */
  constructor(native, whenOpened) {
    this.#native = native;
    this.#whenOpened = whenOpened;
  }

  /** True if the store is open, as far as is known, and is not being closed. */
  get isOpen() {
    return this.#state === 'open' && !this.isClosing;
  }

  /** Opens the store, or joins the opening under way. */
  #open() {
    this.#opening ??= this.#openNow();
    return this.#opening;
  }

  async #openNow() {
    this.#state = 'opening';
    try {
      const folder = await this.#native.openStore(false);
      this.folder ??= folder;
      if (this.#state !== 'opening') return;
      this.#whenOpened();
      this.#state = 'open';
    } catch (error) {
      if (this.#state === 'opening') this.#state = 'unopened';
      throw fromNative(error);
    } finally {
      this.#opening = undefined;
    }
  }

  /**
   * Closes the store: refuses new calls, lets `finish` end those under way, and waits for the reads under way. An opening that waits
   * for a lock of another process gives up then.
   */
  close(finish) {
    this.isClosing = true;
    this.#closing ??= this.#close(finish);
    return this.#closing;
  }

  async #close(finish) {
    try {
      await finish();
    } catch (error) {
      throw fromNative(error);
    } finally {
      this.#native.giveUpOpening();
      if (this.#readsUnderWay > 0) await new Promise((resolve) => this.#whenUnread.push(resolve));
      this.#state = 'closed';
      this.#native.closeStore();
    }
  }

  /**
   * Runs a read on the open store, which is not closed before the read has ended.
   *
   * @param {string} [key] for the message of an error
   * @param {Error} [failure] the error of an attempt that was made already
   */
  async read(use, key, failure) {
    if (this.isClosing) throw closedError();
    return this.readOn(use, key, failure);
  }

  /** Goes on with a read that was begun before, also while the store is being closed. */
  async readOn(use, key, failure) {
    this.#readsUnderWay++;
    try {
      return await this.#withStore(use, key, failure);
    } finally {
      if (--this.#readsUnderWay === 0) for (const resolve of this.#whenUnread.splice(0)) resolve();
    }
  }

  /**
   * Runs `use` on the open store, which is reopened, or moved to a new file, as often as `use` finds that necessary. Runs `use` at
   * once if the store is open, and answers with a promise otherwise.
   */
  use(use) {
    if (this.#state !== 'open') return this.#withStore(use);
    try {
      return use();
    } catch (error) {
      // The error is dealt with at once, without a second attempt: another process may have the lock by then. The store would wait
      // for the lock, find that it has moved, and lose the lock again, without end.
      return this.#withStore(use, undefined, error);
    }
  }

  /** The same, always with a promise. */
  async #withStore(use, key, failure) {
    for (let attempt = 1; ; attempt++) {
      if (failure !== undefined) await this.#cure(failure, key, attempt);
      if (this.#state === 'unopened' || this.#state === 'opening') await this.#open();
      try {
        return await use();
      } catch (error) {
        failure = error;
      }
    }
  }

  /** Deals with the error of an attempt, or throws it. */
  async #cure(failure, key, attempt) {
    const code = nativeCode(failure);
    const isCurable = code === MOVED || code === DISOWNED;
    if (!isCurable || attempt > ATTEMPTS) throw fromNative(failure, key);
    if (code === DISOWNED) await this.#renew();
    else if (this.#state === 'open') this.#state = 'unopened';
  }

  /**
   * Moves the store to a new file, as a write after a failed sync needs it. Reads go on meanwhile, and if the move fails.
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
      await this.#native.openStore(true);
    } catch (error) {
      const now = timers.now();
      this.#pausesUntil = now + Math.max(SHORTEST_PAUSE, now - begun);
      this.#failure = fromNative(error);
      throw this.#failure;
    }
    if (this.#state === 'open') this.#whenOpened();
  }
}

module.exports = { Lifecycle };
