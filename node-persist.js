'use strict';

// The drop-in for node-persist: `require('persist-lock/node-persist')`. The module is its default instance too, which `init` makes.
// Each export has a line of its own, so that ES modules find it by name.

const { LocalStorage } = require('./lib/node-persist/local-storage');

exports.LocalStorage = LocalStorage;
exports.create = (options) => new LocalStorage(options);

/** The instance made by the last `init` or `initSync`. */
exports.defaultInstance = undefined;

exports.init = async (options) => replaceDefault(options).init(options);
exports.initSync = (options) => replaceDefault(options).initSync(options);

function replaceDefault(options) {
  const storage = new LocalStorage(options);
  exports.defaultInstance?.stopExpiredKeysInterval();
  exports.defaultInstance = storage;
  return storage;
}

/** Makes a function of a method of the default instance. Without one, a new instance rejects, since `init` was not called. */
function ofDefault(name) {
  return (...args) => (exports.defaultInstance ?? new LocalStorage())[name](...args);
}

exports.getItem = ofDefault('getItem');
exports.get = ofDefault('get');
exports.setItem = ofDefault('setItem');
exports.set = ofDefault('set');
exports.updateItem = ofDefault('updateItem');
exports.update = ofDefault('update');
exports.removeItem = ofDefault('removeItem');
exports.del = ofDefault('del');
exports.rm = ofDefault('rm');
exports.editItem = ofDefault('editItem');
exports.editItems = ofDefault('editItems');
exports.viewItem = ofDefault('viewItem');
exports.clear = ofDefault('clear');
exports.removeExpiredItems = ofDefault('removeExpiredItems');
exports.data = ofDefault('data');
exports.keys = ofDefault('keys');
exports.values = ofDefault('values');
exports.length = ofDefault('length');
exports.forEach = ofDefault('forEach');
exports.valuesWithKeyMatch = ofDefault('valuesWithKeyMatch');
exports.getDatum = ofDefault('getDatum');
exports.getRawDatum = ofDefault('getRawDatum');
exports.getDatumValue = ofDefault('getDatumValue');
exports.getDatumPath = ofDefault('getDatumPath');
exports.setOptions = ofDefault('setOptions');
exports.calcTTL = ofDefault('calcTTL');
exports.stringify = ofDefault('stringify');
exports.parse = ofDefault('parse');
exports.copy = ofDefault('copy');
exports.log = ofDefault('log');
exports.ensureDirectory = ofDefault('ensureDirectory');
exports.ensureDirectorySync = ofDefault('ensureDirectorySync');
exports.startExpiredKeysInterval = ofDefault('startExpiredKeysInterval');
exports.stopExpiredKeysInterval = ofDefault('stopExpiredKeysInterval');
exports.startWriteQueueInterval = ofDefault('startWriteQueueInterval');
exports.stopWriteQueueInterval = ofDefault('stopWriteQueueInterval');
exports.processWriteQueue = ofDefault('processWriteQueue');
exports.readDirectory = ofDefault('readDirectory');
exports.readFile = ofDefault('readFile');
exports.writeFile = ofDefault('writeFile');
exports.deleteFile = ofDefault('deleteFile');
