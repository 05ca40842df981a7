'use strict';

// The items of an import: gathers them, and puts them into as few commits as memory allows.

const { importItems } = require('../import');

/** The size at which items are committed, in bytes of JSON text: a commit is built in memory. */
const COMMIT_SIZE = 64 * 2 ** 20;

class Commits {
  /** The number of items stored. */
  imported = 0;
  /** The number of items left out because they have expired. */
  expired = 0;
  #engine;
  #items = [];
  #size = 0;

  /**
   * @param {import('../engine').Engine} engine
   */
  constructor(engine) {
    this.#engine = engine;
  }

  /** True if the items added must be committed before more are added. */
  get isFull() {
    return this.#size >= COMMIT_SIZE;
  }

  /** Adds an item of so many bytes, unless it has expired. */
  add(item, size) {
    if (item.expires <= Date.now()) {
      this.expired++;
      return;
    }
    this.#items.push(item);
    this.#size += size;
  }

  /** Stores the items added. */
  async commit() {
    const items = this.#items;
    this.#items = [];
    this.#size = 0;
    if (items.length > 0) await importItems(this.#engine, items);
    this.imported += items.length;
  }
}

module.exports = { Commits };
