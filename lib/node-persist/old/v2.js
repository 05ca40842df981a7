'use strict';

// node-persist 2's LocalStorage: values are copied, each item may have a ttl, and promises resolve with what 2.1.0 resolves with.

const { createHash } = require('node:crypto');
const { checkKey } = require('../../arguments');
const { messageOf } = require('../../errors');
const { DatumCodec } = require('../datum-codec');
const { expiryOfTtl } = require('../ttl');
const { COMMON, spanOf } = require('./options');
const { promiseOf, promiseOfKnown } = require('./promise');
const { OldStorage } = require('./storage');

const DEFAULTS = { ...COMMON, forgiveParseErrors: false };

class LocalStorage extends OldStorage {
  constructor(options) {
    super(options, DEFAULTS);
  }

  get #codec() {
    return new DatumCodec(this.options);
  }

  reading() {
    return { version: 2, checkSkipped: (skipped) => this.#checkSkipped(skipped) };
  }

  /** Refuses a folder with other files, as 2.1.0 does, unless the options forgive them. */
  #checkSkipped([first]) {
    if (first === undefined || this.options.forgiveParseErrors) return;
    const name = `${this.options.dir}/${first.file}`;
    throw new Error(
      `[PARSE-ERROR] ${name} does not look like a valid storage file! ${first.reason}`,
    );
  }

  valueOf(key, { json }) {
    return this.#codec.decode(json, key);
  }

  getItemSync(key) {
    const name = checkKey(key);
    const parsed = this.items.parsed(name);
    return parsed === undefined ? undefined : this.#codec.revive(parsed, name);
  }

  /** All items, by their keys. */
  get data() {
    return Object.fromEntries(this.keys().map((key) => [key, this.persisted(key)]));
  }

  /** The result of a write. */
  persisted(key) {
    const item = this.items.find(key, 0);
    return { key, value: item && this.valueOf(key, item), ttl: item?.expires };
  }

  setItem(key, value, options, callback) {
    const isCallback = typeof options === 'function';
    const { ttl } = (isCallback ? undefined : options) ?? {};
    const set = this.#set(checkKey(key), value, ttl);
    return promiseOf(set, isCallback ? options : callback);
  }

  /** Notes a change at once; resolves once it is stored, or queued. */
  #set(key, value, ttl) {
    const { interval, continuous } = this.options;
    const change = this.#changeOf(key, value, ttl);
    const noted = this.change(...change, this.isQueueing);
    const result = this.persisted(key);
    if (this.isQueueing) {
      return Promise.resolve({
        ...result,
        queued: Boolean(interval),
        manual: !interval && !continuous,
      });
    }
    return this.items.write(noted).then(() => [result]);
  }

  setItemSync(key, value, options) {
    this.items.putNow(...this.#changeOf(checkKey(key), value, options?.ttl));
  }

  /** Copies a value; returns the key, text and expiry of the change. */
  #changeOf(key, value, ttl) {
    this.#log(() => `set (${key}: ${this.stringify(value)})`);
    return [key, this.#codec.encode(value, key), this.calcTTL(ttl)];
  }

  get(key, callback) {
    return this.getItem(key, callback);
  }

  /** Resolves with `null` for an item that has expired. */
  getItem(key, callback) {
    const value = this.getItemSync(key);
    const isGone = value === undefined && this.isExpired(key);
    return promiseOfKnown(isGone ? null : value, callback);
  }

  removeItem(key, callback) {
    const name = checkKey(key);
    const value = this.getDataValue(name);
    this.#log(() => `removed: ${name}`);
    return promiseOf(
      this.items.remove(name).then(() => value),
      callback,
    );
  }

  removeItemSync(key) {
    const name = checkKey(key);
    const value = this.getDataValue(name);
    this.items.removeNow(name);
    this.#log(() => `removed: ${name}`);
    return value;
  }

  removePersistedKey(key, callback) {
    const name = checkKey(key);
    const removed = this.items.remove(name).then((existed) => removal(key, existed));
    return promiseOf(removed, callback);
  }

  removePersistedKeySync(key) {
    return removal(key, this.items.removeNow(checkKey(key)));
  }

  clear(callback) {
    return promiseOf(this.items.clear(), callback);
  }

  calcTTL(ttl) {
    const span = ttl === undefined ? this.options.ttl : spanOf(ttl);
    return expiryOfTtl(span, false, Date.now());
  }

  stringify(value) {
    return this.options.stringify(value);
  }

  parse(text) {
    try {
      return this.options.parse(text);
    } catch (error) {
      this.#log(() => `parse error: ${messageOf(error)}`);
      return undefined;
    }
  }

  copy(value) {
    return typeof value === 'object' ? this.parse(this.stringify(value)) : value;
  }

  md5(data) {
    return createHash('md5').update(data).digest('hex');
  }

  #log(message) {
    if (this.options.logging) this.log(message());
  }
}

function removal(key, existed) {
  return { key, removed: existed, existed };
}

module.exports = { LocalStorage };
