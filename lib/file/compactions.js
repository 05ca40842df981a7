'use strict';

// Compactions: those that the user asks for, and those in the background. Only `close` waits for
// the latter, and nobody is told if one fails: the store does without it, and tries again when the
// file has grown.

const { fromNative } = require('./native-errors');

const NOTHING = () => {};

class Compactions {
  #native;
  #reads;
  #observation;
  /**
   * Those in the background whose promises are pending: more than one while blocking calls keep the
   * event loop from turning. One at a time runs.
   */
  #underWay = new Set();

  constructor(native, reads, observation) {
    this.#native = native;
    this.#reads = reads;
    this.#observation = observation;
  }

  /** Begins one in the background. It keeps the process alive until it has ended. */
  begin() {
    const ended = this.run(false)
      .catch(NOTHING)
      .then(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
  }

  /**
   * Compacts the data file. If another instance does so already, waits for that one, or leaves it
   * at that if not `waits`.
   */
  async run(waits) {
    const ended = this.#observation.compacting(() => this.#fileBytes());
    try {
      if (await this.#native.compact(waits)) ended();
    } catch (error) {
      ended(fromNative(error));
      throw error;
    }
  }

  /** Resolves when none is under way in the background. */
  async finish() {
    await Promise.all(this.#underWay);
  }

  #fileBytes() {
    try {
      this.#reads.fresh();
      return this.#native.sizes().fileBytes;
    } catch {
      // The next call of the user's meets the same error.
      return undefined;
    }
  }
}

module.exports = { Compactions };
