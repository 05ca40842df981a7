'use strict';

// The removal of expired items, for some milliseconds in each turn: other calls, other processes and the event loop get their turns in
// between. A sweep lists the expired items once. Each turn checks again, under the writer lock, that those it removes have expired.

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

  /** True while a sweep is under way. */
  get isUnderWay() {
    return this.#underWay.size > 0;
  }

  /**
   * Removes the items that have expired. Resolves with their number.
   *
   * @param {() => boolean} [isOver] for a sweep that no call asked for: tells whether to leave the rest for later. Such a sweep does
   *   not keep the process alive.
   */
  run(isOver) {
    const swept = this.#sweep(isOver);
    this.#underWay.add(swept);
    const forget = () => this.#underWay.delete(swept);
    swept.then(forget, forget);
    return swept;
  }

  /** Resolves when no sweep is under way. */
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

/** Yields to the event loop, for as long as threads that wait for the writer lock take to wake. */
function pause(keepsAlive) {
  return new Promise((resolve) => {
    const timer = timers.setTimeout(resolve, 1);
    if (!keepsAlive) timer.unref();
  });
}

module.exports = { Sweeps };
