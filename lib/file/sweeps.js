'use strict';

// The removal of expired items, for some milliseconds in each turn: other calls, other processes and the event loop get their turns in
// between. A sweep lists the expired items once. Each turn checks again, under the writer lock, that those it removes have expired.

const { Sweeps } = require('../calls/sweeps');
const timers = require('../timers');

class FileSweeps extends Sweeps {
  #native;
  #listings;
  #submit;

  /**
   * @param {(run: (turn: import('./turn').Turn) => number) => Promise<number>} submit runs a function in a turn of its own
   */
  constructor(native, listings, submit) {
    super();
    this.#native = native;
    this.#listings = listings;
    this.#submit = submit;
  }

  isNeeded() {
    return this.#listings.anyExpired();
  }

  async sweep(isOver) {
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

module.exports = { FileSweeps };
