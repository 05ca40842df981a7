'use strict';

// The module `persist-lock/postgres`: the class over PostgreSQL (`lib/postgres/persist-lock.js`).

const { PersistLockError, isPersistLockError } = require('./lib/errors');
const { PersistLock } = require('./lib/postgres/persist-lock');

module.exports = PersistLock;
module.exports.PersistLock = PersistLock;
module.exports.PersistLockError = PersistLockError;
module.exports.isPersistLockError = isPersistLockError;
