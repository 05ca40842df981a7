'use strict';

// Keyv over @keyv/postgres. It has no edit: a queue of the program's makes one of a get and a set,
// which serves one process only.

const { Keyv } = require('keyv');
const { KeyvPostgres } = require('@keyv/postgres');
const { readPlace } = require('../lib/schemas');
const { Turns } = require('../lib/turns');

async function open(folder) {
  const { connectionString: uri, schema } = await readPlace(folder);
  const keyv = new Keyv({ store: new KeyvPostgres({ uri, schema }), throwOnErrors: true });
  const turns = new Map();
  const get = (key) => keyv.get(key);
  const set = (key, value) => keyv.set(key, value);
  const edit = (key, editing) => {
    if (!turns.has(key)) turns.set(key, new Turns());
    return turns.get(key).run(async () => set(key, await editing(await get(key))));
  };
  const setAll = (pairs) => Promise.all(pairs.map(([key, value]) => set(key, value)));
  return {
    get,
    set,
    edit,
    getAll: (keys) => Promise.all(keys.map(get)),
    setAll,
    editAll: (keys, editing) => Promise.all(keys.map((key) => edit(key, editing))),
    fill: setAll,
    close: () => keyv.disconnect(),
  };
}

module.exports = { open };
