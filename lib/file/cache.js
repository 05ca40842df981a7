'use strict';

// The cache: the values of items that are read often, by their keys. Every reader gets a copy. It
// must not know how long an item is up to date.
//
// V8 takes longer to keep and move a value than the native side to give its text. So a value is
// added only when it is read for the second time among recent reads: a walk through a large store
// adds next to nothing. A full cache starts over.

const { LARGEST, copyAgain } = require('../copy');

/** The most that the cache holds, in characters, and the part of it that an entry itself takes. */
const ROOM = 16 * 2 ** 20;
const ENTRY = 64;
/** The memory that a usual value takes, in multiples of its text. */
const VALUE_SIZE = 2;
/** The number of reads that are remembered, at most; a power of two. */
const RECENT = 2 ** 14;
/** The most characters of a key that its hash depends on. */
const HASHED = 32;

class Cache {
  #codec;
  #values = new Map();
  #room = ROOM;
  /**
   * The keys that were read last: the lower bits of a key's hash choose its slot, the upper ones
   * mark it there. A key takes the slot of an earlier one.
   */
  #recent = new Uint16Array(RECENT);

  constructor(codec) {
    this.#codec = codec;
  }

  /** Gives the value of a key, which is the caller's own; `undefined` if it is not cached. */
  value(key) {
    const value = this.#values.get(key);
    return value === undefined ? undefined : copyAgain(value);
  }

  /**
   * Notes that a value was read from the store, and the length of its text. Adds the value if its
   * key was noted before.
   */
  add(key, value, length) {
    const hash = hashOf(key);
    const slot = hash & (RECENT - 1);
    const mark = hash >>> 16;
    if (this.#recent[slot] === mark) this.#add(key, value, length);
    else this.#recent[slot] = mark;
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

  #add(key, value, length) {
    // Only JSON can copy a larger value.
    const copy = length > LARGEST ? undefined : this.#codec.copyOf(value);
    if (copy === undefined) return;
    const size = key.length + ENTRY + VALUE_SIZE * length;
    if (size > this.#room) this.clear();
    this.#room -= size;
    this.#values.set(key, copy);
  }
}

/** Hashes a key: all characters of a short one, and every second, third… of a longer one. */
function hashOf(key) {
  let hash = key.length;
  const step = Math.ceil(key.length / HASHED);
  for (let at = 0; at < key.length; at += step) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x9e3779b1);
  }
  return hash ^ (hash >>> 15);
}

module.exports = { Cache };
