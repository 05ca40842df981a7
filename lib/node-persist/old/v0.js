'use strict';

// node-persist 0's LocalStorage: as that of version 1, but `getItem` returns the value, listings have callbacks, and keys have numbers.

const v1 = require('./v1');
const { COMMON } = require('./options');

const DEFAULTS = { ...COMMON, dir: 'persist' };

class LocalStorage extends v1.LocalStorage {
  constructor(options) {
    super(options, DEFAULTS);
  }

  reading() {
    return { ...super.reading(), version: 0 };
  }

  nameOf(key) {
    return key;
  }

  /** Gives a key by its place in the order of the keys. */
  key(at) {
    return this.keys()[at] ?? null;
  }

  values(callback) {
    const values = super.values();
    if (typeof callback === 'function') callback(values);
    return values;
  }

  valuesWithKeyMatch(match, callback) {
    const values = super.valuesWithKeyMatch(match);
    if (typeof callback === 'function') callback(values);
    return values;
  }

  /** Returns the value. Of an item that has expired it returns nothing, and tells a callback `null`. */
  getItem(key, callback) {
    const isExpired = this.isExpired(key);
    const value = this.getItemSync(key);
    if (typeof callback === 'function') callback(null, isExpired ? null : value);
    return value;
  }
}

module.exports = { LocalStorage };
