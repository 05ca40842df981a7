'use strict';

// The blocking calls of the file engine: each does what its twin in `engine.js` does, on the
// calling thread. `lib/engine.js` describes them. Must not know what a call does.

const { closeInsideError } = require('../errors');

const NOTHING = () => {};

/** @implements {import('../engine').BlockingCalls} */
class BlockingCalls {
  #lifecycle;
  #reads;
  #listings;
  #writer;
  #checkWritable;
  #endWork;

  /**
   * @param {object} parts the parts of the engine
   * @param {() => void} parts.checkWritable throws if no call may change anything
   * @param {() => void} parts.endWork ends the work of the engine that no call waits for
   */
  constructor({ lifecycle, reads, listings, writer, checkWritable, endWork }) {
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#listings = listings;
    this.#writer = writer;
    this.#checkWritable = checkWritable;
    this.#endWork = endWork;
  }

  open() {
    this.#lifecycle.readNow(NOTHING);
  }

  close() {
    if (this.#lifecycle.isClosed) return;
    if (this.#writer.isEntered) throw closeInsideError('closeSync');
    this.#lifecycle.closeNow(() => this.#writer.finishNow(), this.#endWork);
  }

  value(key) {
    return this.#reads.valueNow(key);
  }

  has(key) {
    return this.#reads.hasNow(key);
  }

  expiry(key) {
    return this.#reads.expiryNow(key);
  }

  item(key, now) {
    return this.#reads.itemNow(key, now);
  }

  list(kind, choice) {
    return this.#listings.listNow(kind, choice);
  }

  count(choice) {
    return this.#listings.countNow(choice);
  }

  submit(call) {
    this.#checkWritable();
    return this.#writer.runNow(call);
  }
}

module.exports = { BlockingCalls };
