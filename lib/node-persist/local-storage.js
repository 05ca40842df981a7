'use strict';

// node-persist's LocalStorage on a store of persist-lock: its methods, their other names, its options and its log. `Items` knows how an
// item is stored.

const path = require('node:path');
const { isRegExp } = require('node:util/types');
const { checkCallOptions, checkFunction, checkKey, checkKeys } = require('../arguments');
const { checkMatch } = require('../choices');
const { PersistLockError, messageOf } = require('../errors');
const { currentDataFile } = require('../file/maintenance');
const timers = require('../timers');
const { makeDirectory, makeDirectorySync } = require('./directories');
const { Items } = require('./items');
const { mergeOptions } = require('./options');
const { expiryOfTtl } = require('./ttl');

/** A time at which no item has expired. */
const ALWAYS = 0;

class LocalStorage {
  #items = new Items(
    () => this.options,
    (dir) => this.ensureDirectory(dir),
  );
  #sweep;

  constructor(options) {
    this.setOptions(options);
  }

  setOptions(given) {
    const options = mergeOptions(given, this.options);
    if (typeof options.logging === 'function') {
      this.log = options.logging;
      options.logging = true;
    }
    this.options = options;
  }

  async init(options) {
    if (options) this.setOptions(options);
    const opened = this.#items.open();
    this.#restartSweep();
    await opened;
    return { ...this.options };
  }

  /** Makes the folder at once. The calls that follow wait until the store is open. */
  initSync(options) {
    if (options) this.setOptions(options);
    this.ensureDirectorySync(this.options.dir);
    this.#items.open();
    this.#restartSweep();
    return { ...this.options };
  }

  async getItem(key) {
    const datum = await this.#items.find(checkKey(key), Date.now());
    return datum?.value;
  }

  get(key) {
    return this.getItem(key);
  }

  async setItem(key, value, { ttl } = {}) {
    const name = checkKey(key);
    const expires = this.calcTTL(ttl);
    this.#log(() => `set ('${name}': '${this.stringify(value)}')`);
    return this.#items.put(name, value, () => expires);
  }

  set(key, value, options) {
    return this.setItem(key, value, options);
  }

  /** Changes a value. The item keeps its expiry, unless it is given one; a new item gets the default. */
  async updateItem(key, value, { ttl } = {}) {
    const name = checkKey(key);
    const expires = this.calcTTL(ttl);
    const keeps = ttl === undefined;
    this.#log(() => `update ('${name}': '${this.stringify(value)}')`);
    return this.#items.put(name, value, (item) => (item && keeps ? item.expires : expires));
  }

  update(key, value, options) {
    return this.updateItem(key, value, options);
  }

  async removeItem(key) {
    const name = checkKey(key);
    this.#log(() => `remove ('${name}')`);
    return this.#items.remove(name);
  }

  del(key) {
    return this.removeItem(key);
  }

  rm(key) {
    return this.removeItem(key);
  }

  async editItem(key, edit, options) {
    const { ttl, ...waiting } = checkCallOptions(options, ['ttl', 'timeout', 'signal']);
    const name = checkKey(key);
    checkFunction(edit, 'edit');
    const call = this.#items.operations.edit(name, edit, ttl);
    return this.#items.submit([name], (turn) => call.run(turn), { hasCallback: true, ...waiting });
  }

  async editItems(keys, edit, options) {
    const { ttl, ...waiting } = checkCallOptions(options, ['ttl', 'timeout', 'signal']);
    const names = checkKeys(keys);
    checkFunction(edit, 'edit');
    const run = this.#items.operations.editAll(names, edit, ttl);
    return this.#items.submit(names, run, { hasCallback: true, ...waiting });
  }

  async viewItem(key, view, options) {
    const waiting = checkCallOptions(options, ['timeout', 'signal']);
    const name = checkKey(key);
    checkFunction(view, 'view');
    const run = this.#items.operations.view(name, view);
    return this.#items.submit([name], run, { hasCallback: true, shared: true, ...waiting });
  }

  async clear() {
    const store = await this.#items.store();
    await store.clear();
  }

  async removeExpiredItems() {
    const store = await this.#items.store();
    await store.removeExpiredItems();
  }

  async data() {
    return this.#items.all();
  }

  async keys(filter) {
    if (filter) return (await this.data()).filter(filter).map(({ key }) => key);
    return this.#items.read((store) => store.keys());
  }

  async values(filter) {
    const data = await this.data();
    return (filter ? data.filter(filter) : data).map(({ value }) => value);
  }

  async length(filter) {
    if (filter) return (await this.data()).filter(filter).length;
    return this.#items.read((store) => store.length());
  }

  async forEach(callback) {
    for (const datum of await this.data()) await callback(datum);
  }

  async valuesWithKeyMatch(match) {
    const matches = checkMatch(isRegExp(match) ? match : String(match || ''));
    return (await this.#items.all(matches)).map(({ value }) => value);
  }

  async getDatum(key) {
    return (await this.#items.find(checkKey(key), ALWAYS)) ?? {};
  }

  async getRawDatum(key) {
    const datum = await this.#items.find(checkKey(key), ALWAYS);
    return datum === undefined ? '{}' : this.#items.codec.fileText(datum);
  }

  async getDatumValue(key) {
    const datum = await this.#items.find(checkKey(key), ALWAYS);
    return datum?.value;
  }

  /** Gives the file that the item is in, or will be: one for all items. */
  getDatumPath(key) {
    checkKey(key);
    return currentDataFile(this.options.dir);
  }

  calcTTL(ttl) {
    return expiryOfTtl(ttl, this.options.ttl, Date.now());
  }

  stringify(value) {
    return this.options.stringify(value);
  }

  parse(text) {
    if (text === undefined || text === null) return undefined;
    try {
      return this.options.parse(text);
    } catch (error) {
      this.#log(() => `parse error: ${messageOf(error)} for: ${text}`);
      return undefined;
    }
  }

  copy(value) {
    return typeof value === 'object' ? this.parse(this.stringify(value)) : value;
  }

  log(...message) {
    if (this.options.logging) console.log(...message);
  }

  #log(message) {
    if (this.options.logging) this.log(message());
  }

  async ensureDirectory(dir) {
    if (await makeDirectory(dir)) this.#log(() => `created ${dir}`);
    return { dir };
  }

  ensureDirectorySync(dir) {
    if (makeDirectorySync(dir)) this.#log(() => `created ${dir}`);
    return { dir };
  }

  startExpiredKeysInterval() {
    this.stopExpiredKeysInterval();
    // The timer must not keep a storage that is no longer used.
    const reference = new WeakRef(this);
    const interval = Math.min(
      Number(this.options.expiredInterval) || Infinity,
      timers.LONGEST_TIMER,
    );
    const timer = timers.setInterval(() => {
      const storage = reference.deref();
      if (storage) storage.#sweepExpired();
      else timers.clearInterval(timer);
    }, interval);
    this.#sweep = timer.unref();
  }

  stopExpiredKeysInterval() {
    timers.clearInterval(this.#sweep);
  }

  #restartSweep() {
    if (this.options.expiredInterval) this.startExpiredKeysInterval();
    else this.stopExpiredKeysInterval();
  }

  async #sweepExpired() {
    try {
      await this.removeExpiredItems();
    } catch (error) {
      // The next call of the user's meets the same error.
      this.#log(() => `expired items were not removed: ${error.message}`);
    }
  }

  // node-persist's queue of writes, which is not needed here.
  startWriteQueueInterval() {}
  stopWriteQueueInterval() {}
  async processWriteQueue() {}

  async readDirectory(dir) {
    if (path.resolve(dir) === path.resolve(this.options.dir)) return this.data();
    throw noItemFiles('readDirectory', 'data');
  }

  async readFile() {
    throw noItemFiles('readFile', 'getDatum');
  }

  async writeFile() {
    throw noItemFiles('writeFile', 'setItem');
  }

  async deleteFile() {
    throw noItemFiles('deleteFile', 'removeItem');
  }
}

function noItemFiles(method, instead) {
  const message = `[node-persist] ${method}() finds nothing to work on: items have no files of their own here. Call ${instead}()`;
  return new PersistLockError('ERR_PERSIST_LOCK_NO_ITEM_FILES', message);
}

module.exports = { LocalStorage };
