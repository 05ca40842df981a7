'use strict';

// The functions of a module that is its default instance too.

const { PersistLockError } = require('../errors');

/**
 * @param {{ defaultInstance?: object }} exported the module's exports
 * @param {new () => object} LocalStorage
 */
function callsOf(exported, LocalStorage) {
  return {
    /** Makes a function of a method of the default instance: without one it rejects, or throws if it blocks. */
    ofDefault(name) {
      return (...args) => {
        const storage = exported.defaultInstance;
        if (storage !== undefined) return storage[name](...args);
        const error = notInitialized();
        if (name.endsWith('Sync')) throw error;
        return Promise.reject(error);
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
