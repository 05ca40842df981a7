'use strict';

// persist-lock, as in its README: public calls only, one for each operation, also for concurrent
// ones. With `blocking` the single calls and the listings are the blocking ones.

const PersistLock = require('../..');

/** Gives the calls that a blocking store replaces. */
function blockingCalls(store) {
  return {
    get: (key) => store.getItemSync(key),
    set: (key, value) => store.setItemSync(key, value),
    edit: (key, edit) => store.editItemSync(key, edit),
    keys: () => store.keysSync(),
    values: () => store.valuesSync(),
    entries: () => store.entriesSync(),
    entriesWith: (prefix, limit) => store.entriesSync({ prefix, limit }),
  };
}

/** Makes the item of a getOrSet, which is there. */
function noItem() {
  throw new Error('The item is not there');
}

async function open(folder, { durability, blocking = false }) {
  const store = await new PersistLock(folder, { durability }).init();
  const setAll = (pairs) => Promise.all(pairs.map(([key, value]) => store.setItem(key, value)));
  return {
    get: (key) => store.getItem(key),
    getOrSet: (key) => store.getOrSet(key, noItem),
    set: (key, value) => store.setItem(key, value),
    edit: (key, edit) => store.editItem(key, edit),
    setAll,
    editAll: (keys, edit) => Promise.all(keys.map((key) => store.editItem(key, edit))),
    fill: setAll,
    watch: (key) => store.watch({ key }).next(),
    keys: () => store.keys(),
    values: () => store.values(),
    entries: () => store.entries(),
    entriesWith: (prefix, limit) => store.entries({ prefix, limit }),
    walk: () => store,
    compact: () => store.compact(),
    close: () => store.close(),
    ...(blocking ? blockingCalls(store) : {}),
  };
}

module.exports = { open };
