'use strict';

// The removal of expired items, some milliseconds of it a turn: other calls, other processes and the event loop get their turns in
// between. What has expired is listed once; each turn looks again, under the writer lock, at what it removes.

const timers = require('../timers');

class Sweeps {
  #native;
  #submit;
  /** @type {Set<Promise<number>>} */
  #underWay = new Set();

  /**
   * @param {(run: (turn: import('./turn').Turn) => number) => Promise<number>} submit runs a function in a turn of its own
   */
  constructor(native, submit) {
    this.#native = native;
    this.#submit = submit;
  }

  get isUnderWay() {
    return this.#underWay.size > 0;
  }

  /**
   * Removes all that has expired. Resolves with the number of items.
   *
   * @param {() => boolean} [isOver] for one that nobody asked for: tells whether the rest can be left for later. It does not keep
   *   the process alive.
   */
  run(isOver) {
    const swept = this.#sweep(isOver);
    this.#underWay.add(swept);
    const forget = () => this.#underWay.delete(swept);
    swept.then(forget, forget);
    return swept;
  }

  /** Resolves when none is under way. */
  async finish() {
    await Promise.allSettled(this.#underWay);
  }

  async #sweep(isOver) {
    let listing;
    let isDone = false;
    const removeSome = (turn) => {
      listing ??= this.#native.listExpired(turn.now);
      const { count, isLast } = turn.removeExpired(listing);
      isDone = isLast;
      return count;
    };
    let total = await this.#submit(removeSome);
    while (!isDone && !isOver?.()) {
      await pause(isOver === undefined);
      total += await this.#submit(removeSome);
    }
    return total;
  }
}

/** Lets the event loop turn, and leaves those who wait for the writer lock as long as they take to wake. */
function pause(keepsAlive) {
  return new Promise((resolve) => {
    const timer = timers.setTimeout(resolve, 1);
    if (!keepsAlive) timer.unref();
  });
}

module.exports = { Sweeps };
