'use strict';

// better-sqlite3: one table of keys and JSON texts, statements prepared once. All calls are
// synchronous.
//
// Durability: a write-ahead log (WAL) with `synchronous = FULL` is synced at every commit; with
// NORMAL only at checkpoints, which survives the death of the process but not a power cut.
//
// An edit is an immediate transaction, which takes the write lock before it reads; otherwise
// another process could come in between. Concurrent calls are one transaction each, since each is
// acknowledged alone and there is no group commit. With `oneTransaction` they are one transaction,
// as in a program that knows beforehand that they belong together.
//
// Listed values are parsed row by row, as most programs do. With `joined` all texts are parsed as
// one, which is faster.

const path = require('node:path');
const Database = require('better-sqlite3');

// The first instance loads the native part. It is made here, so that this counts as loading, not as
// opening.
new Database(':memory:').close();

async function open(folder, { synchronous = 'FULL', oneTransaction = false, joined = false }) {
  const database = new Database(path.join(folder, 'store.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  database.exec(
    'CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  );
  const select = database.prepare('SELECT value FROM items WHERE key = ?').pluck();
  const upsert = database.prepare('INSERT OR REPLACE INTO items VALUES (?, ?)');
  const selectKeys = database.prepare('SELECT key FROM items').pluck();
  const selectValues = database.prepare('SELECT value FROM items').pluck();
  const selectAll = database.prepare('SELECT key, value FROM items').raw();
  const selectRange = database
    .prepare('SELECT key, value FROM items WHERE key >= ? AND key < ? LIMIT ?')
    .raw();

  const get = (key) => {
    const text = select.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const set = (key, value) => upsert.run(key, JSON.stringify(value));
  const change = (key, edit) => {
    const value = edit(get(key));
    set(key, value);
    return value;
  };
  const edit = database.transaction(change).immediate;
  const setEach = (pairs) => pairs.forEach(([key, value]) => set(key, value));
  const fill = database.transaction(setEach).immediate;
  return {
    get,
    set,
    edit,
    setAll: oneTransaction ? fill : setEach,
    editAll: oneTransaction
      ? database.transaction((keys, editing) => keys.forEach((key) => change(key, editing)))
          .immediate
      : (keys, editing) => keys.forEach((key) => edit(key, editing)),
    fill,
    keys: () => selectKeys.all(),
    values: joined
      ? () => JSON.parse(`[${selectValues.all().join()}]`)
      : () => selectValues.all().map((text) => JSON.parse(text)),
    entries: () => selectAll.all().map(([key, text]) => [key, JSON.parse(text)]),
    // No key of the trials has a character above this one.
    entriesWith: (prefix, limit) =>
      selectRange
        .all(prefix, `${prefix}\uffff`, limit)
        .map(([key, text]) => [key, JSON.parse(text)]),
    walk: () => selectAll.iterate(),
    compact: () => database.exec('VACUUM'),
    close: () => database.close(),
  };
}

module.exports = { open };
