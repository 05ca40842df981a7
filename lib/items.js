'use strict';

// All calls on items: checks arguments, makes a call of them, and hands it to the engine. The base
// of the public classes (`lib/store.js`) and of a part of a store (`lib/part.js`). It knows
// nothing of files and locks, nor of the life of a store.
//
// A part has the items whose keys begin with its prefix. Arguments and results have its keys without
// the prefix; calls, engine and errors know full keys alone. The prefix of a whole store is ''.
//
// Each blocking method, `…Sync`, stands beside its awaited twin, and takes its call or its choice
// of items from the same place.
//
// An instance has no members but those of `index.d.ts`, and no method calls another through `this`:
// so a class that extends this one may have members of any name.

const { isPromise } = require('node:util/types');
const { checkFunction, checkKey, checkKeys } = require('./arguments');
const { attempt } = require('./attempt');
const { checkChoice, checkMatch } = require('./choices');
const { checkCount, refuseMore } = require('./parameters');
const { Results } = require('./results');
const { blockingCallsOf } = require('./support');
const { Watch } = require('./watch');
const { checkWatched } = require('./watched');

/**
 * Gives the constructor's arguments for a part of some items: the part shares their engine.
 * @type {(items: Items, prefix: string) => ConstructorParameters<typeof Items>}
 */
let argumentsOfPart;

class Items {
  static {
    argumentsOfPart = (items, prefix) => [
      items.#engine,
      items.#codec,
      items.#calls.within(items.#prefix + prefix),
    ];
  }

  /** @type {import('./engine').Engine} */
  #engine;
  /** @type {import('./engine').BlockingCalls} */
  #blocking;
  #codec;
  #calls;
  #results;
  #prefix;

  /**
   * @param {import('./engine').Engine} engine
   * @param {import('./codec').Codec} codec
   * @param {import('./checked-calls').CheckedCalls} calls
   */
  constructor(engine, codec, calls) {
    this.#engine = engine;
    this.#blocking = blockingCallsOf(engine);
    this.#codec = codec;
    this.#calls = calls;
    this.#prefix = calls.prefix;
    this.#results = new Results(codec, calls.prefix);
  }

