'use strict';

// The watchers that begin at the same moment, and the commits that they are told although these may
// have ended before that moment.

class Joining {
  /**
   * The watchers, each with the number of own commits before its call.
   * @type {Map<import('./watch-source').WatchSource, number>}
   */
  sources = new Map();
  /** The commits of this process since the first call. @type {Set<number>} */
  own = new Set();
  /** Those of them that have not been answered. @type {Set<Promise<unknown>>} */
  #underWay = new Set();

  add(source) {
    this.sources.set(source, this.own.size);
  }

  /** Lets the watchers wait for a commit before they begin: its answer tells its number. */
  awaitCommit(commit) {
    this.#underWay.add(commit);
    const forget = () => this.#underWay.delete(commit);
    commit.then(forget, forget);
  }

  /** Resolves once the commits that are under way now have been answered. */
  async answers() {
    if (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /** Takes over the watchers that were called for after these, whose own commits are the last here. */
  absorb(next) {
    const { sources, own } = next;
    for (const commit of next.#underWay) this.awaitCommit(commit);
    for (const commit of own) this.own.add(commit);
    const before = this.own.size - own.size;
    for (const [source, count] of sources) this.sources.set(source, before + count);
  }
}

module.exports = { Joining };
