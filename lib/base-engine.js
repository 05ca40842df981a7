'use strict';

// The base of the engines: hands each call to the part that does it, and refuses calls once the store is
// being closed. `lib/engine.js` describes the methods. Must not know where the parts store items.

const { closeInsideError, closedError, readOnlyError } = require('./errors');
const { everySoOften } = require('./periodic');

const NOTHING = () => {};

class BaseEngine {
  /**
   * The instance of the class, which sets this: so it is not collected while the engine has calls.
   * The drop-in for node-persist shares instances by weak references: a second instance would take
   * the place of one that was collected, and their writes would be out of order.
   */
  instance;
  lockTimeout;
  #readOnlyDir;
  #lifecycle;
  #reads;
  #listings;
  #watches;
  #writer;
  #sweeps;
  #finishing;
  /** The functions that end the periodic work. */
  #periodic = [];

  /**
   * @param {object} options
   * @param {number} options.lockTimeout
   * @param {number | false} options.expiredInterval
   * @param {string} [options.readOnlyDir] the directory of a store that is read-only
   * @param {object} parts
   * @param {{ finish: () => Promise<void> }[]} parts.finishing the parts that have calls or other work
   *   under way, in the order in which `close` waits for them
   */
  constructor(
    { lockTimeout, expiredInterval, readOnlyDir },
    { lifecycle, reads, listings, watches, writer, sweeps, finishing },
  ) {
    this.lockTimeout = lockTimeout;
    this.#readOnlyDir = readOnlyDir;
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#listings = listings;
    this.#watches = watches;
    this.#writer = writer;
    this.#sweeps = sweeps;
    this.#finishing = finishing;
    if (expiredInterval !== false && readOnlyDir === undefined) {
      this.repeat(expiredInterval, BaseEngine.#sweepIdly);
    }
  }

  open() {
    return this.#lifecycle.read(NOTHING);
  }

  async close() {
    const mayWait = !this.#lifecycle.isClosing && this.#writer.isEntered;
    if (mayWait && (await this.#writer.isAwaitedInside())) throw closeInsideError('close');
    return this.#lifecycle.close(() => this.#finish());
  }

  async #finish() {
    this.endIdleWork();
    for (const part of this.#finishing) await part.finish();
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
    this.checkWritable();
    return this.#writer.submit(call);
  }

  put(item) {
    this.checkWritable();
    return this.#writer.put(item);
  }

  removeExpired() {
    this.checkWritable();
    return this.#sweeps.run();
  }

  /** Throws if no call may change anything. */
  checkWritable() {
    if (this.#readOnlyDir !== undefined) throw readOnlyError(this.#readOnlyDir);
    if (this.#lifecycle.isClosing) throw closedError();
  }

  /**
   * Does work every so often until the store is closed.
   *
   * @param {(engine: BaseEngine) => void} work a static method: a function made in a constructor would
   *   hold the engine
   */
  repeat(interval, work) {
    this.#periodic.push(everySoOften(this, interval, work));
  }

  /** Ends periodic work, and watchers. */
  endIdleWork() {
    for (const end of this.#periodic) end();
    this.#watches.end();
  }

  /** Removes expired items, if there are any. */
  static #sweepIdly(engine) {
    engine.#sweeps.runIdly(() => engine.#lifecycle.isClosing);
  }
}

module.exports = { BaseEngine };
