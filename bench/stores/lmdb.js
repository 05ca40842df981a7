'use strict';

// lmdb-js. Reads are synchronous. Its cache of parsed values stays off, as by default: it gives
// every caller the same object, which may be outdated after a write of another process.
//
// Durability: by default (`overlappingSync`, not on Windows) the promise of a write resolves when
// the write is committed, that is visible; `flushed` resolves when it is on disk. So each write
// awaits `flushed`, once for all concurrent calls. With `noSync` nothing is synced: a write
// survives the death of the process only.
//
// An edit is `transaction`, as the documentation recommends: callbacks run in a batch of the write
// thread. With `blocking`, edits and sets are `transactionSync`, which syncs on the event loop and
// saves the switches between threads.

const { open: openDatabase } = require('lmdb');

async function open(folder, { noSync = false, blocking = false }) {
  const database = openDatabase({ path: folder, encoding: 'json', noSync });
  const flushed = async (written) => {
    await written;
    if (!noSync) await database.flushed;
  };
  const inTransaction = (key, edit) => () => {
    const value = edit(database.get(key));
    database.put(key, value);
    return value;
  };
  const setAll = (pairs) => flushed(Promise.all(pairs.map((pair) => database.put(...pair))));
  return {
    get: (key) => database.get(key),
    set: blocking
      ? (key, value) => database.transactionSync(() => database.put(key, value))
      : (key, value) => flushed(database.put(key, value)),
    edit: blocking
      ? (key, edit) => database.transactionSync(inTransaction(key, edit))
      : (key, edit) => flushed(database.transaction(inTransaction(key, edit))),
    setAll,
    editAll: (keys, edit) =>
      flushed(Promise.all(keys.map((key) => database.transaction(inTransaction(key, edit))))),
    fill: setAll,
    keys: () => database.getKeys().asArray,
    values: () => database.getRange().map(({ value }) => value).asArray,
    entries: () => database.getRange().map(({ key, value }) => [key, value]).asArray,
    close: () => database.close(),
  };
}

module.exports = { open };
