'use strict';

// persist-lock, as its README uses it. Every call is one of the public interface; what is called at once is so many calls.

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
