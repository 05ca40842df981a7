'use strict';

// persist-lock over PostgreSQL: public calls only, one for each operation, also for concurrent ones.

const { PersistLock } = require('../../postgres');
const { readPlace } = require('../lib/schemas');

async function open(folder, options) {
  const store = await new PersistLock(await readPlace(folder), options).init();
  const all = (list, call) => Promise.all(list.map(call));
  return {
    get: (key) => store.getItem(key),
    set: (key, value) => store.setItem(key, value),
    edit: (key, edit) => store.editItem(key, edit),
    getAll: (keys) => all(keys, (key) => store.getItem(key)),
    setAll: (pairs) => all(pairs, ([key, value]) => store.setItem(key, value)),
    editAll: (keys, edit) => all(keys, (key) => store.editItem(key, edit)),
    fill: (pairs) => store.setItems(pairs),
    close: () => store.close(),
  };
}

module.exports = { open };
