'use strict';

// The engine that stores items in PostgreSQL: puts its parts together. `lib/engine.js` describes its
// methods. It has no blocking calls, no `backup` and no `compact`.

const { makeContext } = require('./context');
const { identityOf } = require('./identity');
const { listLocks } = require('./lock-list');
const { PostgresSweeps } = require('./sweeps');
const { Watches } = require('./watch');
const { PostgresWriter } = require('./writer');
const { BaseEngine } = require('../base-engine');
const { Observation } = require('../observation');

/** @implements {import('../engine').Engine} */
class PostgresEngine extends BaseEngine {
  #context;
  #watches;

  /**
   * @param {object} options the checked ones of the class
   * @param {import('../codec').Codec} codec
   */
  constructor(options, codec) {
    const observation = new Observation(`${options.schema}.${options.table}`);
    const context = makeContext(options, codec, observation);
    const { lifecycle, reads, listings, changeLog } = context;
    const writer = new PostgresWriter(context);
    context.writer = writer;
    const sweeps = new PostgresSweeps(context);
    const watches = new Watches(context);
    const finishing = [sweeps, writer, changeLog, watches];
    super(options, { lifecycle, reads, listings, watches, writer, sweeps, finishing });
    this.#context = context;
    this.#watches = watches;
  }

  /**
   * Resolves with a text that only instances of the same store share, `undefined` if its tables are
   * not there. Makes none, unlike all other methods.
   */
  identity() {
    const { connections, names } = this.#context;
    return identityOf(connections, names);
  }

  async stats() {
    const { listings, observation, connections } = this.#context;
    const { items, expired } = await listings.sizes();
    const { commits, waits, waitTime } = observation.counts;
    const { open } = connections.sizes;
    const watchers = this.#watches.count;
    return { items, expired, commits, waits, waitTime, watchers, connections: open };
  }

  locks() {
    return listLocks(this.#context);
  }
}

module.exports = { PostgresEngine };
