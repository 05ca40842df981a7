'use strict';

// Work of the native side on a store's files outside of an instance: reports, repair, compaction.
// Its errors are translated here.

const addon = require('./addon');
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

module.exports = {
  Progress: addon.Progress,
  compactStore: translated(addon.compactStore),
  currentDataFile: translated(addon.currentDataFile),
  repairStore: translated(addon.repairStore),
  statStore: translated(addon.statStore),
  verifyStore: translated(addon.verifyStore),
};
