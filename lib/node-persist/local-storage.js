'use strict';

// node-persist's LocalStorage on a store of persist-lock: its methods and their other names. `Items` knows how an item is stored.
//
// Each blocking method, `…Sync`, stands beside its awaited twin, whose result it returns.

const path = require('node:path');
const { checkCallOptions, checkFunction, checkKey, checkKeys } = require('../arguments');
const { PersistLockError } = require('../errors');
const { everySoOften } = require('../periodic');
const timers = require('../timers');
const { fileName } = require('./folder');
const { Items } = require('./items');
const { matcherOf } = require('./match');
const { Settings } = require('./settings');

/** A time at which no item has expired. */
const ALWAYS = 0;
const NOTHING = () => {};

class LocalStorage extends Settings {
  #items = new Items(
    () => this.options,
    this,
    (key) => this.getDatumPath(key),
  );
  #endSweeps = NOTHING;

  async init(options) {
    if (options) this.setOptions(options);
    const opened = this.#items.open();
    this.#restartSweeps();
    await opened;
    return { ...this.options };
  }

  initSync(options) {
    if (options) this.setOptions(options);
    this.#items.openNow();
    this.#restartSweeps();
    return { ...this.options };
  }

  async getItem(key) {
    return valueOf(await this.#items.find(checkKey(key), Date.now()));
  }

  getItemSync(key) {
    return this.#items.valueNow(checkKey(key));
  }

  get(key) {
    return this.getItem(key);
  }

  async setItem(key, value, options) {
    const name = checkKey(key);
    return this.#items.submit([name], this.#setOf(name, value, options));
  }

  setItemSync(key, value, options) {
    const name = checkKey(key);
    return this.#items.submitNow([name], this.#setOf(name, value, options));
  }

  set(key, value, options) {
    return this.setItem(key, value, options);
  }

  /** Changes a value. The item keeps its expiry, unless it is given one; a new item gets the default. */
  async updateItem(key, value, options) {
    const name = checkKey(key);
    return this.#items.submit([name], this.#updateOf(name, value, options));
  }

  updateItemSync(key, value, options) {
    const name = checkKey(key);
    return this.#items.submitNow([name], this.#updateOf(name, value, options));
  }

  update(key, value, options) {
    return this.updateItem(key, value, options);
  }

  async removeItem(key) {
    const name = checkKey(key);
    return this.#items.submit([name], this.#removalOf(name));
  }

  removeItemSync(key) {
    const name = checkKey(key);
    return this.#items.submitNow([name], this.#removalOf(name));
  }

  del(key) {
    return this.removeItem(key);
  }

  rm(key) {
    return this.removeItem(key);
  }

  async editItem(key, edit, options) {
    return this.#items.submit(...this.#editOf(key, edit, options));
  }

  editItemSync(key, edit, options) {
    return this.#items.submitNow(...this.#editOf(key, edit, options));
  }

  async editItems(keys, edit, options) {
    return this.#items.submit(...this.#editAllOf(keys, edit, options));
  }

  editItemsSync(keys, edit, options) {
    return this.#items.submitNow(...this.#editAllOf(keys, edit, options));
  }

  async viewItem(key, view, options) {
    const waiting = checkCallOptions(options, ['timeout', 'signal']);
    const name = checkKey(key);
    checkFunction(view, 'view');
    const run = this.#items.operations.view(name, view);
    return this.#items.submit([name], run, { hasCallback: true, shared: true, ...waiting });
  }

  async clear() {
    await this.#items.use(({ store }) => store.clear());
  }

  clearSync() {
    this.#items.folderNow().store.clearSync();
  }

  async removeExpiredItems() {
    await this.#items.use(({ store }) => store.removeExpiredItems());
  }

  async data() {
    return this.#items.all();
  }

  dataSync() {
    return this.#items.allNow();
  }

  async keys(filter) {
    if (filter) return keysOf(await this.data(), filter);
    return this.#items.read(({ store }) => store.keys());
  }

  keysSync(filter) {
    return filter ? keysOf(this.dataSync(), filter) : this.#items.folderNow().store.keysSync();
  }

  async values(filter) {
    return valuesOf(await this.data(), filter);
  }

  valuesSync(filter) {
    return valuesOf(this.dataSync(), filter);
  }

  async length(filter) {
    if (filter) return keysOf(await this.data(), filter).length;
    return this.#items.read(({ store }) => store.length());
  }

  lengthSync(filter) {
    if (filter) return keysOf(this.dataSync(), filter).length;
    return this.#items.folderNow().store.lengthSync();
  }

  async forEach(callback) {
    for (const datum of await this.data()) await callback(datum);
  }

  forEachSync(callback) {
    for (const datum of this.dataSync()) callback(datum);
  }

  async valuesWithKeyMatch(match) {
    return valuesOf(await this.#items.all(matcherOf(match)));
  }

  valuesWithKeyMatchSync(match) {
    return valuesOf(this.#items.allNow(matcherOf(match)));
  }

  async getDatum(key) {
    return (await this.#items.find(checkKey(key), ALWAYS)) ?? {};
  }

  getDatumSync(key) {
    return this.#items.findNow(checkKey(key), ALWAYS) ?? {};
  }

  async getRawDatum(key) {
    return this.#textOf(await this.#items.find(checkKey(key), ALWAYS));
  }

  async getDatumValue(key) {
    return valueOf(await this.#items.find(checkKey(key), ALWAYS));
  }

  /**
   * Gives the path of the file in which node-persist would keep the item. There is no such file: what a program
   * does to one harms nothing.
   */
  getDatumPath(key) {
    return path.join(this.options.dir, fileName(checkKey(key)));
  }

  async readDirectory(dir) {
    if (path.resolve(dir) === path.resolve(this.options.dir)) return this.data();
    throw noItemFiles('readDirectory', 'data');
  }

  /** Reads the item that node-persist would keep in a file. */
  async readFile(file, { raw = false } = {}) {
    const { dir, base } = path.parse(path.resolve(file));
    if (dir !== path.resolve(this.options.dir)) throw noItemFiles('readFile', 'getDatum');
    const data = await this.#items.all((key) => fileName(key) === base);
    return raw ? this.#textOf(data[0]) : (data[0] ?? {});
  }

  async writeFile() {
    throw noItemFiles('writeFile', 'setItem');
  }

  async deleteFile() {
    throw noItemFiles('deleteFile', 'removeItem');
  }

  startExpiredKeysInterval() {
    this.stopExpiredKeysInterval();
    const interval = Number(this.options.expiredInterval) || Infinity;
    const time = Math.min(interval, timers.LONGEST_TIMER);
    this.#endSweeps = everySoOften(this, time, LocalStorage.#sweep);
  }

  stopExpiredKeysInterval() {
    this.#endSweeps();
    this.#endSweeps = NOTHING;
  }

  #restartSweeps() {
    if (this.options.expiredInterval) this.startExpiredKeysInterval();
    else this.stopExpiredKeysInterval();
  }

  static async #sweep(storage) {
    try {
      await storage.removeExpiredItems();
    } catch ({ message }) {
      // The next call of the user's meets the same error.
      storage.#log(() => `expired items were not removed: ${message}`);
    }
  }

  #setOf(name, value, { ttl } = {}) {
    const expires = this.calcTTL(ttl);
    this.#log(() => `set ('${name}': '${this.stringify(value)}')`);
    return this.#items.putOf(name, value, () => expires);
  }

  #updateOf(name, value, { ttl } = {}) {
    const expires = this.calcTTL(ttl);
    const keeps = ttl === undefined;
    this.#log(() => `update ('${name}': '${this.stringify(value)}')`);
    return this.#items.putOf(name, value, (item) => (item && keeps ? item.expires : expires));
  }

  #removalOf(name) {
    this.#log(() => `remove ('${name}')`);
    return this.#items.removalOf(name);
  }

  /** Checks an edit; returns the arguments of its submission. */
  #editOf(key, edit, options) {
    const { ttl, ...waiting } = checkCallOptions(options, ['ttl', 'timeout', 'signal']);
    const name = checkKey(key);
    checkFunction(edit, 'edit');
    const call = this.#items.operations.edit(name, edit, ttl);
    return [[name], (turn) => call.run(turn), { hasCallback: true, ...waiting }];
  }

  #editAllOf(keys, edit, options) {
    const { ttl, ...waiting } = checkCallOptions(options, ['ttl', 'timeout', 'signal']);
    const names = checkKeys(keys);
    checkFunction(edit, 'edit');
    const run = this.#items.operations.editAll(names, edit, ttl);
    return [names, run, { hasCallback: true, ...waiting }];
  }

  /** Makes the text of the file that node-persist would keep a datum in. */
  #textOf(datum) {
    return datum === undefined ? '{}' : this.#items.codec.fileText(datum);
  }

  #log(message) {
    if (this.options.logging) this.log(message());
  }
}

function valueOf(datum) {
  return datum?.value;
}

function keysOf(data, filter) {
  return data.filter(filter).map(({ key }) => key);
}

function valuesOf(data, filter) {
  return (filter ? data.filter(filter) : data).map(valueOf);
}

function noItemFiles(method, instead) {
  const message = `[node-persist] ${method}() finds nothing to work on: items have no files of their own here. Call ${instead}()`;
  return new PersistLockError('ERR_PERSIST_LOCK_NO_ITEM_FILES', message);
}

module.exports = { LocalStorage };
