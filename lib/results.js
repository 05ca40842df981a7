'use strict';

// Turns the results of an engine into those of its callers: keys without the prefix of a part, and
// values by the codec. Knows nothing of the engine.

class Results {
  #codec;
  #prefix;
  /** True if keys and values are as the engine gives them. */
  #isPlain;

  /**
   * @param {import('./codec').Codec} codec
   * @param {string} prefix '' for a whole store
   */
  constructor(codec, prefix) {
    this.#codec = codec;
    this.#prefix = prefix;
    this.#isPlain = !codec.isCustom && prefix === '';
  }

  /** The kind that values are listed as: with their keys where an error may have to name one. */
  get kindOfValues() {
    return this.#codec.isCustom ? 'entries' : 'values';
  }

  key(key) {
    return this.#prefix === '' ? key : key.slice(this.#prefix.length);
  }

  keys(keys) {
    return this.#prefix === '' ? keys : keys.map((key) => this.key(key));
  }

  /** Makes the values of a list of `kindOfValues`. */
  values(list) {
    if (!this.#codec.isCustom) return list;
    return list.map(([key, value]) => this.#codec.revive(value, key));
  }

  /** Makes a map of a list of entries. */
  map(list) {
    return new Map(this.entries(list));
  }

  /** Makes the `Date` of an expiry, if an item has one. */
  expiry(expires) {
    return typeof expires === 'number' ? new Date(expires) : expires;
  }

  entry([key, value]) {
    return [this.key(key), this.#codec.revive(value, key)];
  }

  entries(list) {
    return this.#isPlain ? list : list.map((entry) => this.entry(entry));
  }

  change(change) {
    const { key, value, expires, removed } = change;
    return {
      ...change,
      key: this.key(key),
      value: removed ? undefined : this.#codec.revive(value, key),
      expires: this.expiry(expires),
    };
  }
}

module.exports = { Results };
