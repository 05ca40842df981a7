'use strict';

// Compactions: those that the user asks for, and those in the background, one at a time. Only `close` waits for one in the background,
// and nobody is told if it fails: the store does without it, and tries again when the file has grown.

const { fromNative } = require('./native-errors');

class Compactions {
  #native;
  #reads;
  #observation;
  /** The one in the background that is under way. */
  #underWay;

  constructor(native, reads, observation) {
    this.#native = native;
    this.#reads = reads;
    this.#observation = observation;
  }

  /** Begins one in the background, unless one is under way. It keeps the process alive until it has ended. */
  begin() {
    if (this.#underWay !== undefined) return;
    this.#underWay = this.run(false)
      .catch(() => {})
      .finally(() => (this.#underWay = undefined));
  }

  /** Compacts the data file. If another instance does so already, it waits for that one, or leaves it at that if not `waits`. */
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
    await this.#underWay;
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
