'use strict';

// The cache: the values of items that are read often, by their keys. Every reader gets a copy. It
// must not know how long an item is up to date.
//
// V8 takes longer to keep and move a value than the native side to give its text. So values of items
// that are not read often do not belong here. A full cache starts over.

const { LARGEST, Original } = require('../copy');

/** The most that the cache holds, in characters, and the part of it that an entry itself takes. */
const ROOM = 16 * 2 ** 20;
const ENTRY = 64;
/** The memory that a usual value takes, in multiples of its text. */
const VALUE_SIZE = 2;

class Cache {
  #codec;
  /** @type {Map<string, Original>} */
  #values = new Map();
  #room = ROOM;

  constructor(codec) {
    this.#codec = codec;
  }

  /** Gives the value of a key, of which each reader takes a copy; `undefined` if it is not cached. */
  original(key) {
    return this.#values.get(key);
  }

  /** Adds a value, of whose text it is told the length. The caller may change the value later. */
  add(key, value, length) {
    // Only JSON can copy a larger value.
    const copy = length > LARGEST ? undefined : this.#codec.copyOf(value);
    if (copy === undefined) return;
    const size = key.length + ENTRY + VALUE_SIZE * length;
    if (size > this.#room) this.clear();
    this.#room -= size;
    this.#values.set(key, new Original(copy));
  }

  delete(key) {
    this.#values.delete(key);
  }

  /** Forgets all values. */
  clear() {
    if (this.#values.size === 0) return;
    this.#values = new Map();
    this.#room = ROOM;
  }
}

module.exports = { Cache };
