'use strict';

// node-persist: a file for every item, and all items in memory.
//
// Durability: none. Files are written in place and not synced, so a power cut or a kill can leave
// half of one. Its queue of writes is off: with it, an awaited write of a key that is being written
// waits for a second.
//
// It has no edit. Here edits wait in a queue, which helps only within one process.

const nodePersist = require('node-persist');
const { Turns } = require('../lib/turns');

async function open(folder) {
  const store = nodePersist.create({ dir: folder, writeQueue: false, expiredInterval: false });
  await store.init();
  const turns = new Turns();
  const edit = (key, editing) =>
    turns.run(async () => store.setItem(key, editing(await store.getItem(key))));
  const setAll = (pairs) => Promise.all(pairs.map(([key, value]) => store.setItem(key, value)));
  return {
    get: (key) => store.getItem(key),
    set: (key, value) => store.setItem(key, value),
    edit,
    setAll,
    editAll: (keys, editing) => Promise.all(keys.map((key) => edit(key, editing))),
    fill: setAll,
    keys: () => store.keys(),
    values: () => store.values(),
    entries: async () => (await store.data()).map(({ key, value }) => [key, value]),
    close: () => store.stopExpiredKeysInterval(),
  };
}

module.exports = { open };
