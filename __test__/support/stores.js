'use strict';

// Stores that are closed after the test.

const assert = require('node:assert/strict');
const PersistLock = require('../..');
const { importItems: importInto } = require('../../lib/import');
const { engineOf } = require('../../lib/store');
const { newFolder, removeFolder } = require('./folders');
const { leaseFiles } = require('./store-files');

/** Opens a store in a new folder. */
function temporaryStore(t, options) {
  const folder = newFolder();
  const store = new PersistLock(folder, options);
  t.after(async () => {
    // A compaction may be under way in the folder.
    await store.close();
    removeFolder(folder);
  });
  return store;
}

/** Puts items into a store in one commit: each has `value` or `json`, and perhaps `expires`. */
function importItems(store, items) {
  return importInto(engineOf(store), items);
}

/** Closes stores of a folder and checks that they leave no locks. */
async function leaveNothing(folder, ...stores) {
  for (const store of stores) await store.close();
  assert.deepEqual(leaseFiles(folder), []);
}

module.exports = { importItems, leaveNothing, temporaryStore };
