'use strict';

// The public class: checks arguments, makes a write or a read of each call, and hands it on.
// Files and locks are the native side's, the order of writes is the writer's.

const binding = require('./file/addon');
const {
  checkCallOptions,
  checkFile,
  checkFunction,
  checkKey,
  checkKeys,
  checkMatch,
  checkOptions,
  checkPrefix,
} = require('./arguments');
const { Operations, REMOVE } = require('./calls/operations');
const { PersistLockError, readOnlyError } = require('./errors');
const { Codec } = require('./codec');
const { ENTRIES, KEYS, Listings, VALUES } = require('./file/listings');
const { Observation } = require('./observation');
const { NOT_NOW, Lifecycle, closeInsideError, closedError } = require('./file/lifecycle');
const { Reads } = require('./file/reads');
const { Sweeps } = require('./file/sweeps');
const { everySoOften } = require('./periodic');
const { KeysCall } = require('./calls/call');
const { Writer } = require('./file/writer');

/** How often an instance that is open looks whether its file has been rewritten, in milliseconds, even if nobody calls it. */
const LOOK_INTERVAL = 60_000;

/**
 * Lets what a call throws reject its promise. An asynchronous function would do so too, at the price of a promise more, which
 * is most of what one of many writes at once costs.
 */
function attempt(call) {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}

class PersistLock extends binding.PersistLock {
  static REMOVE = REMOVE;

  #options;
  /** The terms of a call without a callback, and of one that runs the codec in its turn. */
  #plainTerms;
  #codecTerms;
  /** Those of one with a callback that says nothing of its own. */
  #callbackTerms;
  #codec;
  #operations;
  #reads;
  #observation;
  #lifecycle;
  #listings;
  #writer;
  #sweeps;
  /** What ends the work that is done every so often. */
  #upkeep = [];
  #closing;

