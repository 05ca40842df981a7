'use strict';

// The drop-in for node-persist as a program that has just begun has it.

const { temporaryFolder } = require('./folders');

const file = require.resolve('../../node-persist');

/** Loads the module again, without a default instance. */
function freshModule() {
  delete require.cache[file];
  return require(file);
}

/** Makes a storage in a new folder. */
async function temporaryStorage(t, options) {
  const storage = freshModule().create();
  await storage.init({ dir: temporaryFolder(t), ...options });
  return storage;
}

module.exports = { file, freshModule, temporaryStorage };
