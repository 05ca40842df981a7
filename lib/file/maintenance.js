'use strict';

// Work of the native side on a store's files outside of an instance: reports, repair, compaction.
// Its errors are translated here.

const fs = require('node:fs');
const path = require('node:path');
const addon = require('./addon');
const { listLocks } = require('./lock-list');
const { fromNative } = require('./native-errors');

/** Makes a function of the native side reject, or throw, with errors of this package. */
function translated(use) {
  return (...args) => {
    try {
      const result = use(...args);
      return typeof result?.then === 'function' ? result.then(undefined, rethrow) : result;
    } catch (error) {
      return rethrow(error);
    }
  };
}

function rethrow(error) {
  throw fromNative(error);
}

/** Tells whether there is a store in a folder. */
function hasStore(dir) {
  return fs.existsSync(path.dirname(addon.currentDataFile(dir)));
}

/** Lists the locks of a folder's store, without opening it. */
async function locksOf(dir) {
  return listLocks([], await storeLocks(dir));
}

const storeLocks = translated(addon.storeLocks);

module.exports = {
  Progress: addon.Progress,
  compactStore: translated(addon.compactStore),
  currentDataFile: translated(addon.currentDataFile),
  hasStore,
  locksOf,
  repairStore: translated(addon.repairStore),
  statStore: translated(addon.statStore),
  verifyStore: translated(addon.verifyStore),
};
