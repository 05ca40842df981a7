'use strict';

// The promises that node-persist 2, 1 and 0 gave: those of the package q, which have more methods than others. Those that programs
// chain are kept.

const timers = require('../../timers');

class OldPromise extends Promise {
  fail(onRejected) {
    return this.catch(onRejected);
  }

  fin(onSettled) {
    return this.finally(onSettled);
  }

  spread(onFulfilled, onRejected) {
    return this.then((results) => onFulfilled(...results), onRejected);
  }

  /** Ends a chain: an error that nothing handles is thrown. */
  done(onFulfilled, onRejected) {
    this.then(onFulfilled, onRejected).catch((error) => {
      timers.nextTick(() => {
        throw error;
      });
    });
  }

  nodeify(callback) {
    return tell(this, callback);
  }
}

/** Makes such a promise of a result that is known, after a callback has got it. */
function promiseOfKnown(result, callback) {
  if (typeof callback === 'function') callback(null, result);
  return OldPromise.resolve(result);
}

/** Makes such a promise of another. Its result goes to a callback too, if there is one. */
function promiseOf(promise, callback) {
  return tell(OldPromise.resolve(promise), callback);
}

function tell(promise, callback) {
  if (typeof callback === 'function') {
    promise.then(
      (result) => callback(null, result),
      (error) => callback(error),
    );
  }
  return promise;
}

module.exports = { promiseOf, promiseOfKnown };
