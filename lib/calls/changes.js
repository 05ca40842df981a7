'use strict';

// The changes that a turn can make to a key. Each has the key and about the length of its record,
// in characters; a change that sets an item also has the value's JSON text and the expiry. Knows
// nothing of the form in which an engine stores them.

/** An item whose JSON text was made at the call. Many thousands may wait at once. */
class SetItem {
  constructor(key, json, expires) {
    this.key = key;
    this.json = json;
    this.expires = expires;
  }

  get length() {
    return this.key.length + this.json.length;
  }

  /** False: only the JSON text tells the value. */
  get isCopied() {
    return false;
  }
}

/**
 * An item whose value was made in the turn. Later calls of the turn may change it again, so its
 * JSON text is made last.
 */
class EditedItem {
  #json;

  /**
   * @param {unknown} value the value as it will be read: it must not change before it is committed
   * @param {string | undefined} json the value's JSON text, if it cannot be made of `value`
   * @param {number} length about the length of the JSON text
   */
  constructor(key, value, json, length, expires) {
    this.key = key;
    this.value = value;
    this.#json = json;
    this.length = key.length + length;
    this.expires = expires;
  }

  /** True if `value` came from `copyOf`. */
  get isCopied() {
    return this.#json === undefined;
  }

  get json() {
    return this.#json ?? JSON.stringify(this.value);
  }
}

/** The removal of a key's item. */
class Removal {
  constructor(key) {
    this.key = key;
  }

  get length() {
    return this.key.length;
  }
}

module.exports = { EditedItem, Removal, SetItem };
