'use strict';

// The JSON texts of values that were read lately, by their keys. It knows nothing of their being up to date.
//
// Two generations: what is asked for moves from the old one to the young one, and when that is full it becomes the old one. To
// move entries within one Map instead would make it ever slower, since it steps over what was deleted.

/** How much a generation holds, in characters; some are counted for what an entry costs by itself. */
const GENERATION = 8 * 2 ** 20;
const ENTRY = 64;

class Texts {
  #young = new Map();
  #old = new Map();
  #room = GENERATION;

  get(key) {
    const text = this.#young.get(key);
    if (text !== undefined) return text;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key, text) {
    const size = key.length + text.length + ENTRY;
    // One that would drive out everything else is not kept.
    if (size > GENERATION / 4) return this.delete(key);
    this.#room -= size;
    if (this.#room < 0) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#room = GENERATION - size;
    }
    this.#young.set(key, text);
  }

  delete(key) {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  get isEmpty() {
    return this.#young.size + this.#old.size === 0;
  }

  clear() {
    if (this.isEmpty) return;
    this.#young = new Map();
    this.#old = new Map();
    this.#room = GENERATION;
  }
}

module.exports = { Texts };
