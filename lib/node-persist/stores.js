'use strict';

// The open stores of this process's LocalStorages. Those of one folder share one store.
//
// So their writes keep the order of the calls, and a program that makes a LocalStorage for each request reads its folder once.
// node-persist has no `close`: a store that no LocalStorage has any more is left to the garbage collector.

const { PersistLock } = require('../persist-lock');
const { STORE_OPTIONS } = require('./options');

/** @type {Map<string, WeakRef<PersistLock>>} */
const stores = new Map();
const forgotten = new FinalizationRegistry((name) => {
  if (stores.get(name)?.deref() === undefined) stores.delete(name);
});

/** Gives the store of a folder. */
function sharedStore(options) {
  const given = STORE_OPTIONS.filter((name) => options[name] !== undefined);
  const own = Object.fromEntries(given.map((name) => [name, options[name]]));
  const name = JSON.stringify([options.dir, own]);
  const open = stores.get(name)?.deref();
  if (open) return open;
  // LocalStorage removes expired items, as often as its own options say.
  const store = new PersistLock(options.dir, { ...own, expiredInterval: false });
  stores.set(name, new WeakRef(store));
  forgotten.register(store, name);
  return store;
}

module.exports = { sharedStore };
