'use strict';

// The pause between two moves of a store to a new file. A move reads the whole file: after one that
// failed, the next begins only after as much time as it took. Must not know how a store is moved.

const timers = require('../timers');

/** The shortest pause, in milliseconds. */
const SHORTEST = 1000;

class MovePause {
  /** The error of the last move. */
  #failure;
  /** The time before which the next may not begin. */
  #until = 0;

  /**
   * Returns the time to wait before a move, in milliseconds. Throws the error of the last move in a
   * long pause: a write waits only for the end of a short one.
   */
  left() {
    const left = this.#until - timers.now();
    if (left > SHORTEST) throw this.#failure;
    return left;
  }

  /** Notes the error of a move, and returns it. `begun` is the time at which the move began. */
  failed(begun, error) {
    const now = timers.now();
    this.#until = now + Math.max(SHORTEST, now - begun);
    this.#failure = error;
    return error;
  }
}

module.exports = { MovePause };
