'use strict';

// When commits are durable. One sync at a time, which serves all commits before it; a failed one is never taken for a
// success.

const { fromNative } = require('./errors');

/** With `durability: 'os'`, how long a commit waits to be synced, in milliseconds. */
const BACKGROUND_DELAY = 500;

class Syncs {
  #native;
  #inBackground;
  /** The sync under way, and the one that is to follow it. */
  #underWay;
  #next;
  /** In the background: the timer of the sync that is due, the sync that has begun, and why the last one failed. */
  #due;
  #begun;
  #failure;

  constructor(native, durability) {
    this.#native = native;
    this.#inBackground = durability === 'os';
  }

  /** Resolves when all that has been committed so far is as durable as it is to be. */
  async acknowledge() {
    if (!this.#inBackground) await this.#sync();
    else this.#due ??= setTimeout(() => this.#begin(), BACKGROUND_DELAY);
  }

  /** Resolves when nothing is left to sync. */
  async finish() {
    if (this.#due !== undefined) this.#begin();
    await this.#begun;
    this.throwFailure();
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