  constructor(dir = process.cwd(), options = {}) {
    const checked = checkOptions(dir, options);
    super(checked.dir, checked.mode, checked.lockTimeout, checked.readOnly);
    this.#options = checked;
    this.#plainTerms = { timeout: checked.lockTimeout };
    this.#callbackTerms = { hasCallback: true, timeout: checked.lockTimeout };
    this.#codec = new Codec(checked.stringify, checked.parse);
    this.#codecTerms = { hasCodec: this.#codec.isCustom, timeout: checked.lockTimeout };
    this.#operations = new Operations(this.#codec, checked.ttl);
    this.#reads = new Reads(this, this.#codec);
    this.#observation = new Observation(this, checked.dir);
    this.#lifecycle = new Lifecycle(this, () => {
      this.#reads.opened();
      this.#writer.reopened();
    });
    this.#listings = new Listings(
      this,
      (use) => this.#read(use),
      (use) => this.#lifecycle.read(use),
    );
    this.#writer = new Writer(this, this.#lifecycle, this.#reads, this.#observation, checked);
    const submit = (run) => this.#writer.submit(new KeysCall([], run, this.#plainTerms));
    this.#sweeps = new Sweeps(this, submit);
    this.#upkeep.push(everySoOften(this, LOOK_INTERVAL, PersistLock.#lookIdly));
    if (checked.expiredInterval !== false && !checked.readOnly) {
      this.#upkeep.push(everySoOften(this, checked.expiredInterval, PersistLock.#sweepExpired));
    }
  }

  async init() {
    await this.#read(() => undefined);
    return this;
  }

  async getItem(key) {
    if (this.#closing) throw closedError();
    const name = checkKey(key);
    const read = () => this.#reads.value(name);
    const value = this.#lifecycle.readNow(read, name);
    return value === NOT_NOW ? this.#lifecycle.read(read, name) : value;
  }

  async hasItem(key) {
    const name = checkKey(key);
    return this.#read(() => this._hasKey(JSON.stringify(name), Date.now()), name);
  }

  setItem(key, value, options) {
    // As `attempt` does, without a function for each of many calls.
    try {
      const ttl = options === undefined ? undefined : checkCallOptions(options, ['ttl']).ttl;
      const item = this.#operations.set(checkKey(key), value, ttl);
      this.#checkOpen();
      return this.#writer.put(item);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  updateItem(key, value, options) {
    return attempt(() => {
      const { ttl } = checkCallOptions(options, ['ttl']);
      const name = checkKey(key);
      return this.#submitOne(name, this.#operations.update(name, value, ttl), this.#codecTerms);
    });
  }

  editItem(key, edit, options) {
    // As `setItem` does.
    try {
      const terms = this.#termsOf(options, ['ttl', 'timeout', 'signal']);
      const name = checkKey(key);
      checkFunction(edit, 'The edit');
      return this.#submit(this.#operations.edit(name, edit, options?.ttl, terms));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  editItems(keys, edit, options) {
    return attempt(() => {
      const terms = this.#termsOf(options, ['ttl', 'timeout', 'signal']);
      const names = checkKeys(keys);
      checkFunction(edit, 'The edit');
      const run = this.#operations.editAll(names, edit, options?.ttl);
      return this.#submit(new KeysCall(names, run, terms));
    });
  }

  viewItem(key, view, options) {
    return attempt(() => {
      const terms = this.#termsOf(options, ['timeout', 'signal']);
      const name = checkKey(key);
      checkFunction(view, 'The view');
      const run = this.#operations.view(name, view);
      return this.#submitOne(name, run, { ...terms, shared: true });
    });
  }

  removeItem(key) {
    return attempt(() => {
      const name = checkKey(key);
      return this.#submitOne(name, (turn) => turn.remove(name));
    });
  }

  clear() {
    return attempt(() => this.#submit(new KeysCall(null, (turn) => turn.clear(), this.#plainTerms)));
  }

  removeExpiredItems() {
    return attempt(() => {
      this.#checkOpen();
      return this.#sweeps.run();
    });
  }

  async keys(options) {
    return this.#listings.all(KEYS, checkPrefix(options));
  }

  async values(options) {
    const prefix = checkPrefix(options);
    if (!this.#codec.isCustom) return this.#listings.all(VALUES, prefix);
    // With their keys, so that an error can name the one that was not understood.
    return (await this.entries({ prefix })).map(([, value]) => value);
  }

  async entries(options) {
    const entries = await this.#listings.all(ENTRIES, checkPrefix(options));
    return entries.map((entry) => this.#reviveEntry(entry));
  }

  async length(options) {
    const prefix = checkPrefix(options);
    return this.#listings.count(prefix);
  }

  async valuesWithKeyMatch(match) {
    const matches = checkMatch(match);
    const entries = await this.#listings.matching(ENTRIES, '', matches);
    return entries.map(([key, value]) => this.#codec.revive(value, key));
  }

  async forEach(callback) {
    checkFunction(callback, 'The callback');
    for await (const [key, value] of this) await callback({ key, value });
  }

  async *[Symbol.asyncIterator]() {
    for await (const part of this.#listings.parts(ENTRIES, '')) {
      for (const entry of part) yield this.#reviveEntry(entry);
    }
  }

  async compact() {
    this.#checkWritable();
    await this.#read(() => this.#observation.compacting(() => this._compact(true)));
  }

  async stats() {
    const look = () => this.#observation.stats();
    const { expired, seen } = await this.#listings.countExpired(look);
    const { kept, ...others } = seen;
    return { items: kept - expired, expired, ...others };
  }

  async backup(file) {
    const target = checkFile(file);
    await this.#read(() => this._backup(target));
  }

  /** Puts items in one commit, in the place of what they name. For imports; `Operations.putAll` says what an item is. */
  _importItems(items) {
    return attempt(() =>
      this.#submit(new KeysCall(null, this.#operations.putAll(items), this.#plainTerms)),
    );
  }

  /**
   * One snapshot, as `[key, value, expires]`, which may be `null`; the values as `JSON.parse` has made them. `matches` may pick
   * some by their keys.
   */
  _items(matches) {
    return this.#listings.items(matches);
  }

  // For the drop-in, whose items have values of another form.

  _read(read, key) {
    return this.#read(read, key);
  }

  _submit(keys, run, terms = this.#plainTerms) {
    const { timeout = this.#options.lockTimeout } = terms;
    return this.#submit(new KeysCall(keys, run, { ...terms, timeout }));
  }

  async close() {
    const mayWait = this.#closing === undefined && this.#writer.isEntered;
    if (mayWait && (await this.#writer.isAwaitedInside())) throw closeInsideError();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  async #close() {
    for (const end of this.#upkeep) end();
    try {
      await this.#sweeps.finish();
      await this.#writer.finish();
    } finally {
      await this.#lifecycle.close();
    }
  }

  #read(read, key) {
    if (this.#closing) throw closedError();
    const use = () => {
      this.#reads.overtaken();
      return read();
    };
    return this.#lifecycle.read(use, key);
  }

  /** The terms of a call with a callback. */
  #termsOf(options, names) {
    if (options === undefined) return this.#callbackTerms;
    const { timeout = this.#options.lockTimeout, signal } = checkCallOptions(options, names);
    return { hasCallback: true, timeout, signal };
  }

  #submitOne(key, run, terms = this.#plainTerms) {
    return this.#submit(new KeysCall([key], run, terms));
  }

  #submit(call) {
    this.#checkOpen();
    return this.#writer.submit(call);
  }

  #checkOpen() {
    this.#checkWritable();
    if (this.#closing) throw closedError();
  }

  #checkWritable() {
    if (this.#options.readOnly) throw readOnlyError(this.#options.dir);
  }

  #reviveEntry([key, value]) {
    return [key, this.#codec.revive(value, key)];
  }

  /** The keys, some at a time: for the command line, as the two that follow. */
  _keyParts(prefix) {
    return this.#listings.parts(KEYS, prefix);
  }

  /** The items' lines as they stand in the file, some at a time, joined by line feeds. */
  _lineParts(prefix) {
    return this.#listings.lines(prefix);
  }

  /** Goes over to a new data file, if there is one, so that an idle process does not keep the space of old ones. */
  static async #lookIdly(store) {
    if (!store.#lifecycle.isOpen) return;
    try {
      await store.#read(() => store._look());
    } catch {
      // The next call that somebody made will say so.
    }
  }

  /** As above: a function made in the constructor would hold the instance, with all else that is known there. */
  static async #sweepExpired(store) {
    try {
      if (store.#sweeps.isUnderWay) return;
      if (await store.#listings.anyExpired()) {
        await store.#sweeps.run(() => store.#closing !== undefined);
      }
    } catch {
      // Whatever is wrong, the next call that somebody made will say so.
    }
  }
}

module.exports = { PersistLock, PersistLockError };
