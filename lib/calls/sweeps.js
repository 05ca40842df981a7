'use strict';

// The removals of expired items that are under way. Engines differ in how they remove: each extends
// this class with `sweep`.

class Sweeps {
  /** @type {Set<Promise<number>>} */
  #underWay = new Set();

  /** True while a sweep is under way. */
  get isUnderWay() {
    return this.#underWay.size > 0;
  }

  /**
   * Removes the items that have expired. Resolves with their number.
   *
   * @param {() => boolean} [isOver] for a sweep that no call asked for: returns true once the rest is
   *   left for later. Such a sweep does not keep the process alive.
   */
  run(isOver) {
    const swept = this.sweep(isOver);
    this.#underWay.add(swept);
    const forget = () => this.#underWay.delete(swept);
    swept.then(forget, forget);
    return swept;
  }

  /**
   * Removes them if there are any, and no sweep is under way. No call asked for it.
   *
   * @param {() => boolean} isOver
   */
  async runIdly(isOver) {
    try {
      if (!this.isUnderWay && (await this.isNeeded())) await this.run(isOver);
    } catch {
      // The next call of the user's meets the same error.
    }
  }

  /**
   * Returns false if no item has expired: a look may cost less than a sweep. The class of an engine may
   * override it.
   */
  isNeeded() {
    return true;
  }

  /** Resolves when no sweep is under way. */
  async finish() {
    await Promise.allSettled(this.#underWay);
  }
}

module.exports = { Sweeps };
