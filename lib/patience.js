'use strict';

// How long calls wait: until their time limit, or until their signal is aborted. One timer for all of them, which keeps the
// process alive while any waits.

const timers = require('./timers');

class Patience {
  #giveUp;
  #observation;
  /**
   * The calls that wait, and since when, on Node's monotonic clock.
   * @type {Map<import('./write').Write, number>}
   */
  #waiting = new Map();
  #timer;
  #timerEnds = Infinity;
  /** The calls that each signal can abort. */
  #bySignal = new WeakMap();

  /**
   * @param {(write: import('./write').Write, aborted: AbortSignal | undefined) => void} giveUp
   */
  constructor(giveUp, observation) {
    this.#giveUp = giveUp;
    this.#observation = observation;
  }

  /** Lets a call's signal abort it for as long as it waits. */
  listen(write) {
    const { signal } = write;
    let writes = this.#bySignal.get(signal);
    if (writes === undefined) {
      // One listener for all calls: hundreds on one signal would look like a leak.
      this.#bySignal.set(signal, (writes = new Set()));
      const abort = () => {
        for (const aborted of [...writes]) this.#giveUp(aborted, signal);
      };
      signal.addEventListener('abort', abort, { once: true });
    }
    writes.add(write);
  }

  /** Sees to it that a call waits no longer than it may. */
  watch(write) {
    if (this.#waiting.has(write)) return;
    const now = timers.now();
    this.#waiting.set(write, now);
    if (this.#timer === undefined || now + write.timeout < this.#timerEnds) this.#setTimer();
  }

  /** Takes note that a call waits no longer; with an error if it has been given up. */
  end(write, error) {
    if (write.signal !== undefined) this.#bySignal.get(write.signal)?.delete(write);
    if (this.#waiting.size === 0) return;
    const since = this.#waiting.get(write);
    if (since === undefined) return;
    this.#waiting.delete(write);
    this.#observation.waited(write, since, error);
    if (this.#waiting.size > 0) return;
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #setTimer() {
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    this.#timerEnds = Infinity;
    for (const [{ timeout }, since] of this.#waiting) {
      this.#timerEnds = Math.min(this.#timerEnds, since + timeout);
    }
    const span = Math.ceil(Math.max(this.#timerEnds - timers.now(), 0));
    this.#timer = timers.setTimeout(() => this.#look(), Math.min(span, timers.LONGEST_TIMER));
  }

  #look() {
    const now = timers.now();
    for (const [write, since] of [...this.#waiting]) {
      if (since + write.timeout <= now) this.#giveUp(write);
    }
    this.#setTimer();
  }
}

module.exports = { Patience };
