'use strict';

// A store for Keyv. A namespace is a prefix of keys: the item of `user` in the namespace `cache` is
// `cache:user`. Must not load Keyv, nor know an engine.
//
// Keyv 6 gives a store bare keys and the moments at which items expire. Keyv 5 adds the namespace to
// the keys, and gives the time to live. Keyv 5 reads the store's `opts` before any other call and
// Keyv 6 never does, so `opts` tells them apart.

const { REMOVE } = require('../calls/operations');
const { Place } = require('./place');
const { storeItem, storeItems } = require('./storing');

/** The calls that Keyv 6 looks for. */
const METHODS = [
  ...['get', 'getMany', 'has', 'hasMany', 'set', 'setMany'],
  ...['delete', 'deleteMany', 'clear', 'disconnect', 'iterator'],
];

class KeyvStore {
  /** The namespace, which Keyv sets. @type {string | undefined} */
  namespace;
  #place;
  #items;
  #isOfKeyv5 = false;
  /** Keyv 5 iterates only over stores of the databases that it knows. */
  #options = { dialect: 'sqlite', url: '' };

  constructor(place, options = {}) {
    this.#place = new Place(place, options);
    this.#items = this.#place.store;
  }

  get opts() {
    this.#isOfKeyv5 = true;
    return this.#options;
  }

  /** Tells Keyv 6 that the store takes the moment at which an item expires. */
  get capabilities() {
    const methods = METHODS.map((name) => [name, { exists: true, methodType: 'async' }]);
    const found = { compatible: true, store: 'keyvStorage', methods: Object.fromEntries(methods) };
    return { ...found, expires: true };
  }

  async get(key) {
    return this.#items.getItem(this.#fullKey(key));
  }

  async getMany(keys) {
    const names = keys.map((key) => this.#fullKey(key));
    const values = await this.#items.getItems(names);
    return names.map((name) => values.get(name));
  }

  async has(key) {
    return this.#items.hasItem(this.#fullKey(key));
  }

  async hasMany(keys) {
    const values = await this.getMany(keys);
    return values.map((value) => value !== undefined);
  }

  async set(key, value, expiry) {
    await storeItem(this.#items, this.#fullKey(key), value, this.#left(expiry));
    return true;
  }

  /** Stores items in one commit, each with its own expiry. */
  async setMany(entries) {
    const items = entries.map(({ key, value, ttl, expires }) => ({
      key: this.#fullKey(key),
      value,
      left: this.#left(this.#isOfKeyv5 ? ttl : expires),
    }));
    await storeItems(this.#items, items);
    return entries.map(() => true);
  }

  async delete(key) {
    return this.#items.removeItem(this.#fullKey(key));
  }

  /** Removes items in one commit. Keyv 6 is told of each item, and Keyv 5 of all together. */
  async deleteMany(keys) {
    const names = keys.map((key) => this.#fullKey(key));
    if (this.#isOfKeyv5) {
      return (await this.#items.removeItems(names)) === new Set(names).size;
    }
    let found;
    await this.#items.editItems(names, (values) => {
      found = names.map((name) => values.get(name) !== undefined);
      return names.filter((name, at) => found[at]).map((name) => [name, REMOVE]);
    });
    return found;
  }

  /** Removes the items of the namespace in one commit; those of the whole store without one. */
  async clear() {
    const prefix = this.#prefix;
    if (prefix === '') await this.#items.clear();
    else await this.#items.clear({ prefix });
  }

  /** Iterates over the items of the namespace as they are when it begins. */
  async *iterator() {
    const prefix = this.#prefix;
    const cut = this.#isOfKeyv5 ? 0 : prefix.length;
    for await (const [key, value] of this.#items.iterate({ prefix })) {
      yield [key.slice(cut), value];
    }
  }

  /** Closes the store, if it was opened here. */
  async disconnect() {
    await this.#place.close();
  }

  get #prefix() {
    return this.namespace ? `${this.namespace}:` : '';
  }

  /** Gives the key of an item. Keyv 5 has added the namespace, which may not be the last one set. */
  #fullKey(key) {
    return this.#isOfKeyv5 ? key : this.#prefix + key;
  }

  /** Gives the milliseconds until an item expires; Keyv 6 gives the moment. */
  #left(expiry) {
    if (expiry === undefined || expiry === null) return undefined;
    return this.#isOfKeyv5 ? expiry : expiry - Date.now();
  }
}

module.exports = { KeyvStore };
