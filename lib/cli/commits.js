'use strict';

// The items of an import on their way into the store: gathered, and put into as few commits as memory allows.

const { importItems } = require('../import');

/** How many bytes of JSON text make one commit, which is built in memory. */
const COMMIT_SIZE = 64 * 2 ** 20;

class Commits {
  /** How many items have been stored. */
  imported = 0;
  /** How many were left out, since they have expired. */
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

  /** Whether what has been added is to be committed before more is. */
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

  /** Resolves when all that has been added is stored. */
  async commit() {
    const items = this.#items;
    this.#items = [];
    this.#size = 0;
    if (items.length > 0) await importItems(this.#engine, items);
    this.imported += items.length;
  }
}

module.exports = { Commits };
