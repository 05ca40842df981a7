'use strict';

// The items that were read lately, by their keys: the JSON text of a value, and of one that is read often the value itself, of which
// every reader gets a copy. It knows nothing of their being up to date.
//
// Two generations: what is asked for moves from the old one to the young one, and when that is full it becomes the old one. To
// move entries within one Map instead would make it ever slower, since it steps over what was deleted.

const { LARGEST, copyOf } = require('../copy');

/** How much a generation holds, in characters of JSON text; some are counted for what an entry costs by itself. */
const GENERATION = 8 * 2 ** 20;
const ENTRY = 64;
/** When there is more than fits, one of so many texts is kept: what is asked for again and again is soon among them. */
const ONE_TEXT_OF = 4;
/** At one of so many reads of a text its value is kept. To make what is to stay for long costs V8 as much as some reads. */
const ONE_VALUE_OF = 64;
/** A value takes so many times the memory of its text. */
const VALUE_SIZE = 4;

/** A value that is never handed out itself. */
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

  /** The value of a key, the caller's own; `undefined` if it is not known. */
  value(key) {
    const known = this.#find(key);
    if (known === undefined) return undefined;
    if (typeof known !== 'string') return copyOf(known.value);
    const value = this.#codec.decode(known, key);
    if (++this.#parsed % ONE_VALUE_OF === 0) this.#keep(key, value, known.length);
    return value;
  }

  /** The JSON text of a key's value has been read. */
  add(key, text) {
    if (this.#old.size > 0 && ++this.#offered % ONE_TEXT_OF > 0) return;
    // One that would drive out everything else is not kept.
    if (text.length <= GENERATION / 4) this.#add(key, text);
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

  #find(key) {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#add(key, old);
    return old;
  }

  #add(key, known) {
    const size = key.length + ENTRY + (typeof known === 'string' ? known.length : known.size);
    this.#room -= size;
    if (this.#room < 0) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#room = GENERATION - size;
    }
    this.#young.set(key, known);
  }

  /** Keeps a value in place of its text, if copies of it are had without JSON. */
  #keep(key, value, length) {
    const copy = length > LARGEST ? undefined : this.#codec.copyOf(value);
    if (copy !== undefined) this.#add(key, new Kept(copy, VALUE_SIZE * length));
  }
}

module.exports = { Cache };
