'use strict';

// Long work that yields to the event loop whenever its time is up. Knows nothing of the work.

const timers = require('./timers');

class TimeSlice {
  #length;
  #stepsPerLook;
  #end;
  #steps = 0;

  /**
   * @param {number} length how long the work may go on before it yields, in milliseconds
   * @param {number} [stepsPerLook] the number of steps between two looks at the clock: for steps
   *   that cost about as much as a look
   */
  constructor(length, stepsPerLook = 1) {
    this.#length = length;
    this.#stepsPerLook = stepsPerLook;
    this.#end = timers.now() + length;
  }

  /** True once the time is up. */
  get isOver() {
    return timers.now() > this.#end;
  }

  /** Counts a step of the work; returns true if the time is up. */
  step() {
    return ++this.#steps % this.#stepsPerLook === 0 && this.isOver;
  }

  /** Yields to the event loop, and begins the next slice. */
  async pause() {
    await timers.immediate();
    this.#begin();
  }

  /** Calls `goOn`: at once, or in the next turn of the event loop if the time is up. */
  goOn(goOn) {
    if (!this.isOver) return goOn();
    this.#begin();
    timers.setImmediate(goOn);
  }

  #begin() {
    this.#end = timers.now() + this.#length;
  }
}

module.exports = { TimeSlice };
