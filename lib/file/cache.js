'use strict';

// The cache: items that were read lately, by their keys. It has the JSON text of a value, or, if the value is read often, the value
// itself, of which every reader gets a copy. It must not know how long an item is up to date.
//
// It has two generations. An entry that is read moves from the old one to the young one; when the young one is full, it becomes the
// old one. Moving entries within one Map would make that ever slower, since a Map steps over its deleted entries.

const { LARGEST, copyOf } = require('../copy');

/** The size of a generation, in characters of JSON text, and the part of it that is counted for an entry itself. */
const GENERATION = 8 * 2 ** 20;
const ENTRY = 64;
/** Once a generation is full, one of so many texts is kept: an item that is read again and again is soon among them. */
const ONE_TEXT_OF = 4;
/** At one of so many reads of a text its value is kept: an object that stays for long costs V8 as much as some reads. */
const ONE_VALUE_OF = 64;
/** The memory that a value takes, in multiples of its text. */
const VALUE_SIZE = 4;

/** A cached value, of which only copies are handed out. */
class Kept {
  constructor(value, size) {
    this.value = value;
    this.size = size;
  }
}

class Cache {
  #codec;
  /** @type {Map<string, string | Kept>} */
  #young = new Map();
  #old = new Map();
  #room = GENERATION;
  #offered = 0;
  #parsed = 0;

  constructor(codec) {
    this.#codec = codec;
  }

  /** Gives the value of a key, which is the caller's own; `undefined` if it is not cached. */
  value(key) {
    const entry = this.#find(key);
    if (entry === undefined) return undefined;
    if (typeof entry !== 'string') return copyOf(entry.value);
    const value = this.#codec.decode(entry, key);
    if (++this.#parsed % ONE_VALUE_OF === 0) this.#keep(key, value, entry.length);
    return value;
  }

  /** Adds the JSON text of a value that was read. */
  add(key, text) {
    if (this.#old.size > 0 && ++this.#offered % ONE_TEXT_OF > 0) return;
    // A text that would drive out all others is not kept.
    if (text.length <= GENERATION / 4) this.#add(key, text);
  }

  delete(key) {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  #find(key) {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#add(key, old);
    return old;
  }

  #add(key, entry) {
    const size = key.length + ENTRY + (typeof entry === 'string' ? entry.length : entry.size);
    this.#room -= size;
    if (this.#room < 0) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#room = GENERATION - size;
    }
    this.#young.set(key, entry);
  }

  /** Keeps a value instead of its text, if it can be copied without JSON. */
  #keep(key, value, length) {
    const copy = length > LARGEST ? undefined : this.#codec.copyOf(value);
    if (copy !== undefined) this.#add(key, new Kept(copy, VALUE_SIZE * length));
  }
}

module.exports = { Cache };
