'use strict';

// The items that were read lately, by their keys: the JSON text of a value at first, and when it is read again the value itself, of
// which every reader gets a copy. It knows nothing of their being up to date.
//
// Two generations: what is asked for moves from the old one to the young one, and when that is full it becomes the old one. To
// move entries within one Map instead would make it ever slower, since it steps over what was deleted.

const { LARGEST, copyOf } = require('./copy');

/** How much a generation holds, in characters of JSON text; some are counted for what an entry costs by itself. */
const GENERATION = 8 * 2 ** 20;
const ENTRY = 64;
/** When there is more than fits, one of so many is kept: what is asked for again and again is soon among them. */
const ONE_OF = 4;
/** A value takes so many times the memory of its text. */
const VALUE = 4;

class Entry {
  /** What the text says, once that has been asked for again. */
  value = undefined;

  constructor(key, text) {
    this.text = text;
    this.size = key.length + text.length + ENTRY;
  }
}

class Known {
  #codec;
  #young = new Map();
  #old = new Map();
  #room = GENERATION;
  #offered = 0;

  constructor(codec) {
    this.#codec = codec;
  }

  /** The value of a key, the caller's own; `undefined` if it is not known. */
  value(key) {
    const entry = this.#find(key);
    if (entry === undefined) return undefined;
    return entry.value === undefined ? this.#decode(entry, key) : copyOf(entry.value);
  }

  /** The JSON text of a key's value has been read. */
  add(key, text) {
    if (this.#old.size > 0 && ++this.#offered % ONE_OF > 0) return;
    const entry = new Entry(key, text);
    // One that would drive out everything else is not kept.
    if (entry.size <= GENERATION / 4) this.#add(key, entry);
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

  #add(key, entry) {
    this.#room -= entry.size;
    if (this.#room < 0) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#room = GENERATION - entry.size;
    }
    this.#young.set(key, entry);
  }

  #decode(entry, key) {
    const { text } = entry;
    const value = this.#codec.decode(text, key);
    const copy = this.#codec.isCustom || text.length > LARGEST ? undefined : copyOf(value);
    if (copy === undefined) return value;
    const more = (VALUE - 1) * text.length;
    this.#room -= more;
    entry.size += more;
    entry.value = copy;
    entry.text = undefined;
    return value;
  }
}

module.exports = { Known };
