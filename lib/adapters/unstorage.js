'use strict';

// A driver for unstorage. Values are the texts that unstorage makes of them. Must not load unstorage,
// nor know an engine.

const { checkOption } = require('../arguments');
const { invalid } = require('../errors');
const { nextTick } = require('../timers');
const { Place } = require('./place');
const { storeItem, storeItems } = require('./storing');

/** Makes a driver. unstorage and Nitro give all options in one object. */
function persistLockDriver(options = {}) {
  if (typeof options !== 'object' || options === null) {
    throw invalid(
      'INVALID_OPTION',
      "The options must be an object, such as { dir: 'data' }",
      options,
    );
  }
  const { store, dir, base = '', ttl, ...others } = options;
  checkOption(typeof base === 'string', 'base', 'a string', base);
  const place = placeOf(store, dir, others);
  const name = base.replace(/:$/, '');
  const items = place.items(name === '' ? '' : `${name}:`);
  const watchers = new Set();

  /** Gives the milliseconds until an item expires. A ttl of unstorage is in seconds. */
  const left = (given) => {
    const seconds = given?.ttl ?? ttl;
    return seconds ? seconds * 1000 : undefined;
  };

  return {
    name: 'persist-lock',
    options,
    flags: { ttl: true },
    getInstance: () => place.store,

    hasItem: (key) => items.hasItem(key),
    getItem: async (key) => (await items.getItem(key)) ?? null,

    /** Reads items at one moment. */
    async getItems(entries) {
      const keys = entries.map(({ key }) => key);
      const values = await items.getItems(keys);
      return keys.map((key) => ({ key, value: values.get(key) ?? null }));
    },

    setItem: (key, value, given) => storeItem(items, key, value, left(given)),

    /** Stores items in one commit, each with its own expiry. */
    async setItems(entries, common) {
      const timed = entries.map(({ key, value, options: own }) => ({
        key,
        value,
        left: left(own?.ttl === undefined ? common : own),
      }));
      await storeItems(items, timed);
    },

    async removeItem(key) {
      await items.removeItem(key);
    },

    /** Tells the seconds until an item expires. */
    async getMeta(key) {
      const expires = await items.getExpiry(key);
      if (expires === undefined) return null;
      return expires === null ? {} : { ttl: Math.ceil((expires - Date.now()) / 1000) };
    },

    getKeys: (prefix = '') => items.keys({ prefix }),

    /** Removes items in one commit. */
    clear: (prefix = '') => (prefix === '' ? items.clear() : items.clear({ prefix })),

    /** Tells of the changes of all processes; resolves with a function that ends it. */
    async watch(callback) {
      const watcher = items.watch();
      watchers.add(watcher);
      follow(watcher, callback);
      // Watching begins when the store is open.
      await items.hasItem('');
      return async () => {
        watchers.delete(watcher);
        await watcher.return();
      };
    },

    /** Ends watching, and closes the store if it was opened here. */
    async dispose() {
      for (const watcher of watchers) await watcher.return();
      watchers.clear();
      await place.close();
    },
  };
}

function placeOf(store, dir, options) {
  if (store === undefined) return new Place(dir, options);
  checkOption(Place.isStore(store), 'store', 'a store or a part of one', store);
  return new Place(store, dir === undefined ? options : { dir, ...options });
}

/**
 * Tells a callback of each change, outside of promises: what it throws does not end this. An error of
 * the store does, and nobody awaits it.
 */
async function follow(watcher, callback) {
  for (;;) {
    let step;
    try {
      step = await watcher.next();
    } catch (error) {
      process.emitWarning(error);
      return;
    }
    if (step.done) return;
    nextTick(callback, step.value.removed ? 'remove' : 'update', step.value.key);
  }
}

module.exports = { persistLockDriver };
