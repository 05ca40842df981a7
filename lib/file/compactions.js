'use strict';

// Compaction in the background, one at a time. Nobody waits for it but `close`, and nobody is told if it fails: the store does
// without it, and tries again when the file has grown.

class Compactions {
  #native;
  #observation;
  #underWay;

  constructor(native, observation) {
    this.#native = native;
    this.#observation = observation;
  }

  /** Begins one if the file is worth it, unless one is under way. It keeps the process alive until it has ended. */
  beginIfWanted() {
    if (this.#underWay !== undefined || !this.#native._wantsCompaction()) return;
    this.#underWay = this.#observation
      .compacting(() => this.#native._compact(false))
      .catch(() => {})
      .finally(() => (this.#underWay = undefined));
  }

  /** Resolves when none is under way. */
  async finish() {
    await this.#underWay;
  }
}

module.exports = { Compactions };
