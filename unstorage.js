'use strict';

// The module `persist-lock/unstorage`: a driver for unstorage (`lib/adapters/unstorage.js`).

const { persistLockDriver } = require('./lib/adapters/unstorage');

module.exports = persistLockDriver;
module.exports.persistLockDriver = persistLockDriver;
