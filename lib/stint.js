'use strict';

// Work on end that lets the event loop turn whenever its time is up. Knows nothing of the work.

const { setImmediate: immediate } = require('node:timers/promises');

class Stint {
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
    return performance.now() > this.#end;
  }

  /** Lets the event loop turn; then the next one begins. */
  async pause() {
    await immediate();
    this.#begin();
  }

  #begin() {
    this.#end = performance.now() + this.#length;
  }
}

module.exports = { Stint };
