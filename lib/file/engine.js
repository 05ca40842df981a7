'use strict';

// The engine that stores items in files: puts its parts together, and hands each call to one of
// them. `lib/engine.js` describes its methods.

const binding = require('./addon');
const { BlockingCalls } = require('./blocking');
const { Compactions } = require('./compactions');
const { closeInsideError, closedError, readOnlyError } = require('../errors');
const { Lifecycle } = require('./lifecycle');
const { listLocks } = require('./lock-list');
const { Listings } = require('./listings');
const { Observation } = require('../observation');
const { everySoOften } = require('../periodic');
const { Reads } = require('./reads');
const { FileSweeps } = require('./sweeps');
const { Syncs } = require('./syncs');
const { KeysCall } = require('../calls/keys-call');
const { Watches } = require('./watch');
const { FileWriter } = require('./writer');

/**
 * The interval at which an open store that nobody calls looks for a rewrite of its file, in
 * milliseconds: it keeps the space of the old one.
 */
const LOOK_INTERVAL = 60_000;

const NOTHING = () => {};

/** @implements {import('../engine').Engine} */
class FileEngine {
  /**
   * The instance of the class, which sets this: so it is not collected while the engine has calls.
   * The drop-in for node-persist shares instances by weak references: a second instance would take
   * the place of one that was collected, and their writes would be out of order.
   */
  instance;
  lockTimeout;
  blocking;
  #isReadOnly;
  #dir;
  #native;
  #lifecycle;
  #reads;
  #listings;
  #watches;
  #observation;
  #compactions;
  #writer;
  #sweeps;
  /** The functions that end the periodic work. */
  #periodic = [];

  /**
   * @param {object} options the checked ones of the class
   * @param {import('../codec').Codec} codec
   */
  constructor(options, codec) {
    const { dir, mode, lockTimeout, readOnly, durability, expiredInterval } = options;
    this.lockTimeout = lockTimeout;
    this.#isReadOnly = readOnly;
    this.#dir = dir;
    const native = new binding.PersistLock(dir, mode, lockTimeout, readOnly, durability === 'disk');
    this.#native = native;
    const lifecycle = new Lifecycle(native, () => this.#opened());
    const reads = new Reads(native, lifecycle, codec);
    const observation = new Observation(dir);
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#observation = observation;
    this.#listings = new Listings(native, lifecycle, reads);
    this.#watches = new Watches(native, lifecycle, reads);
    const syncs = new Syncs(native, lifecycle, durability, observation);
    this.#compactions = new Compactions(native, reads, observation);
    this.#writer = new FileWriter(native, {
      dir,
      lifecycle,
      reads,
      syncs,
      compactions: this.#compactions,
      observation,
      lockTimeout,
    });
    const submit = (run) => this.#writer.submit(new KeysCall([], run, { timeout: lockTimeout }));
    this.#sweeps = new FileSweeps(native, submit);
    this.blocking = new BlockingCalls({
      lifecycle,
      reads,
      listings: this.#listings,
      writer: this.#writer,
      checkWritable: () => this.#checkWritable(),
      endWork: () => this.#endWork(),
    });
    this.#periodic.push(everySoOften(this, LOOK_INTERVAL, FileEngine.#lookIdly));
    if (expiredInterval !== false && !readOnly) {
      this.#periodic.push(everySoOften(this, expiredInterval, FileEngine.#sweepIdly));
    }
  }

  /** Notes that the store was opened or reopened. */
  #opened() {
    this.#reads.opened();
    this.#writer.reopened();
    this.#watches.opened();
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
    this.#endPeriodic();
    this.#watches.end();
    await this.#sweeps.finish();
    await this.#writer.finish();
  }

  /** Ends periodic work, and waits for work on threads. The next turn of a sweep rejects. */
  #endWork() {
    this.#endPeriodic();
    this.#watches.end();
    while (!this.#native.waitForLongWork());
  }

  #endPeriodic() {
    for (const end of this.#periodic) end();
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
    this.#checkWritable();
    return this.#writer.submit(call);
  }

  put(item) {
    this.#checkWritable();
    return this.#writer.put(item);
  }

  removeExpired() {
    this.#checkWritable();
    return this.#sweeps.run();
  }

  async stats() {
    const { expired, seen } = await this.#listings.countExpired(() => this.#native.sizes());
    const { kept, fileBytes, liveBytes, recoveries } = seen;
    const sizes = { fileBytes, liveBytes, deadBytes: fileBytes - liveBytes };
    return {
      items: kept - expired,
      expired,
      ...sizes,
      ...this.#observation.counts,
      recoveries,
      watchers: this.#watches.count,
    };
  }

  backup(file) {
    return this.#reads.run(() => this.#native.backup(file));
  }

  async compact() {
    this.#checkWritable();
    await this.#reads.run(() => this.#compactions.run(true));
  }

  async locks() {
    let own;
    const others = await this.#lifecycle.read(() => {
      own = [...this.#writer.locks()];
      return this.#native.locks();
    });
    return listLocks(own, others);
  }

  /** Returns true if anything was ever committed, as of the last read or turn. */
  hasCommits() {
    return this.#native.hasCommits();
  }

  #checkWritable() {
    if (this.#isReadOnly) throw readOnlyError(this.#dir);
    if (this.#lifecycle.isClosing) throw closedError();
  }

  // Static methods do the periodic work: a function made in the constructor would hold the engine.

  /** Goes over to the successor of the data file, if there is one. */
  static async #lookIdly(engine) {
    // A store that rests has no old file open.
    if (!engine.#lifecycle.isOpen || engine.#native.isResting()) return;
    try {
      await engine.#reads.run(NOTHING);
    } catch {
      // The next call of the user's meets the same error.
    }
  }

  /** Removes expired items, if there are any. */
  static async #sweepIdly(engine) {
    try {
      if (engine.#sweeps.isUnderWay) return;
      if (await engine.#listings.anyExpired()) {
        await engine.#sweeps.run(() => engine.#lifecycle.isClosing);
      }
    } catch {
      // The next call of the user's meets the same error.
    }
  }
}

module.exports = { FileEngine };
