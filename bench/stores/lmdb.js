'use strict';

// lmdb-js. Reads are synchronous and are called so. Its own cache of parsed values stays off, as by default: it hands out
// one object to every caller, and may be outdated once another process has written.
//
// Durability: by default (`overlappingSync`, not on Windows) the promise of a write resolves when it is committed, which
// is to say visible; `flushed` resolves when it is on disk. So every write awaits `flushed`, once for all that were
// called at once. With `noSync` nothing is synced: that survives the death of the process only.
//
// An edit is `transaction`, which the documentation recommends: callbacks run in a batch of the write thread. With
// `blocking` edits and sets are `transactionSync`, which syncs on the event loop and so spares the thread's hops.

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