  getItem(key) {
    // An asynchronous function takes longer until V8 has compiled it.
    try {
      if (arguments.length > 1) refuseMore('getItem', arguments);
      return Promise.resolve(this.#engine.value(checkKey(key, this.#prefix)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  getItemSync(key) {
    if (arguments.length > 1) refuseMore('getItemSync', arguments);
    return this.#blocking.value(checkKey(key, this.#prefix));
  }

  async getItems(keys) {
    checkCount('getItems', arguments);
    return this.#results.map(await this.#engine.list('entries', this.#selectionOf(keys)));
  }

  getItemsSync(keys) {
    checkCount('getItemsSync', arguments);
    return this.#results.map(this.#blocking.list('entries', this.#selectionOf(keys)));
  }

  async getOrSet(key, make, options) {
    if (arguments.length > 3) refuseMore('getOrSet', arguments);
    const name = this.#calls.checkGetOrSet(key, make, options);
    const found = this.#engine.value(name);
    const value = isPromise(found) ? await found : found;
    if (value !== undefined) return value;
    return this.#engine.submit(this.#calls.getOrSet(name, make, options));
  }

  getOrSetSync(key, make, options) {
    if (arguments.length > 3) refuseMore('getOrSetSync', arguments);
    const name = this.#calls.checkGetOrSet(key, make, options);
    const value = this.#blocking.value(name);
    if (value !== undefined) return value;
    return this.#blocking.submit(this.#calls.getOrSet(name, make, options));
  }

  async getExpiry(key) {
    checkCount('getExpiry', arguments);
    return this.#results.expiry(await this.#engine.expiry(checkKey(key, this.#prefix)));
  }

  getExpirySync(key) {
    checkCount('getExpirySync', arguments);
    return this.#results.expiry(this.#blocking.expiry(checkKey(key, this.#prefix)));
  }

  async hasItem(key) {
    checkCount('hasItem', arguments);
    return this.#engine.has(checkKey(key, this.#prefix));
  }

  hasItemSync(key) {
    checkCount('hasItemSync', arguments);
    return this.#blocking.has(checkKey(key, this.#prefix));
  }

  setItem(key, value, options) {
    // As `attempt` does, without a function for each of many calls.
    try {
      if (arguments.length > 3) refuseMore('setItem', arguments);
      return this.#engine.put(this.#calls.change(key, value, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  setItemSync(key, value, options) {
    if (arguments.length > 3) refuseMore('setItemSync', arguments);
    this.#blocking.submit(this.#calls.set(key, value, options));
  }

  setItems(entries, options) {
    return attempt('setItems', arguments, () =>
      this.#engine.submit(this.#calls.setAll(entries, options)),
    );
  }

  setItemsSync(entries, options) {
    checkCount('setItemsSync', arguments);
    this.#blocking.submit(this.#calls.setAll(entries, options));
  }

  touch(key, ttl) {
    return attempt('touch', arguments, () => this.#engine.submit(this.#calls.touch(key, ttl)));
  }

  touchSync(key, ttl) {
    checkCount('touchSync', arguments);
    return this.#blocking.submit(this.#calls.touch(key, ttl));
  }

  updateItem(key, value, options) {
    return attempt('updateItem', arguments, () =>
      this.#engine.submit(this.#calls.update(key, value, options)),
    );
  }

  updateItemSync(key, value, options) {
    checkCount('updateItemSync', arguments);
    this.#blocking.submit(this.#calls.update(key, value, options));
  }

  editItem(key, edit, options) {
    // As `setItem` does.
    try {
      if (arguments.length > 3) refuseMore('editItem', arguments);
      return this.#engine.submit(this.#calls.edit(key, edit, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  editItemSync(key, edit, options) {
    if (arguments.length > 3) refuseMore('editItemSync', arguments);
    return this.#blocking.submit(this.#calls.edit(key, edit, options));
  }

  editItems(keys, edit, options) {
    return attempt('editItems', arguments, () =>
      this.#engine.submit(this.#calls.editAll(keys, edit, options)),
    );
  }

  editItemsSync(keys, edit, options) {
    checkCount('editItemsSync', arguments);
    return this.#blocking.submit(this.#calls.editAll(keys, edit, options));
  }

  viewItem(key, view, options) {
    return attempt('viewItem', arguments, () =>
      this.#engine.submit(this.#calls.view(key, view, options)),
    );
  }

  removeItem(key) {
    return attempt('removeItem', arguments, () => this.#engine.submit(this.#calls.remove(key)));
  }

  removeItemSync(key) {
    checkCount('removeItemSync', arguments);
    return this.#blocking.submit(this.#calls.remove(key));
  }

  removeItems(keys) {
    return attempt('removeItems', arguments, () =>
      this.#engine.submit(this.#calls.removeAll(keys)),
    );
  }

  removeItemsSync(keys) {
    checkCount('removeItemsSync', arguments);
    return this.#blocking.submit(this.#calls.removeAll(keys));
  }

  async clear(options) {
    checkCount('clear', arguments);
    await this.#engine.submit(this.#calls.clear(options));
  }

  clearSync(options) {
    checkCount('clearSync', arguments);
    this.#blocking.submit(this.#calls.clear(options));
  }

  async keys(options) {
    checkCount('keys', arguments);
    return this.#results.keys(await this.#engine.list('keys', this.#choiceOf(options)));
  }

  keysSync(options) {
    checkCount('keysSync', arguments);
    return this.#results.keys(this.#blocking.list('keys', this.#choiceOf(options)));
  }

  async values(options) {
    checkCount('values', arguments);
    return this.#results.values(
      await this.#engine.list(this.#results.kindOfValues, this.#choiceOf(options)),
    );
  }

  valuesSync(options) {
    checkCount('valuesSync', arguments);
    return this.#results.values(
      this.#blocking.list(this.#results.kindOfValues, this.#choiceOf(options)),
    );
  }

  async entries(options) {
    checkCount('entries', arguments);
    return this.#results.entries(await this.#engine.list('entries', this.#choiceOf(options)));
  }

  entriesSync(options) {
    checkCount('entriesSync', arguments);
    return this.#results.entries(this.#blocking.list('entries', this.#choiceOf(options)));
  }

  async length(options) {
    checkCount('length', arguments);
    return this.#engine.count(this.#choiceOf(options));
  }

  lengthSync(options) {
    checkCount('lengthSync', arguments);
    return this.#blocking.count(this.#choiceOf(options));
  }

  async valuesWithKeyMatch(match, options) {
    checkCount('valuesWithKeyMatch', arguments);
    const isMatch = checkMatch(match);
    const matches = this.#prefix === '' ? isMatch : (key) => isMatch(this.#results.key(key));
    const choice = { ...this.#choiceOf(options), matches };
    return this.#results.values(await this.#engine.list(this.#results.kindOfValues, choice));
  }

  async forEach(callback, options) {
    checkCount('forEach', arguments);
    checkFunction(callback, 'callback');
    for await (const [key, value] of this.#walk(this.#choiceOf(options))) {
      await callback({ key, value });
    }
  }

  iterate(options) {
    checkCount('iterate', arguments);
    return this.#walk(this.#choiceOf(options));
  }

  watch(options) {
    checkCount('watch', arguments);
    const choice = checkWatched(options, this.#prefix);
    const source = this.#engine.watch(choice);
    return new Watch(source, options?.signal, (change) => this.#results.change(change));
  }

  [Symbol.asyncIterator]() {
    return this.#walk(this.#choiceOf());
  }

  async *#walk(choice) {
    for await (const part of this.#engine.parts('entries', choice)) {
      for (const entry of part) yield this.#results.entry(entry);
    }
  }

  /** Checks the options of a listing; returns the choice of items. */
  #choiceOf(options) {
    return checkChoice(options, this.#prefix);
  }

  /** Checks the keys of a batch; returns the choice of their items. */
  #selectionOf(keys) {
    return { keys: checkKeys(keys, this.#prefix) };
  }
}

module.exports = { Items, argumentsOfPart };
