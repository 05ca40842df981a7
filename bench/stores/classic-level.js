'use strict';

// classic-level: LevelDB. One process at a time may have it open.
//
// Durability: `sync: true` at every write; without it (its default) a write survives the death of
// the process only.
//
// It has no edit. Here edits wait in a queue, as a program would have to do it.

const { ClassicLevel } = require('classic-level');
const { Turns } = require('../lib/turns');

async function open(folder, { sync = true }) {
  const database = new ClassicLevel(folder, { valueEncoding: 'json' });
  await database.open();
  const turns = new Turns();
  const options = { sync };
  const get = (key) => database.getSync(key);
  const set = (key, value) => database.put(key, value, options);
  const edit = (key, editing) => turns.run(() => set(key, editing(get(key))));
  return {
    get,
    set,
    edit,
    setAll: (pairs) => Promise.all(pairs.map(([key, value]) => set(key, value))),
    editAll: (keys, editing) => Promise.all(keys.map((key) => edit(key, editing))),
    fill: (pairs) =>
      database.batch(
        pairs.map(([key, value]) => ({ type: 'put', key, value })),
        options,
      ),
    keys: () => database.keys().all(),
    values: () => database.values().all(),
    entries: () => database.iterator().all(),
    compact: () => database.compactRange('', '\uffff'),
    close: () => database.close(),
  };
}

module.exports = { open };
