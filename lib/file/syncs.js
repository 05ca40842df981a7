'use strict';

// When commits are durable. One sync at a time, which serves all commits before it; a failed one is never taken for a
// success.

const { fromNative } = require('./native-errors');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');

/** With `durability: 'os'`, how long a commit waits to be synced, in milliseconds. */
const BACKGROUND_DELAY = 500;
/** How long commits may follow on each other, in milliseconds, before the event loop gets its turn. */
const BUDGET = 4;

class Syncs {
  #native;
  #observation;
  #inBackground;
  /** Who waits for the sync under way, if one is, and for the one that is to follow it. */
  #waiting;
  #behind = [];
  /** In the background: the timer of the sync that is due, the sync that has begun, and why the last one failed. */
  #due;
  #begun;
  #failure;
  /**
   * The time for calls that need not wait for a sync. Without it one awaited call after another would keep the event loop from
   * ever turning: no timer, no background sync and no compaction would end.
   */
  #slice = new TimeSlice(BUDGET);

  constructor(native, durability, observation) {
    this.#native = native;
    this.#observation = observation;
    this.#inBackground = durability === 'os';
  }

  /**
   * Calls `done` when all that has been committed so far is as durable as it is to be, or with the error for which it is not: a
   * function and no promise, which would be heard of later.
   *
   * @param {(error?: Error) => void} done
   */
  acknowledge(done) {
    if (!this.#inBackground) return this.#sync(done);
    this.#due ??= timers.setTimeout(() => this.#syncInBackground(), BACKGROUND_DELAY);
    this.#slice.goOn(done);
  }

  /** Resolves when nothing is left to sync. */
  async finish() {
    if (this.#due !== undefined) this.#syncInBackground();
    await this.#begun;
    this.throwFailure();
  }

  /** Whether a sync in the background has failed, and nobody has been told. */
  get hasFailed() {
    return this.#failure !== undefined;
  }

  /** Tells of a sync in the background that failed, once. */
  throwFailure() {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  #sync(done) {
    if (this.#waiting !== undefined) this.#behind.push(done);
    else this.#begin([done]);
  }

  #begin(waiting) {
    let sync;
    try {
      sync = this.#native.syncCommits();
    } catch (error) {
      return waiting.forEach((done) => done(error));
    }
    if (sync === null) return waiting.forEach((done) => this.#slice.goOn(done));
    this.#waiting = waiting;
    const observer = this.#observation.syncing();
    const ended = (failure) => {
      observer?.(failure && fromNative(failure));
      this.#ended(failure);
    };
    sync.then(() => ended(), ended);
  }

  #ended(failure) {
    const waiting = this.#waiting;
    const behind = this.#behind;
    this.#waiting = undefined;
    this.#behind = [];
    if (failure !== undefined) {
      // The one that was to follow fails too: what was written through a descriptor that failed is not to be trusted.
      for (const done of [...waiting, ...behind]) done(failure);
      return;
    }
    if (behind.length > 0) this.#begin(behind);
    for (const done of waiting) done();
  }

  #syncInBackground() {
    timers.clearTimeout(this.#due);
    this.#due = undefined;
    this.#begun = new Promise((resolve) => {
      this.#sync((error) => {
        this.#failure = error;
        resolve();
      });
    });
  }
}

module.exports = { Syncs };
