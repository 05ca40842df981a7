'use strict';

// What a turn may change of a key. Each has the key, what its value's JSON text and its expiry come to be, if it has a value, and
// the line that says so in the file.

const { itemLine, removalLine, valueOf } = require('./item');

/** An item whose value was made in the turn: it may be changed again, so that its line is made at the end. */
class ChangedItem {
  constructor(key, keyText, json, expires) {
    this.key = key;
    this.keyText = keyText;
    this.json = json;
    this.expires = expires;
  }

  get line() {
    return itemLine(this.keyText, this.json, this.expires);
  }
}

/** An item whose line was made at the call. There may be many thousands at once. */
class EncodedItem {
  constructor(key, line, expires) {
    this.key = key;
    this.line = line;
    this.expires = expires;
  }

  get keyText() {
    return JSON.stringify(this.key);
  }

  get json() {
    return valueOf(this.line, this.keyText, this.expires);
  }
}

/** A key that is to have no value. */
class Removal {
  json = undefined;
  expires = undefined;

  constructor(key, keyText) {
    this.key = key;
    this.keyText = keyText;
  }

  get line() {
    return removalLine(this.keyText);
  }
}

module.exports = { ChangedItem, EncodedItem, Removal };
