'use strict';

// The limits of turns: the number of their keys, and when a turn that could not begin is tried again.

const { isLost, isStalePlan } = require('./errors');
const timers = require('../timers');

/** The most keys of a turn, which each take a place in the server's table of locks. */
const MOST_KEYS = 256;
/** The number of turns after which a turn may have more keys again. */
const TURNS_UNTIL_MORE = 100;

/** The table of locks is full. */
const NO_MORE_LOCKS = '53200';
/**
 * Serialization failure, deadlock, a lock that was not available, and a statement that was cancelled:
 * by its administrator, or late for another one.
 */
const PASSING = ['40001', '40P01', '55P03', '57014'];

/** The longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 500;
const FIRST_PAUSE = 10;

class Limits {
  /** The most keys of a turn at present. */
  keys = MOST_KEYS;
  #failures = 0;
  #turns = 0;

  /**
   * Returns true if a turn that has run no callback may be tried again after an error. Halves the
   * number of keys if the server had no room for their locks.
   */
  mayTryAgain(error) {
    if (error.code === NO_MORE_LOCKS) {
      this.#turns = 0;
      if (this.keys === 1) return false;
      this.keys = Math.ceil(this.keys / 2);
      return true;
    }
    return isLost(error) || isStalePlan(error) || PASSING.includes(error.code);
  }

  /** Notes that a turn has ended well. */
  succeeded() {
    this.#failures = 0;
    if (this.keys === MOST_KEYS || ++this.#turns < TURNS_UNTIL_MORE) return;
    this.#turns = 0;
    this.keys = Math.min(MOST_KEYS, 2 * this.keys);
  }

  /** Resolves after a pause, longer after each failure. */
  async pause() {
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures++, LONGEST_PAUSE);
    await new Promise((resolve) => timers.setTimeout(resolve, pause));
  }
}

module.exports = { Limits, MOST_KEYS };
