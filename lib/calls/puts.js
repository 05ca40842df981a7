'use strict';

// Sets made one after another, batched into one call: most of a set's cost is its promise, so they
// share one. It is a way of batching, and no promise that they are one commit.

const { Call } = require('./call');

/** The length at which a call of puts is full, in characters. */
const FULL = 64 * 1024;

class Puts extends Call {
  #items = [];
  #count = 0;
  #length = 0;
  #promise;
  #most;
  /** The promise of its items that others store. */
  #others;

  /**
   * @param {object} terms as for `Call`
   * @param {number} [most] the number of items at which it is full
   */
  constructor(terms, most = Infinity) {
    super(terms);
    this.#most = most;
  }

  /** Adds an item. Only while no turn has looked at the call. */
  add(item) {
    this.#items.push(item);
    this.#length += item.length;
    this.#count++;
  }

  get count() {
    return this.#count;
  }

  /** True if items of several sets share it. */
  get isBatch() {
    return this.#items.length > 1;
  }

  /** Its items, in their order. */
  get items() {
    return this.#items;
  }

  /**
   * Leaves the items of some keys to other calls. It resolves after these. Returns the items.
   *
   * @param {Set<string>} keyTexts
   */
  leave(keyTexts) {
    const isLeft = ({ key }) => keyTexts.has(JSON.stringify(key));
    const left = this.#items.filter(isLeft);
    this.#items = this.#items.filter((item) => !isLeft(item));
    return left;
  }

  /** Lets it resolve, or reject, as a promise of other calls does. */
  awaitOthers(promise) {
    this.#others = promise;
  }

  /** True if no more items should be added. */
  get isFull() {
    return this.#length > FULL || this.#count >= this.#most;
  }

  promise() {
    return (this.#promise ??= super.promise());
  }

  get keys() {
    return this.#items.map(({ key }) => key);
  }

  get keyTexts() {
    return this.#items.map(({ key }) => JSON.stringify(key));
  }

  run(turn) {
    for (const item of this.#items) turn.change(item);
    return this.#others;
  }

  committed() {
    super.committed();
    // V8 may collect the items while the sync is under way.
    this.#items = [];
  }
}

module.exports = { Puts };
