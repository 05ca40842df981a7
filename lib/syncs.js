'use strict';

// When commits are durable. One sync at a time, which serves all commits before it; a failed one is never taken for a
// success.

const { setImmediate: immediate } = require('node:timers/promises');
const { fromNative } = require('./errors');

/** With `durability: 'os'`, how long a commit waits to be synced, in milliseconds. */
const BACKGROUND_DELAY = 500;
/** How long commits may follow on each other, in milliseconds, before the event loop gets its turn. */
const BUDGET = 4;

class Syncs {
  #native;
  #observation;
  #inBackground;
  /** The sync under way, and the one that is to follow it. */
  #underWay;
  #next;
  /** In the background: the timer of the sync that is due, the sync that has begun, and why the last one failed. */
  #due;
  #begun;
  #failure;
  /** When the event loop is to get its next turn. */
  #nextTurn = 0;

  constructor(native, durability, observation) {
    this.#native = native;
    this.#observation = observation;
    this.#inBackground = durability === 'os';
  }

  /** Resolves when all that has been committed so far is as durable as it is to be. */
  async acknowledge() {
    if (!this.#inBackground) await this.#sync();
    else this.#due ??= setTimeout(() => this.#begin(), BACKGROUND_DELAY);
    const now = performance.now();
    if (now < this.#nextTurn) return;
    this.#nextTurn = now + BUDGET;
    // One awaited write after another would else keep the loop from ever turning where no sync is waited for: no timer, no
    // background sync and no compaction would come to its end.
    await immediate();
  }

  /** Resolves when nothing is left to sync. */
  async finish() {
    if (this.#due !== undefined) this.#begin();
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

  #sync() {
    if (this.#underWay === undefined) {
      const sync = this.#native._syncCommits();
      if (sync === null) return Promise.resolve();
      this.#observation.syncing(sync);
      this.#underWay = sync.finally(() => {
        this.#underWay = undefined;
      });
      return this.#underWay;
    }
    // If the one under way fails, so does this one: what was written through a descriptor that failed is not to be trusted.
    this.#next ??= this.#underWay
      .finally(() => {
        this.#next = undefined;
      })
      .then(() => this.#sync());
    return this.#next;
  }

  #begin() {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#begun = this.#sync().catch((error) => {
      this.#failure = fromNative(error);
    });
  }
}

module.exports = { Syncs };
