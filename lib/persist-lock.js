'use strict';

// The public class: checks arguments, makes a call of them, and hands it to the engine. It knows
// nothing of files or locks.
//
// Each blocking method, `…Sync`, stands beside its awaited twin, and takes its call or its choice
// of items from the same place.
//
// An instance has no members but those of `index.d.ts`, and no method calls another through `this`:
// so a class that extends this one may have members of any name.

const {
  checkFile,
  checkFunction,
  checkKey,
  checkMatch,
  checkOptions,
  checkPrefix,
} = require('./arguments');
const { REMOVE } = require('./calls/operations');
const { CheckedCalls } = require('./checked-calls');
const { Codec } = require('./codec');
const { PersistLockError, unsupportedError } = require('./errors');
const { FileEngine } = require('./file/engine');

/**
 * Turns an error that a call throws into a rejection. An asynchronous function would do so too, at
 * the price of a promise more, which is most of what one of many writes at once costs.
 */
function attempt(call) {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The blocking calls of an engine that has none. */
const UNSUPPORTED = new Proxy(
  {},
  {
    get() {
      throw unsupportedError();
    },
  },
);

/**
 * Gives the engine of an instance: for modules of this package alone, where the public interface
 * does not suffice.
 * @type {(store: PersistLock) => import('./engine').Engine}
 */
let engineOf;

class PersistLock {
  static REMOVE = REMOVE;

  static {
    engineOf = (store) => store.#engine;
  }

  /** @type {import('./engine').Engine} */
  #engine;
  /** @type {import('./engine').BlockingCalls} */
  #blocking;
  #codec;
  #calls;

  constructor(dir = process.cwd(), options = {}) {
    const checked = checkOptions(dir, options);
    const { lockTimeout, stringify, parse, ttl } = checked;
    this.#codec = new Codec(stringify, parse);
    this.#calls = new CheckedCalls(this.#codec, ttl, lockTimeout);
    this.#engine = new FileEngine(checked, this.#codec, this);
    this.#blocking = this.#engine.blocking ?? UNSUPPORTED;
  }

  async init() {
    await this.#engine.open();
    return this;
  }

  initSync() {
    this.#blocking.open();
    return this;
  }

  async getItem(key) {
    return this.#engine.value(checkKey(key));
  }

  getItemSync(key) {
    return this.#blocking.value(checkKey(key));
  }

  async hasItem(key) {
    return this.#engine.has(checkKey(key));
  }

  hasItemSync(key) {
    return this.#blocking.has(checkKey(key));
  }

  setItem(key, value, options) {
    // As `attempt` does, without a function for each of many calls.
    try {
      return this.#engine.put(this.#calls.change(key, value, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  setItemSync(key, value, options) {
    this.#blocking.submit(this.#calls.set(key, value, options));
  }

  updateItem(key, value, options) {
    return attempt(() => this.#engine.submit(this.#calls.update(key, value, options)));
  }

  updateItemSync(key, value, options) {
    this.#blocking.submit(this.#calls.update(key, value, options));
  }

  editItem(key, edit, options) {
    // As `setItem` does.
    try {
      return this.#engine.submit(this.#calls.edit(key, edit, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  editItemSync(key, edit, options) {
    return this.#blocking.submit(this.#calls.edit(key, edit, options));
  }

  editItems(keys, edit, options) {
    return attempt(() => this.#engine.submit(this.#calls.editAll(keys, edit, options)));
  }

  editItemsSync(keys, edit, options) {
    return this.#blocking.submit(this.#calls.editAll(keys, edit, options));
  }

  viewItem(key, view, options) {
    return attempt(() => this.#engine.submit(this.#calls.view(key, view, options)));
  }

  removeItem(key) {
    return attempt(() => this.#engine.submit(this.#calls.remove(key)));
  }

  removeItemSync(key) {
    return this.#blocking.submit(this.#calls.remove(key));
  }

  clear() {
    return attempt(() => this.#engine.submit(this.#calls.clear()));
  }

  clearSync() {
    this.#blocking.submit(this.#calls.clear());
  }

  removeExpiredItems() {
    return attempt(() => this.#engine.removeExpired());
  }

  async keys(options) {
    return this.#engine.list('keys', choiceOf(options));
  }

  keysSync(options) {
    return this.#blocking.list('keys', choiceOf(options));
  }

  async values(options) {
    return this.#revivedValues(await this.#engine.list(this.#kindOfValues, choiceOf(options)));
  }

  valuesSync(options) {
    return this.#revivedValues(this.#blocking.list(this.#kindOfValues, choiceOf(options)));
  }

  async entries(options) {
    return this.#revivedEntries(await this.#engine.list('entries', choiceOf(options)));
  }

  entriesSync(options) {
    return this.#revivedEntries(this.#blocking.list('entries', choiceOf(options)));
  }

  async length(options) {
    return this.#engine.count(choiceOf(options));
  }

  lengthSync(options) {
    return this.#blocking.count(choiceOf(options));
  }

  async valuesWithKeyMatch(match) {
    const matches = checkMatch(match);
    return this.#revivedValues(await this.#engine.list(this.#kindOfValues, { matches }));
  }

  async forEach(callback) {
    checkFunction(callback, 'callback');
    for await (const [key, value] of this.#iterate()) await callback({ key, value });
  }

  [Symbol.asyncIterator]() {
    return this.#iterate();
  }

  async compact() {
    await this.#engine.compact();
  }

  async stats() {
    return this.#engine.stats();
  }

  async backup(file) {
    await this.#engine.backup(checkFile(file));
  }

  close() {
    return attempt(() => this.#engine.close());
  }

  closeSync() {
    this.#blocking.close();
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  async *#iterate() {
    for await (const part of this.#engine.parts('entries')) {
      for (const [key, value] of part) yield [key, this.#codec.revive(value, key)];
    }
  }

  /** The kind that values are listed as: with their keys where an error may have to name one. */
  get #kindOfValues() {
    return this.#codec.isCustom ? 'entries' : 'values';
  }

  #revivedValues(list) {
    if (!this.#codec.isCustom) return list;
    return list.map(([key, value]) => this.#codec.revive(value, key));
  }

  #revivedEntries(list) {
    if (!this.#codec.isCustom) return list;
    return list.map(([key, value]) => [key, this.#codec.revive(value, key)]);
  }
}

/** Checks the options of a listing; returns the choice of items. */
function choiceOf(options) {
  return { prefix: checkPrefix(options) };
}

module.exports = { PersistLock, PersistLockError, engineOf };
