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

  add(source) {
    this.sources.set(source, this.own.size);
  }

  /** Takes over the watchers that were called for after these, whose own commits are the last here. */
  absorb({ sources, own }) {
    for (const commit of own) this.own.add(commit);
    const before = this.own.size - own.size;
    for (const [source, count] of sources) this.sources.set(source, before + count);
  }
}

module.exports = { Joining };
