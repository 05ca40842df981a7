'use strict';

// The public class: checks arguments, makes a call of them, and hands it to the engine. It knows nothing of files or locks.
//
// An instance has no members but those of `index.d.ts`, and no method calls another through `this`: so a class that extends this one
// may have members of any name.

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
const { KeysCall } = require('./calls/call');
const { Operations, REMOVE } = require('./calls/operations');
const { Codec } = require('./codec');
const { PersistLockError } = require('./errors');
const { FileEngine } = require('./file/engine');

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

/**
 * Gives the engine of an instance: for modules of this package alone, where the public interface does not suffice.
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
  #codec;
  #operations;
  /** The terms of a call without a callback, of one that runs the codec in its turn, and of one with a callback and no options. */
  #plainTerms;
  #codecTerms;
  #callbackTerms;

  constructor(dir = process.cwd(), options = {}) {
    const checked = checkOptions(dir, options);
    const { lockTimeout: timeout, stringify, parse, ttl } = checked;
    this.#codec = new Codec(stringify, parse);
    this.#operations = new Operations(this.#codec, ttl);
    this.#engine = new FileEngine(checked, this.#codec, this);
    this.#plainTerms = { timeout };
    this.#codecTerms = { hasCodec: this.#codec.isCustom, timeout };
    this.#callbackTerms = { hasCallback: true, timeout };
  }

  async init() {
    await this.#engine.open();
    return this;
  }

  async getItem(key) {
    return this.#engine.value(checkKey(key));
  }

  async hasItem(key) {
    return this.#engine.has(checkKey(key));
  }

  setItem(key, value, options) {
    // As `attempt` does, without a function for each of many calls.
    try {
      const ttl = options === undefined ? undefined : checkCallOptions(options, ['ttl']).ttl;
      return this.#engine.put(this.#operations.set(checkKey(key), value, ttl));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  updateItem(key, value, options) {
    return attempt(() => {
      const { ttl } = checkCallOptions(options, ['ttl']);
      const name = checkKey(key);
      const run = this.#operations.update(name, value, ttl);
      return this.#engine.submit(new KeysCall([name], run, this.#codecTerms));
    });
  }

  editItem(key, edit, options) {
    // As `setItem` does.
    try {
      const terms = this.#termsOf(options, ['ttl', 'timeout', 'signal']);
      const name = checkKey(key);
      checkFunction(edit, 'edit');
      return this.#engine.submit(this.#operations.edit(name, edit, options?.ttl, terms));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  editItems(keys, edit, options) {
    return attempt(() => {
      const terms = this.#termsOf(options, ['ttl', 'timeout', 'signal']);
      const names = checkKeys(keys);
      checkFunction(edit, 'edit');
      const run = this.#operations.editAll(names, edit, options?.ttl);
      return this.#engine.submit(new KeysCall(names, run, terms));
    });
  }

  viewItem(key, view, options) {
    return attempt(() => {
      const terms = this.#termsOf(options, ['timeout', 'signal']);
      const name = checkKey(key);
      checkFunction(view, 'view');
      const run = this.#operations.view(name, view);
      return this.#engine.submit(new KeysCall([name], run, { ...terms, shared: true }));
    });
  }

  removeItem(key) {
    return attempt(() => {
      const name = checkKey(key);
      return this.#engine.submit(
        new KeysCall([name], (turn) => turn.remove(name), this.#plainTerms),
      );
    });
  }

  clear() {
    return attempt(() =>
      this.#engine.submit(new KeysCall(null, (turn) => turn.clear(), this.#plainTerms)),
    );
  }

  removeExpiredItems() {
    return attempt(() => this.#engine.removeExpired());
  }

  async keys(options) {
    return this.#engine.list('keys', { prefix: checkPrefix(options) });
  }

  async values(options) {
    const prefix = checkPrefix(options);
    if (!this.#codec.isCustom) return this.#engine.list('values', { prefix });
    // With their keys, so that an error can name the one that was not understood.
    return this.#values({ prefix });
  }

  async entries(options) {
    const entries = await this.#engine.list('entries', { prefix: checkPrefix(options) });
    return entries.map((entry) => this.#reviveEntry(entry));
  }

  async length(options) {
    return this.#engine.count({ prefix: checkPrefix(options) });
  }

  async valuesWithKeyMatch(match) {
    return this.#values({ matches: checkMatch(match) });
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

  [Symbol.asyncDispose]() {
    return this.close();
  }

  async #values(choice) {
    const entries = await this.#engine.list('entries', choice);
    return entries.map(([key, value]) => this.#codec.revive(value, key));
  }

  async *#iterate() {
    for await (const part of this.#engine.parts('entries')) {
      for (const entry of part) yield this.#reviveEntry(entry);
    }
  }

  #reviveEntry([key, value]) {
    return [key, this.#codec.revive(value, key)];
  }

  /** The terms of a call with a callback. */
  #termsOf(options, names) {
    if (options === undefined) return this.#callbackTerms;
    const { timeout = this.#engine.lockTimeout, signal } = checkCallOptions(options, names);
    return { hasCallback: true, timeout, signal };
  }
}

module.exports = { PersistLock, PersistLockError, engineOf };
