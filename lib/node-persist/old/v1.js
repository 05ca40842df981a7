'use strict';

// node-persist 1's LocalStorage, and most of that of 0. Values are the very objects that were set, or that the first read made: a program
// that changes one finds it changed, and stores it by `persistKey`. The ttl is an option of the storage alone.

const path = require('node:path');
const { checkKey } = require('../../arguments');
const { messageOf } = require('../../errors');
const { decodeName, encodeName } = require('../old-files');
const { expiryOfTtl } = require('../ttl');
const { bareCodecOf } = require('./bare-codec');
const { COMMON } = require('./options');
const { promiseOf, promiseOfKnown } = require('./promise');
const { OldStorage } = require('./storage');

class LocalStorage extends OldStorage {
  /** The values, each with the text that it was read from or stored as. @type {Map<string, { json: string, value: unknown }>} */
  #live = new Map();

  constructor(options, defaults = COMMON) {
    super(options, defaults);
  }

  get #codec() {
    return bareCodecOf(this.options);
  }

  reading() {
    // Without the option the expiries that an earlier run has left do not count.
    return { version: 1, codec: this.#codec, withoutExpiries: !this.options.ttl };
  }

  setOptions(given) {
    super.setOptions(given);
    this.options.ttlDir = `${this.options.dir}-ttl`;
  }

  initialized() {
    const { dir, ttl, ttlDir } = this.options;
    return ttl ? { dir, ttlDir } : { dir };
  }

  valueOf(key, { json }) {
    const live = this.#live.get(key);
    if (live?.json === json) return live.value;
    const value = this.#codec.decode(json, key);
    this.#live.set(key, { json, value });
    return value;
  }

  /** All values, by their keys. */
  get data() {
    return Object.fromEntries(this.keys().map((key) => [key, this.getDataValue(key)]));
  }

  /** The name of the file that an item has in this version. */
  nameOf(key) {
    return encodeName(key);
  }

  /** The result of a write. */
  persisted(key) {
    const data = this.options.stringify(this.getDataValue(key));
    return { key, data, file: path.join(this.options.dir, this.nameOf(key)) };
  }

  setItem(key, value, callback) {
    return promiseOf(this.#set(checkKey(key), value), callback);
  }

  /** Notes a change at once; resolves once it is stored. */
  async #set(key, value) {
    const { interval, continuous } = this.options;
    const change = this.change(...this.#changeOf(key, value), this.isQueueing);
    if (!this.isQueueing) {
      await this.items.write(change);
      return [this.persisted(key)];
    }
    await this.items.stored(change);
    return { key, value, queued: Boolean(interval), manual: !interval && !continuous };
  }

  setItemSync(key, value) {
    this.items.putNow(...this.#changeOf(checkKey(key), value));
  }

  #changeOf(key, value) {
    const json = this.#codec.encode(value, key);
    this.#live.set(key, { json, value });
    if (this.options.logging) this.log(`set (${key}: ${this.options.stringify(value)})`);
    return [key, json, expiryOfTtl(this.options.ttl, false, Date.now())];
  }

  /** Gives the queued change of a key, or that of a value which the program has changed. */
  changeOf(key) {
    const live = this.#live.get(key);
    const item = this.items.find(key, Date.now());
    if (live === undefined || item === undefined || live.json !== item.json) {
      return super.changeOf(key);
    }
    const json = this.#codec.encode(live.value, key);
    if (json === item.json) return super.changeOf(key);
    live.json = json;
    return this.change(key, json, item.expires, false);
  }

  get(key, callback) {
    return this.getItem(key, callback);
  }

  /** Resolves with `null` for an item that has expired. */
  getItem(key, callback) {
    const value = this.isExpired(key) ? null : this.getItemSync(key);
    return promiseOfKnown(value, callback);
  }

  /** Resolves with all values. */
  removeItem(key, callback) {
    return promiseOf(this.#remove(checkKey(key)), callback);
  }

  async #remove(key) {
    await this.items.remove(key);
    this.#live.delete(key);
    if (this.options.logging) this.log(`removed: ${key}`);
    return this.data;
  }

  removeItemSync(key) {
    const name = checkKey(key);
    this.items.removeNow(name);
    this.#live.delete(name);
    if (this.options.logging) this.log(`removed: ${name}`);
  }

  /** Resolves with what was removed. */
  clear(callback) {
    return promiseOf(this.#clear(), callback);
  }

  async #clear() {
    const keys = this.keys();
    await this.items.clear();
    this.#live.clear();
    return keys.map((key) => ({ key, removed: true, exists: true }));
  }

  clearSync() {
    super.clearSync();
    this.#live.clear();
  }

  parseString(text) {
    try {
      return this.options.parse(text);
    } catch (error) {
      this.log(`parse error: ${messageOf(error)}`);
      return undefined;
    }
  }

  sanitize(key) {
    return encodeName(key);
  }

  unsanitize(name) {
    return decodeName(name);
  }

  stopInterval() {
    this.stopPersistInterval();
  }
}

module.exports = { LocalStorage };
