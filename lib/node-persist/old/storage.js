'use strict';

// The common part of the LocalStorages of node-persist 2, 1 and 0. All reads answer at once. A change is seen at once, and is in the
// store when its call resolves; with `interval`, or without `continuous`, it is queued first.
//
// A class that extends this one says how values are coded (`codec`, `valueOf`), and what calls resolve with (`persisted`).

const { checkKey } = require('../../arguments');
const { everySoOften } = require('../../periodic');
const timers = require('../../timers');
const { makeDirectory, makeDirectorySync } = require('../directories');
const { matcherOf } = require('../match');
const { OpenFolder } = require('../open-folder');
const { resolveDir } = require('../options');
const { Items } = require('./items');
const { completeOptions } = require('./options');
const { promiseOf } = require('./promise');

/** A time at which no item has expired. */
const ALWAYS = 0;
const NOTHING = () => {};

const MAKERS = { ensureDirectory: makeDirectory, ensureDirectorySync: makeDirectorySync };

class OldStorage {
  #defaults;
  #folder;
  #items;
  #endSweeps = NOTHING;
  #persisting;

  /**
   * @param {object | undefined} options
   * @param {object} defaults the defaults of all options
   */
  constructor(options, defaults) {
    this.#defaults = defaults;
    this.setOptions(options);
  }

  setOptions(given) {
    const options = completeOptions(given, this.#defaults);
    if (typeof options.logging === 'function') {
      this.log = options.logging;
      options.logging = true;
    }
    this.options = options;
  }

  init(options, callback) {
    const isCallback = typeof options === 'function';
    if (options && !isCallback) this.setOptions(options);
    return promiseOf(this.#init(), isCallback ? options : callback);
  }

  async #init() {
    const opened = this.#open().open();
    this.#startIntervals();
    await opened;
    return this.initialized();
  }

  initSync(options) {
    if (options) this.setOptions(options);
    this.#open().openNow();
    this.#startIntervals();
  }

  /** Replaces the folder and its items. Queued changes go to the folder that they were made for. */
  #open() {
    if (this.#items !== undefined) this.persistSync();
    this.#folder = new OpenFolder(this.options, MAKERS, this.reading());
    this.#items = new Items(this.#folder);
    return this.#folder;
  }

  #startIntervals() {
    if (this.options.interval > 0) this.startPersistInterval();
    if (this.options.expiredInterval) this.startExpiredKeysInterval();
  }

  /** The items. The first call opens the folder, unless `init` has. */
  get items() {
    if (this.#items === undefined) this.initSync();
    return this.#items;
  }

  /** The result of `init`. */
  initialized() {
    return { dir: this.options.dir };
  }

  /** True if changes are queued. */
  get isQueueing() {
    return Boolean(this.options.interval) || !this.options.continuous;
  }

  // Reads.

  keys() {
    return this.items.keys();
  }

  length() {
    return this.keys().length;
  }

  values() {
    return this.valuesOf(this.keys());
  }

  valuesWithKeyMatch(match) {
    return this.valuesOf(this.keys().filter(matcherOf(match)));
  }

  forEach(callback) {
    for (const key of this.keys()) callback(key, this.getDataValue(key));
  }

  valuesOf(keys) {
    return keys.map((key) => this.getDataValue(key));
  }

  getItemSync(key) {
    return this.valueAt(key, Date.now());
  }

  /** Gives the value of an item, also of an expired one that is still kept. */
  getDataValue(key) {
    return this.valueAt(key, ALWAYS);
  }

  valueAt(key, now) {
    const name = checkKey(key);
    const item = this.items.find(name, now);
    return item === undefined ? undefined : this.valueOf(name, item);
  }

  isExpired(key) {
    const expires = this.items.find(checkKey(key), ALWAYS)?.expires;
    return expires !== undefined && expires <= Date.now();
  }

  // Changes.

  set(...args) {
    return this.setItem(...args);
  }

  /** Notes a change, and keeps the process alive until the interval has stored it. */
  change(key, json, expires, isQueued) {
    if (isQueued) this.#persisting?.ref();
    return this.items.set(key, json, expires, isQueued);
  }

  del(key, callback) {
    return this.removeItem(key, callback);
  }

  rm(key, callback) {
    return this.removeItem(key, callback);
  }

  removeExpiredItems(callback) {
    return promiseOf(
      this.items.removeExpired().then(() => undefined),
      callback,
    );
  }

  clearSync() {
    this.items.clearNow();
  }

  persist(callback) {
    const persisted = this.items.queued.map((change) => this.#persist(change));
    return promiseOf(Promise.all(persisted), callback);
  }

  async #persist(change) {
    await this.items.write(change);
    return this.persisted(change.key);
  }

  persistSync() {
    const { queued } = this.items;
    if (queued.length > 0) this.items.writeNow(queued);
  }

  persistKey(key, callback) {
    return promiseOf(this.#persistKey(checkKey(key)), callback);
  }

  async #persistKey(key) {
    const change = this.changeOf(key);
    if (change !== undefined) await this.items.write(change);
    return this.persisted(key);
  }

  persistKeySync(key) {
    const change = this.changeOf(checkKey(key));
    if (change !== undefined) this.items.writeNow([change]);
  }

  /** Gives the change of a key that is to be stored, if there is one. */
  changeOf(key) {
    return this.items.queued.find((change) => change.key === key);
  }

  // Intervals.

  startPersistInterval() {
    this.stopPersistInterval();
    const persist = () => this.#persistQueued();
    this.#persisting = timers.setInterval(persist, Number(this.options.interval)).unref();
  }

  /**
   * Stores the queued changes, on the calling thread: what another program finds after the interval does not depend on the event loop.
   * They stay queued after an error.
   */
  #persistQueued() {
    try {
      this.persistSync();
      this.#persisting?.unref();
    } catch (error) {
      process.emitWarning(
        `The interval could not store changes, and tries again: ${error.message}`,
        {
          type: 'PersistLockWarning',
          code: 'PERSIST_LOCK_NOT_PERSISTED',
        },
      );
    }
  }

  stopPersistInterval() {
    timers.clearInterval(this.#persisting);
  }

  startExpiredKeysInterval() {
    this.stopExpiredKeysInterval();
    const interval = Number(this.options.expiredInterval) || Infinity;
    const time = Math.min(interval, timers.LONGEST_TIMER);
    this.#endSweeps = everySoOften(this, time, OldStorage.#sweep);
  }

  stopExpiredKeysInterval() {
    this.#endSweeps();
    this.#endSweeps = NOTHING;
  }

  static async #sweep(storage) {
    try {
      await storage.items.removeExpired();
    } catch ({ message }) {
      // The next call of the user's meets the same error.
      storage.log(`expired items were not removed: ${message}`);
    }
  }

  resolveDir(dir) {
    return resolveDir(dir);
  }

  log(...message) {
    if (this.options.logging) console.log(...message);
  }
}

module.exports = { OldStorage };
