'use strict';

// The engine that stores items in PostgreSQL: puts its parts together, and hands each call to one of
// them. `lib/engine.js` describes its methods. It has no blocking calls, no `backup` and no
// `compact`.

const { makeContext } = require('./context');
const { identityOf } = require('./identity');
const { listLocks } = require('./lock-list');
const { PostgresSweeps } = require('./sweeps');
const { Watches } = require('./watch');
const { PostgresWriter } = require('./writer');
const { closeInsideError, closedError } = require('../errors');
const { Observation } = require('../observation');
const { everySoOften } = require('../periodic');

const NOTHING = () => {};

/** @implements {import('../engine').Engine} */
class PostgresEngine {
  /** The instance of the class, which sets this: it is not collected while the engine has calls. */
  instance;
  lockTimeout;
  #context;
  #lifecycle;
  #reads;
  #listings;
  #writer;
  #sweeps;
  #watches;
  #observation;
  #endPeriodic = () => {};

  /**
   * @param {object} options the checked ones of the class
   * @param {import('../codec').Codec} codec
   */
  constructor(options, codec) {
    const { schema, table, lockTimeout, expiredInterval } = options;
    this.lockTimeout = lockTimeout;
    this.#observation = new Observation(`${schema}.${table}`);
    const context = makeContext(options, codec, this.#observation);
    context.writer = new PostgresWriter(context);
    this.#context = context;
    this.#lifecycle = context.lifecycle;
    this.#reads = context.reads;
    this.#listings = context.listings;
    this.#writer = context.writer;
    this.#sweeps = new PostgresSweeps(context);
    this.#watches = new Watches(context);
    if (expiredInterval !== false) {
      this.#endPeriodic = everySoOften(this, expiredInterval, PostgresEngine.#sweepIdly);
    }
  }

  open() {
    return this.#lifecycle.read(NOTHING);
  }

  /**
   * Resolves with a text that only instances of the same store share, `undefined` if its tables are
   * not there. Makes none, unlike all other methods.
   */
  identity() {
    const { connections, names } = this.#context;
    return identityOf(connections, names);
  }

  async close() {
    const mayWait = !this.#lifecycle.isClosing && this.#writer.isEntered;
    if (mayWait && (await this.#writer.isAwaitedInside())) throw closeInsideError('close');
    return this.#lifecycle.close(() => this.#finish());
  }

  async #finish() {
    this.#endPeriodic();
    this.#watches.end();
    await this.#sweeps.finish();
    await this.#writer.finish();
    await this.#context.changeLog.finish();
    await this.#watches.finish();
  }

  value(key) {
    return this.#reads.value(key);
  }

  has(key) {
    return this.#reads.has(key);
  }

  expiry(key) {
    return this.#reads.expiry(key);
  }

  item(key, now) {
    return this.#reads.item(key, now);
  }

  list(kind, choice) {
    return this.#listings.list(kind, choice);
  }

  parts(kind, choice) {
    return this.#listings.parts(kind, choice);
  }

  count(choice) {
    return this.#listings.count(choice);
  }

  watch(choice) {
    return this.#watches.watch(choice);
  }

  submit(call) {
    this.#checkOpen();
    return this.#writer.submit(call);
  }

  put(item) {
    this.#checkOpen();
    return this.#writer.put(item);
  }

  removeExpired() {
    this.#checkOpen();
    return this.#sweeps.run();
  }

  async stats() {
    const { items, expired } = await this.#listings.sizes();
    const { commits, waits, waitTime } = this.#observation.counts;
    const { open } = this.#context.connections.sizes;
    const watchers = this.#watches.count;
    return { items, expired, commits, waits, waitTime, watchers, connections: open };
  }

  locks() {
    return listLocks(this.#context);
  }

  #checkOpen() {
    if (this.#lifecycle.isClosing) throw closedError();
  }

  // A static method does the periodic work: a function made in the constructor would hold the engine.

  /** Removes expired items, if there are any. */
  static async #sweepIdly(engine) {
    try {
      if (engine.#sweeps.isUnderWay) return;
      await engine.#sweeps.run(() => engine.#lifecycle.isClosing);
    } catch {
      // The next call of the user's meets the same error.
    }
  }
}

module.exports = { PostgresEngine };
