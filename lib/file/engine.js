'use strict';

// The engine that stores items in files: puts its parts together, and has the calls that only files
// have. `lib/engine.js` describes its methods.

const binding = require('./addon');
const { BaseEngine } = require('../base-engine');
const { BlockingCalls } = require('./blocking');
const { Compactions } = require('./compactions');
const { Lifecycle } = require('./lifecycle');
const { listLocks } = require('./lock-list');
const { Listings } = require('./listings');
const { Observation } = require('../observation');
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
class FileEngine extends BaseEngine {
  blocking;
  #native;
  #lifecycle;
  #reads;
  #listings;
  #watches;
  #observation;
  #compactions;
  #writer;

  /**
   * @param {object} options the checked ones of the class
   * @param {import('../codec').Codec} codec
   */
  constructor(options, codec) {
    const { dir, mode, lockTimeout, readOnly, durability, expiredInterval } = options;
    const native = new binding.PersistLock(dir, mode, lockTimeout, readOnly, durability === 'disk');
    const lifecycle = new Lifecycle(native, () => this.#opened());
    const reads = new Reads(native, lifecycle, codec);
    const observation = new Observation(dir);
    const listings = new Listings(native, lifecycle, reads);
    const watches = new Watches(native, lifecycle, reads);
    const syncs = new Syncs(native, lifecycle, durability, observation);
    const compactions = new Compactions(native, reads, observation);
    const writer = new FileWriter(native, {
      dir,
      lifecycle,
      reads,
      syncs,
      compactions,
      observation,
      lockTimeout,
    });
    const submit = (run) => writer.submit(new KeysCall([], run, { timeout: lockTimeout }));
    const sweeps = new FileSweeps(native, listings, submit);
    super(
      { lockTimeout, expiredInterval, readOnlyDir: readOnly ? dir : undefined },
      { lifecycle, reads, listings, watches, writer, sweeps, finishing: [sweeps, writer] },
    );
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#listings = listings;
    this.#watches = watches;
    this.#observation = observation;
    this.#compactions = compactions;
    this.#writer = writer;
    this.blocking = new BlockingCalls({
      lifecycle,
      reads,
      listings,
      writer,
      checkWritable: () => this.checkWritable(),
      endWork: () => this.#endWork(),
    });
    this.repeat(LOOK_INTERVAL, FileEngine.#lookIdly);
  }

  /** Notes that the store was opened or reopened. */
  #opened() {
    this.#reads.opened();
    this.#writer.reopened();
    this.#watches.opened();
  }

  /** Ends periodic work, and waits for work on threads. The next turn of a sweep rejects. */
  #endWork() {
    this.endIdleWork();
    while (!this.#native.waitForLongWork());
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
    this.checkWritable();
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
}

module.exports = { FileEngine };
