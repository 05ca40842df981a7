'use strict';

// Work on end that lets the event loop turn whenever its time is up. Knows nothing of the work.

const timers = require('./timers');

class TimeSlice {
  #length;
  #end;

  /**
   * @param {number} length how long the work may go on, in milliseconds
   */
  constructor(length) {
    this.#length = length;
    this.#begin();
  }

  get isOver() {
    return timers.now() > this.#end;
  }

  /** Lets the event loop turn; then the next one begins. */
  async pause() {
    await timers.immediate();
    this.#begin();
  }

  #begin() {
    this.#end = timers.now() + this.#length;
  }
}

module.exports = { TimeSlice };
