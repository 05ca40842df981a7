'use strict';

// The life of a store: opens it when it is first needed, reopens it when its files have been
// replaced, moves it to a new file after a failed sync, and closes it. The one place that knows
// which state the store is in; the native side only guards itself.
//
// Awaited calls open the store on a thread, blocking calls on the calling thread. A blocking call
// does not wait for an opening under way, which only the event loop can end: it opens the store
// itself. The native side drops a store that was opened too late, and the awaited calls go on with
// the one that is open.

const { closedError } = require('../errors');
const { MovePause } = require('./move-pause');
const { CROWDED, fromNative, nativeCode } = require('./native-errors');
const timers = require('../timers');

const MOVED = 'ERR_PERSIST_LOCK_MOVED';
const DISOWNED = 'ERR_PERSIST_LOCK_DISOWNED';
const DEADLOCK = 'ERR_PERSIST_LOCK_DEADLOCK';
const LOCKED = 'ERR_PERSIST_LOCK_LOCKED';
// On a busy machine the files may be compacted several times while they are opened. More often than
// this is no accident.
const ATTEMPTS = 100;

/** Is thrown by a read that must read more of what others have committed: then try it again. */
const UNREAD = new Error('More of what others have committed must be read');
/** Is thrown by a use that needs the order of the keys while a thread sorts them: then try it again. */
const UNSORTED = new Error('A thread sorts the keys of the store that was opened');
/** The time after which such a use is tried again, in milliseconds. */
const SORT_PAUSE = 1;
/**
 * The time after which a use is tried again while too many other stores are in use, or another
 * process has the lock that a sync needs, and the time after which it fails, in milliseconds.
 */
const CROWD_PAUSE = 2;
const CROWD_LIMIT = 10_000;

class Lifecycle {
  /**
   * The store's folder, once the store has been open: the same for all who have it open, whatever
   * symbolic links lead there.
   */
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
  #movePause = new MovePause();

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

  /** True once the store is closed. */
  get isClosed() {
    return this.#state === 'closed';
  }

