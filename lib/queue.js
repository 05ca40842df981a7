'use strict';

// The calls that no turn has looked at yet, or that are to be looked at again, in their order.

const { Put } = require('./write');

/** How many characters of puts, asked for in one go, are not left to wait for the end of that. */
const HANDED_OVER_AT = 64 * 1024;

class Queue {
  /** @type {import('./write').Call[]} */
  #calls = [];
  #holdsOnlyPuts = true;
  /** How long the puts are together, in characters. */
  #putLength = 0;

  get isEmpty() {
    return this.#calls.length === 0;
  }

  /** Whether it holds so many puts, and nothing else, that they should not wait for more. */
  get isHeavy() {
    return this.#putLength > HANDED_OVER_AT && this.#holdsOnlyPuts;
  }

  [Symbol.iterator]() {
    return this.#calls.values();
  }

  push(call) {
    this.#calls.push(call);
    if (call instanceof Put) this.#putLength += call.line.length;
    else this.#holdsOnlyPuts = false;
  }

  /** Puts calls in front of those that came later. */
  putFirst(calls) {
    calls.sort((one, other) => one.order - other.order);
    this.#calls = calls.concat(this.#calls);
    this.#holdsOnlyPuts = false;
  }

  /** Hands out all calls, and is empty then. */
  take() {
    const calls = this.#calls;
    this.#calls = [];
    this.#holdsOnlyPuts = true;
    this.#putLength = 0;
    return calls;
  }
}

module.exports = { Queue };
