'use strict';

// Tells a browser of the changes of a store, gathered for a moment: the page draws them together.

const timers = require('../timers');

/** The time between two events, in milliseconds, and the number of changes that are sent at once. */
const INTERVAL = 50;
const MOST = 5000;

const EVERYTHING = {
  prefix: '',
  key: undefined,
  since: undefined,
  initial: false,
  keepAlive: false,
};

/**
 * Watches a store until the browser has gone, or the watcher fails.
 *
 * @param {import('../engine').Engine} engine
 * @param {import('./event-stream').EventStream} stream
 */
async function tellChanges(engine, stream) {
  const source = engine.watch(EVERYTHING);
  stream.onClose(() => source.end());
  const batch = new Batch(stream);
  try {
    for (let changes; (changes = await source.next()) !== undefined;) await batch.add(changes);
  } finally {
    source.end();
    batch.end();
  }
}

class Batch {
  #stream;
  #changes = [];
  #timer;
  /** The promise of the event before, which never rejects. */
  #sent = Promise.resolve();

  constructor(stream) {
    this.#stream = stream;
  }

  /** Takes changes; resolves once the browser can take more. */
  async add(changes) {
    // The values stay here: the page asks for the one that it shows.
    for (const { commit, key, removed, expires } of changes) {
      this.#changes.push([commit, key, removed, expires]);
    }
    if (this.#changes.length > MOST) this.#send();
    else this.#timer ??= timers.setTimeout(() => this.#send(), INTERVAL);
    await this.#sent;
  }

  #send() {
    this.end();
    const changes = this.#changes;
    this.#changes = [];
    this.#sent = this.#stream.send('changes', changes);
  }

  end() {
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

module.exports = { tellChanges };