  /** Opens the store, or joins the opening under way. */
  #open() {
    this.#opening ??= this.#openOnThread();
    return this.#opening;
  }

  async #openOnThread() {
    this.#state = 'opening';
    try {
      const folder = await this.#openInCrowd();
      // A blocking call may have opened the store meanwhile, or closed it.
      if (this.#state !== 'opening') return;
      this.folder ??= folder;
      this.#whenOpened();
      this.#state = 'open';
    } catch (error) {
      if (this.#state === 'open') return;
      if (this.#state === 'opening') this.#state = 'unopened';
      throw fromNative(error);
    } finally {
      this.#opening = undefined;
    }
  }

  /** Opens the store natively. If there are no descriptors, waits until other stores need theirs no more. */
  async #openInCrowd() {
    const until = timers.now() + CROWD_LIMIT;
    for (;;) {
      try {
        return await this.#native.openStore(false);
      } catch (error) {
        // Others may replace the file while the store that was opened rests.
        const isCurable = [CROWDED, MOVED].includes(nativeCode(error));
        if (!isCurable || timers.now() > until) throw error;
      }
      if (this.#state !== 'opening') throw closedError();
      await delay(CROWD_PAUSE);
    }
  }

  /** Opens the store on the calling thread, also while an opening on a thread is under way. */
  #openNow() {
    let folder;
    try {
      folder = this.#openHere(false);
    } catch (error) {
      throw fromNative(error);
    }
    this.folder ??= folder;
    this.#state = 'open';
    this.#whenOpened();
  }

  /** Opens the store natively. Returns to JavaScript now and then: so a worker can be terminated. */
  #openHere(renew) {
    const begun = timers.now();
    for (let attempt = 1; ;) {
      try {
        const folder = this.#native.openNow(renew, timers.now() - begun);
        if (folder !== null) return folder;
      } catch (error) {
        if (nativeCode(error) !== MOVED || ++attempt > ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Closes the store: refuses new calls, lets `finish` end those under way, and waits for the reads
   * under way. An opening that waits for a lock of another process gives up then.
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
      this.#endNow();
    }
  }

  /**
   * Closes the store on the calling thread. If `endCalls` throws a deadlock, nothing is closed.
   *
   * Reads that wait for the store to open reject: only the event loop could end them.
   *
   * @param {() => void} endCalls ends the calls under way
   * @param {() => void} endWork ends other work of the store
   */
  closeNow(endCalls, endWork) {
    const wasClosing = this.isClosing;
    this.isClosing = true;
    let failure;
    try {
      endCalls();
    } catch (error) {
      failure = fromNative(error);
      if (failure?.code === DEADLOCK) {
        this.isClosing = wasClosing;
        throw failure;
      }
    }
    endWork();
    this.#endNow();
    if (failure !== undefined) throw failure;
  }

  #endNow() {
    this.#state = 'closed';
    this.#native.closeStore();
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
   * Runs a read on the calling thread: opens the store there if necessary.
   *
   * @param {string} [key] for the message of an error
   * @param {Error} [failure] the error of an attempt that was made already
   */
  readNow(use, key, failure) {
    if (this.isClosing) throw closedError();
    return this.useNow(use, key, failure);
  }

  /**
   * Runs `use` on the open store, which is reopened, or moved to a new file, as often as `use`
   * finds that necessary. Runs `use` at once if the store is open, and answers with a promise
   * otherwise.
   */
  use(use) {
    if (this.#state !== 'open') return this.#withStore(use);
    try {
      return use();
    } catch (error) {
      // The error is dealt with at once, without a second attempt: another process may have the
      // lock by then. The store would wait for the lock, find that it has moved, and lose the lock
      // again, without end.
      return this.#withStore(use, undefined, error);
    }
  }

  /** Does what `use` does, always with a promise. */
  async #withStore(use, key, failure) {
    let busyUntil;
    for (let attempt = 1; ;) {
      if (failure === UNREAD) await timers.immediate();
      else if (failure === UNSORTED) await delay(SORT_PAUSE);
      else if ([CROWDED, LOCKED].includes(nativeCode(failure))) {
        busyUntil ??= timers.now() + CROWD_LIMIT;
        if (timers.now() > busyUntil) throw fromNative(failure, key);
        await delay(CROWD_PAUSE);
      } else if (failure !== undefined && this.#mustRenew(failure, key, attempt++))
        await this.#renew();
      if (this.#state === 'unopened' || this.#state === 'opening') await this.#open();
      try {
        return await use();
      } catch (error) {
        failure = error;
      }
    }
  }

  /** Does what `use` does on the calling thread. Returns the result of `use`, or throws. */
  useNow(use, key, failure) {
    let busyUntil;
    for (let attempt = 1; ;) {
      const isFailed = failure !== undefined && failure !== UNREAD;
      // The calls of the other stores may need the event loop to end.
      if (nativeCode(failure) === CROWDED) this.#native.insist();
      else if (nativeCode(failure) === LOCKED) {
        busyUntil ??= timers.now() + CROWD_LIMIT;
        if (timers.now() > busyUntil) throw fromNative(failure, key);
        timers.block(CROWD_PAUSE);
      } else if (isFailed && this.#mustRenew(failure, key, attempt++)) this.#renewNow();
      if (this.#state === 'unopened' || this.#state === 'opening') this.#openNow();
      try {
        return use();
      } catch (error) {
        failure = error;
      }
    }
  }

  /**
   * Returns true if the store must be moved to a new file before the next attempt, and notes if it
   * must be reopened. Throws the error of an attempt that no other can follow.
   */
  #mustRenew(failure, key, attempt) {
    const code = nativeCode(failure);
    const isCurable = code === MOVED || code === DISOWNED;
    if (!isCurable || attempt > ATTEMPTS) throw fromNative(failure, key);
    if (code === MOVED && this.#state === 'open') this.#state = 'unopened';
    return code === DISOWNED;
  }

  /**
   * Moves the store to a new file, as a write after a failed sync needs it. Reads go on meanwhile,
   * and if the move fails.
   */
  async #renew() {
    const left = this.#movePause.left();
    if (left > 0) await delay(left);
    const begun = timers.now();
    try {
      await this.#native.openStore(true);
    } catch (error) {
      throw this.#movePause.failed(begun, fromNative(error));
    }
    if (this.#state === 'open') this.#whenOpened();
  }

  /** Does so on the calling thread, which pauses too. */
  #renewNow() {
    const pause = this.#movePause.left();
    if (pause > 0) timers.block(pause);
    const begun = timers.now();
    try {
      this.#openHere(true);
    } catch (error) {
      throw this.#movePause.failed(begun, fromNative(error));
    }
    if (this.#state === 'open') this.#whenOpened();
  }
}

function delay(time) {
  return new Promise((resolve) => timers.setTimeout(resolve, time));
}

module.exports = { Lifecycle, UNREAD, UNSORTED };
