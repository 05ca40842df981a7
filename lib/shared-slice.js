'use strict';

// A time slice that many pieces of work share, so that all of them together yield to the event loop
// in time. Knows nothing of the work.

const timers = require('./timers');
const { TimeSlice } = require('./time-slice');

/** The most pieces of work that go on in one turn of the event loop once the time is up. */
const MOST = 4;

class SharedSlice {
  #length;
  #slice;
  /** The functions that let work go on, which waits for the next turns of the event loop. */
  #waiting = [];

  /** @param {number} length the time for which work may go on without a yield, in milliseconds */
  constructor(length) {
    this.#length = length;
    this.#slice = new TimeSlice(length);
  }

  /** Resolves as soon as a piece of work may go on; returns `undefined` if it may at once. */
  turn() {
    if (this.#waiting.length === 0 && !this.#slice.isOver) return undefined;
    if (this.#waiting.length === 0) timers.setImmediate(this.#goOn);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #goOn = () => {
    this.#slice = new TimeSlice(this.#length);
    for (const resolve of this.#waiting.splice(0, MOST)) resolve();
    if (this.#waiting.length > 0) timers.setImmediate(this.#goOn);
  };
}

module.exports = { SharedSlice };
