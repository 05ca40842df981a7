'use strict';

// The figures of a store that `stats` does not have: the times of syncs, and the last compaction.

const diagnostics = require('node:diagnostics_channel');
const fs = require('node:fs');
const path = require('node:path');

/** The number of syncs whose times are kept. */
const MOST_SYNCS = 1000;

class Measures {
  #inspected;
  /** The times of the last syncs of this process, in milliseconds. */
  #syncs = [];
  /** The data file, and the time at which it was made. */
  #file;
  #made = null;

  /** @param {import('./inspected').Inspected} inspected */
  constructor(inspected) {
    this.#inspected = inspected;
    diagnostics.subscribe('persist-lock:sync', ({ duration, error }) => {
      if (error !== undefined) return;
      this.#syncs.push(duration);
      if (this.#syncs.length > MOST_SYNCS) this.#syncs.shift();
    });
  }

  /** Resolves with all figures. */
  async read() {
    const stats = await this.#inspected.store.stats();
    const sorted = [...this.#syncs].sort((one, other) => one - other);
    const at = (share) => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];
    return {
      ...stats,
      sync: sorted.length === 0 ? null : { median: at(0.5), high: at(0.99), count: sorted.length },
      compacted: this.#compacted(),
      now: Date.now(),
    };
  }

  /**
   * Gives the time of the last compaction, by any process: it made the present data file. `null` if
   * there was none, or the file system does not keep such times.
   */
  #compacted() {
    const file = this.#inspected.files?.dataFile();
    if (file === undefined || file === this.#file) return this.#made;
    this.#file = file;
    const isFirst = path.basename(file) === 'data.1.jsonl';
    const isNumbered = /^data\.\d+\.jsonl$/.test(path.basename(file));
    this.#made = isNumbered && !isFirst ? fs.statSync(file).birthtimeMs || null : null;
    return this.#made;
  }
}

module.exports = { Measures };
