'use strict';

// The functions of a module that is its default instance too.

const { PersistLockError } = require('../errors');

/**
 * @param {{ defaultInstance?: object }} exported the module's exports
 * @param {new (options?: object) => object} LocalStorage
 * @param {object} [how]
 * @param {boolean} [how.rejects] true if calls without an instance reject, unless they block; otherwise they throw
 */
function callsOf(exported, LocalStorage, { rejects = false } = {}) {
  return {
    /** Makes a new default instance. */
    replaceDefault(options) {
      const storage = new LocalStorage(options);
      exported.defaultInstance?.stopExpiredKeysInterval();
      exported.defaultInstance = storage;
      return storage;
    },

    /** Makes a function of a method of the default instance. */
    ofDefault(name) {
      return (...args) => {
        const storage = exported.defaultInstance;
        if (storage !== undefined) return storage[name](...args);
        const error = notInitialized();
        if (rejects && !name.endsWith('Sync')) return Promise.reject(error);
        throw error;
      };
    },

    /** Makes a function of a method that needs no store: without a default instance, of a new one. */
    ofAny(name) {
      return (...args) => (exported.defaultInstance ?? new LocalStorage())[name](...args);
    },
  };
}

function notInitialized() {
  const message = '[node-persist] Call init() first, or initSync()';
  return new PersistLockError('ERR_PERSIST_LOCK_NOT_INITIALIZED', message);
}

module.exports = { callsOf };
