'use strict';

// The items that a turn knows, and the changes that it can make to a key. Knows nothing of the form
// in which an engine stores them.
//
// An item, changed or not, has its `key`, the JSON text of its value as `json`, and its expiry in
// milliseconds since 1970 as `expires`; `undefined` is never. A change has about the `length` of its
// record, in characters.

/** An item as it is stored: no call of the turn has changed it. */
class StoredItem {
  constructor(key, json, expires) {
    this.key = key;
    this.json = json;
    this.expires = expires;
    /** The item that is stored before the turn's commit. */
    this.stored = this;
  }
}

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
}

/**
 * An item whose value or expiry depends on what is there. Later calls of the turn may change it again,
 * so its JSON text is made last.
 */
class EditedItem {
  /**
   * @param {unknown} value the value as it will be read: it must not change before it is committed
   * @param {string | undefined} json the value's JSON text, if it cannot be made of `value`
   * @param {number} length about the length of the JSON text
   * @param {StoredItem | undefined} stored the item that is stored, if there is one and it is known
   */
  constructor(key, value, json, length, stored) {
    this.key = key;
    this.value = value;
    this.text = json;
    this.length = key.length + length;
    this.expires = undefined;
    this.stored = stored;
  }

  /** True if `value` came from `copyOf`. Of other items only the JSON text tells the value. */
  get isCopied() {
    return this.text === undefined;
  }

  get json() {
    return this.text ?? JSON.stringify(this.value);
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

/**
 * @typedef {StoredItem | SetItem | EditedItem} Item
 * @typedef {SetItem | EditedItem | Removal} Change
 */

/** Returns true if the very item that a change makes, with this JSON text, is stored already. */
function changesNothing({ stored, expires }, json) {
  return stored !== undefined && stored.expires === expires && stored.json === json;
}

module.exports = { EditedItem, Removal, SetItem, StoredItem, changesNothing };
