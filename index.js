'use strict';

// The package's entry. The class is in `lib/persist-lock.js`.

const { PersistLockError, isPersistLockError } = require('./lib/errors');
const { PersistLock } = require('./lib/persist-lock');

module.exports = PersistLock;
module.exports.PersistLock = PersistLock;
module.exports.PersistLockError = PersistLockError;
module.exports.isPersistLockError = isPersistLockError;
