'use strict';

// The drop-in for node-persist 4 and 3: `require('persist-lock/node-persist')`. The module is its default instance too, which `init`
// makes. Each export has a line of its own, so that ES modules find it by name.

const { callsOf } = require('./lib/node-persist/default-instance');
const { LocalStorage } = require('./lib/node-persist/local-storage');

exports.LocalStorage = LocalStorage;
exports.create = (options) => new LocalStorage(options);

/** The instance made by the last `init` or `initSync`. */
exports.defaultInstance = undefined;

const { replaceDefault, ofDefault, ofAny } = callsOf(exports, LocalStorage, { rejects: true });

exports.init = async (options) => replaceDefault(options).init(options);
exports.initSync = (options) => replaceDefault(options).initSync(options);
exports.getItem = ofDefault('getItem');
exports.getItemSync = ofDefault('getItemSync');
exports.get = ofDefault('get');
exports.setItem = ofDefault('setItem');
exports.setItemSync = ofDefault('setItemSync');
exports.set = ofDefault('set');
exports.updateItem = ofDefault('updateItem');
exports.updateItemSync = ofDefault('updateItemSync');
exports.update = ofDefault('update');
exports.removeItem = ofDefault('removeItem');
exports.removeItemSync = ofDefault('removeItemSync');
exports.del = ofDefault('del');
exports.rm = ofDefault('rm');
exports.editItem = ofDefault('editItem');
exports.editItemSync = ofDefault('editItemSync');
exports.editItems = ofDefault('editItems');
exports.editItemsSync = ofDefault('editItemsSync');
exports.viewItem = ofDefault('viewItem');
exports.clear = ofDefault('clear');
exports.clearSync = ofDefault('clearSync');
exports.removeExpiredItems = ofDefault('removeExpiredItems');
exports.data = ofDefault('data');
exports.dataSync = ofDefault('dataSync');
exports.keys = ofDefault('keys');
exports.keysSync = ofDefault('keysSync');
exports.values = ofDefault('values');
exports.valuesSync = ofDefault('valuesSync');
exports.length = ofDefault('length');
exports.lengthSync = ofDefault('lengthSync');
exports.forEach = ofDefault('forEach');
exports.forEachSync = ofDefault('forEachSync');
exports.valuesWithKeyMatch = ofDefault('valuesWithKeyMatch');
exports.valuesWithKeyMatchSync = ofDefault('valuesWithKeyMatchSync');
exports.getDatum = ofDefault('getDatum');
exports.getDatumSync = ofDefault('getDatumSync');
exports.getRawDatum = ofDefault('getRawDatum');
exports.getDatumValue = ofDefault('getDatumValue');
exports.getDatumPath = ofAny('getDatumPath');
exports.setOptions = ofAny('setOptions');
exports.calcTTL = ofAny('calcTTL');
exports.stringify = ofAny('stringify');
exports.parse = ofAny('parse');
exports.copy = ofAny('copy');
exports.log = ofAny('log');
exports.ensureDirectory = ofAny('ensureDirectory');
exports.ensureDirectorySync = ofAny('ensureDirectorySync');
exports.startExpiredKeysInterval = ofAny('startExpiredKeysInterval');
exports.stopExpiredKeysInterval = ofAny('stopExpiredKeysInterval');
exports.startWriteQueueInterval = ofAny('startWriteQueueInterval');
exports.stopWriteQueueInterval = ofAny('stopWriteQueueInterval');
exports.processWriteQueue = ofAny('processWriteQueue');
exports.readDirectory = ofDefault('readDirectory');
exports.readFile = ofDefault('readFile');
exports.writeFile = ofDefault('writeFile');
exports.deleteFile = ofDefault('deleteFile');
