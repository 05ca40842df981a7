'use strict';

// A call that runs a function on keys. Knows nothing of the engine.

const { Call } = require('./call');

class KeysCall extends Call {
  #keyTexts;

  /**
   * @param {string[] | null} keys `null` for every key
   * @param {(turn: object) => unknown} run
   * @param {object} terms as for `Call`
   */
  constructor(keys, run, terms) {
    super(terms);
    this.keys = keys;
    this.run = run;
  }

  /** The JSON texts of its keys: most calls are never asked for them. */
  get keyTexts() {
    return (this.#keyTexts ??= this.keys && this.keys.map((key) => JSON.stringify(key)));
  }
}

module.exports = { KeysCall };
