'use strict';

// persist-lock, as in its README: public calls only, one for each operation, also for concurrent
// ones.

const PersistLock = require('../..');

async function open(folder, { durability }) {
  const store = await new PersistLock(folder, { durability }).init();
  const setAll = (pairs) => Promise.all(pairs.map(([key, value]) => store.setItem(key, value)));
  return {
    get: (key) => store.getItem(key),
    set: (key, value) => store.setItem(key, value),
    edit: (key, edit) => store.editItem(key, edit),
    setAll,
    editAll: (keys, edit) => Promise.all(keys.map((key) => store.editItem(key, edit))),
    fill: setAll,
    keys: () => store.keys(),
    values: () => store.values(),
    entries: () => store.entries(),
    compact: () => store.compact?.(),
    close: () => store.close(),
  };
}

module.exports = { open };
