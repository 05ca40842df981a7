'use strict';

// What a turn may change of a key. Each has the key, the line that says so in the file and about its length in characters, and, if
// the key is to have a value, its JSON text and its expiry.

const { itemLine, removalLine, valueOf } = require('../codec');

/** An item whose value was made in the turn: it may be changed again, so that its line is made at the end. */
class ChangedItem {
  #json;

  /**
   * @param {string | undefined} json the value's JSON text, if it is not to be made of the value
   * @param {unknown} [value] the value as it will be read, if it is known: it must not change before it is committed
   * @param {number} [length] about the length of the JSON text
   */
  constructor(key, json, expires, value, length = json.length) {
    this.key = key;
    this.#json = json;
    this.length = key.length + length;
    this.expires = expires;
    this.value = value;
  }

  get json() {
    return this.#json ?? JSON.stringify(this.value);
  }

  get line() {
    return itemLine(JSON.stringify(this.key), this.json, this.expires);
  }
}

/** An item whose line was made at the call. There may be many thousands at once. */
class EncodedItem {
  constructor(key, line, expires) {
    this.key = key;
    this.line = line;
    this.expires = expires;
  }

  get length() {
    return this.line.length;
  }

  get json() {
    return valueOf(this.line, JSON.stringify(this.key), this.expires);
  }
}

/** A key that is to have no value. */
class Removal {
  constructor(key) {
    this.key = key;
  }

  get length() {
    return this.key.length;
  }

  get line() {
    return removalLine(JSON.stringify(this.key));
  }
}

module.exports = { ChangedItem, EncodedItem, Removal };
