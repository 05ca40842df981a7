'use strict';

// Syncs, which make commits durable. One at a time, which serves all commits before it. A failed
// sync is never taken for a success.

const { fromNative } = require('./native-errors');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');

/**
 * The time after which a commit is synced in the background, with `durability: 'os'`, in
 * milliseconds.
 */
const BACKGROUND_DELAY = 500;
/**
 * The time after which a blocking call makes that sync, because the event loop has not turned, in
 * milliseconds.
 */
const LONGEST_DELAY = 900;
/**
 * The time for which commits may follow on each other before the event loop gets its turn, in
 * milliseconds.
 */
const BUDGET = 4;

class Syncs {
  #native;
  #lifecycle;
  #observation;
  #inBackground;
  /** The functions that wait for the sync under way, if there is one, and for the sync after it. */
  #waiting;
  #next = [];
  /**
   * In the background: the timer of the next sync and the time when it was set, the sync that has
   * begun, and the error of one that failed.
   */
  #due;
  #dueSince;
  #begun;
  #failure;
  /**
   * The time for calls that need not wait for a sync. Without it one awaited call after another
   * would keep the event loop from ever turning: no timer, no background sync and no compaction
   * would end.
   */
  #slice = new TimeSlice(BUDGET);

  constructor(native, lifecycle, durability, observation) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#observation = observation;
    this.#inBackground = durability === 'os';
  }

  /**
   * Calls `done` once everything committed so far is as durable as the option asks for, or with an
   * error. `done` is a function, since a promise would tell it later.
   *
   * @param {(error?: Error) => void} done
   */
  acknowledge(done) {
    if (!this.#inBackground) return this.#sync(done);
    this.#syncLater();
    this.#slice.goOn(done);
  }

  /** Makes everything committed so far as durable as the option asks for, on the calling thread. */
  syncNow() {
    if (!this.#inBackground) return this.#syncHere();
    this.#syncLater();
    if (timers.now() > this.#dueSince + LONGEST_DELAY) this.#syncAllHere();
  }

  /** Syncs on the calling thread what is left to sync. */
  finishNow() {
    // A store that was never open has nothing to sync.
    if (this.#due !== undefined || this.#waiting !== undefined) this.#syncAllHere();
    this.throwFailure();
  }

  /** Resolves when nothing is left to sync. */
  async finish() {
    if (this.#due !== undefined) this.#syncInBackground();
    await this.#begun;
    this.throwFailure();
  }

  /** True if a sync in the background has failed and no call was told. */
  get hasFailed() {
    return this.#failure !== undefined;
  }

  /** Throws the error of a sync in the background that failed, once. */
  throwFailure() {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  #syncLater() {
    if (this.#due !== undefined) return;
    this.#due = timers.setTimeout(() => this.#syncInBackground(), BACKGROUND_DELAY);
    this.#dueSince = timers.now();
  }

  /** Syncs on the calling thread, and leaves nothing to sync in the background. */
  #syncAllHere() {
    timers.clearTimeout(this.#due);
    this.#due = undefined;
    this.#syncHere();
  }

  #syncHere() {
    const begun = timers.now();
    try {
      if (this.#lifecycle.useNow(() => this.#native.syncNow())) this.#observation.synced(begun);
    } catch (cause) {
      const error = fromNative(cause);
      this.#observation.synced(begun, error);
      throw error;
    }
  }

  #sync(done) {
    if (this.#waiting !== undefined) this.#next.push(done);
    else this.#begin([done]);
  }

  #begin(waiting) {
    let sync;
    try {
      sync = this.#native.syncCommits();
    } catch (error) {
      // Others may have replaced the file while the store rested, or it cannot be woken yet.
      sync = this.#lifecycle.readOn(() => this.#native.syncCommits(), undefined, error);
    }
    if (sync === null) return waiting.forEach((done) => this.#slice.goOn(done));
    this.#waiting = waiting;
    const observer = this.#observation.syncing();
    sync.then(
      () => this.#ended(observer),
      (error) => this.#ended(observer, fromNative(error)),
    );
  }

  #ended(observer, failure) {
    observer?.(failure);
    const waiting = this.#waiting;
    const next = this.#next;
    this.#waiting = undefined;
    this.#next = [];
    if (failure !== undefined) {
      // The next sync fails too: writes through a descriptor whose sync has failed cannot be
      // trusted.
      for (const done of [...waiting, ...next]) done(failure);
      return;
    }
    if (next.length > 0) this.#begin(next);
    for (const done of waiting) done();
  }

  #syncInBackground() {
    timers.clearTimeout(this.#due);
    this.#due = undefined;
    this.#begun = new Promise((resolve) => {
      this.#sync((error) => {
        this.#failure ??= error;
        resolve();
      });
    });
  }
}

module.exports = { Syncs };
