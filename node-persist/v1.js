'use strict';

// The drop-in for node-persist 1: `require('persist-lock/node-persist/v1')`. The module is its default instance too, which `init` makes.
// Each export has a line of its own, so that ES modules find it by name.

const { callsOf } = require('../lib/node-persist/default-instance');
const { LocalStorage } = require('../lib/node-persist/old/v1');

exports.LocalStorage = LocalStorage;
exports.create = (options) => new LocalStorage(options);

/** The instance made by the last `init` or `initSync`. */
exports.defaultInstance = undefined;

const { replaceDefault, ofDefault, ofAny } = callsOf(exports, LocalStorage);

exports.init = (options, callback) => replaceDefault(options).init(callback);
exports.initSync = (options) => replaceDefault(options).initSync();
exports.get = ofDefault('get');
exports.getItem = ofDefault('getItem');
exports.getItemSync = ofDefault('getItemSync');
exports.set = ofDefault('set');
exports.setItem = ofDefault('setItem');
exports.setItemSync = ofDefault('setItemSync');
exports.del = ofDefault('del');
exports.rm = ofDefault('rm');
exports.removeItem = ofDefault('removeItem');
exports.removeItemSync = ofDefault('removeItemSync');
exports.removeExpiredItems = ofDefault('removeExpiredItems');
exports.clear = ofDefault('clear');
exports.clearSync = ofDefault('clearSync');
exports.keys = ofDefault('keys');
exports.values = ofDefault('values');
exports.length = ofDefault('length');
exports.forEach = ofDefault('forEach');
exports.valuesWithKeyMatch = ofDefault('valuesWithKeyMatch');
exports.getDataValue = ofDefault('getDataValue');
exports.isExpired = ofDefault('isExpired');
exports.persist = ofDefault('persist');
exports.persistSync = ofDefault('persistSync');
exports.persistKey = ofDefault('persistKey');
exports.persistKeySync = ofDefault('persistKeySync');
exports.startExpiredKeysInterval = ofDefault('startExpiredKeysInterval');
exports.stopExpiredKeysInterval = ofDefault('stopExpiredKeysInterval');
exports.startPersistInterval = ofDefault('startPersistInterval');
exports.stopPersistInterval = ofDefault('stopPersistInterval');
exports.setOptions = ofAny('setOptions');
exports.resolveDir = ofAny('resolveDir');
exports.log = ofAny('log');
exports.parseString = ofAny('parseString');
exports.sanitize = ofAny('sanitize');
exports.unsanitize = ofAny('unsanitize');
exports.stopInterval = ofAny('stopInterval');
