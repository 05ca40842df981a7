'use strict';

// The calls that no turn has looked at yet, or that are to be looked at again, in their order.

const { Puts } = require('./write');

class Queue {
  /** @type {import('./write').Call[]} */
  #calls = [];
  #holdsOnlyPuts = true;
  /** The call that takes more puts, as long as nothing else was asked for. */
  #openPuts;

  get isEmpty() {
    return this.#calls.length === 0;
  }

  /** Whether it holds no calls but puts. */
  get holdsOnlyPuts() {
    return this.#holdsOnlyPuts;
  }

  /** Whether it holds so many puts, and nothing else, that they should not wait for more. */
  get isHeavy() {
    return this.#holdsOnlyPuts && this.#openPuts?.isFull === true;
  }

  /** The last call, if that is to take one more put. */
  get openPuts() {
    return this.#openPuts?.isFull === false ? this.#openPuts : undefined;
  }

  [Symbol.iterator]() {
    return this.#calls.values();
  }

  /** Puts a call behind all others. If it is one of puts, it may be left open for more. */
  push(call, isOpen) {
    this.#calls.push(call);
    this.#openPuts = isOpen ? call : undefined;
    if (!(call instanceof Puts)) this.#holdsOnlyPuts = false;
  }

  /** Puts calls in their places among those that were asked for before and after. */
  putFirst(calls) {
    const all = calls.concat(this.#calls);
    // Mostly they are in order: to sort many thousands of them after each part that is run of them would take longer than that.
    this.#calls = isInOrder(all) ? all : all.sort((one, other) => one.order - other.order);
    this.#holdsOnlyPuts = false;
  }

  /** Hands out all calls, and is empty then. */
  take() {
    const calls = this.#calls;
    this.#calls = [];
    this.#holdsOnlyPuts = true;
    this.#openPuts = undefined;
    return calls;
  }
}

function isInOrder(calls) {
  for (let at = 1; at < calls.length; at++) {
    if (calls[at].order < calls[at - 1].order) return false;
  }
  return true;
}

module.exports = { Queue };
