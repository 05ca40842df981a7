'use strict';

// node:sqlite, the SQLite of Node itself (22.13 and newer, or 22.5 with a flag): one table of keys
// and JSON texts, statements prepared once. All calls are synchronous.
//
// Durability, transactions and the table are those of `better-sqlite3.js`.

const path = require('node:path');
const { DatabaseSync } = require('node:sqlite');

async function open(folder, { synchronous = 'FULL' }) {
  const database = new DatabaseSync(path.join(folder, 'store.sqlite'));
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA busy_timeout = 5000');
  database.exec(`PRAGMA synchronous = ${synchronous}`);
  database.exec(
    'CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  );
  const select = database.prepare('SELECT value FROM items WHERE key = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO items VALUES (?, ?)');
  const selectKeys = database.prepare('SELECT key FROM items');
  const selectAll = database.prepare('SELECT key, value FROM items');
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');

  const inTransaction = (change) => {
    begin.run();
    try {
      const result = change();
      commit.run();
      return result;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  const get = (key) => {
    const row = select.get(key);
    return row === undefined ? undefined : JSON.parse(row.value);
  };
  const set = (key, value) => upsert.run(key, JSON.stringify(value));
  const edit = (key, editing) =>
    inTransaction(() => {
      const value = editing(get(key));
      set(key, value);
      return value;
    });
  const setAll = (pairs) => pairs.forEach(([key, value]) => set(key, value));
  return {
    get,
    set,
    edit,
    setAll,
    editAll: (keys, editing) => keys.forEach((key) => edit(key, editing)),
    fill: (pairs) => inTransaction(() => setAll(pairs)),
    keys: () => selectKeys.all().map(({ key }) => key),
    values: () => selectAll.all().map(({ value }) => JSON.parse(value)),
    entries: () => selectAll.all().map(({ key, value }) => [key, JSON.parse(value)]),
    compact: () => database.exec('VACUUM'),
    close: () => database.close(),
  };
}

module.exports = { open };
