'use strict';

// Makes an awaited call, and turns an error that it throws into a rejection.

const { checkCount } = require('./parameters');

/**
 * Makes a call that takes these arguments. An asynchronous function would do so too, at the price of a
 * promise more, which is most of what one of many writes at once costs.
 *
 * @template T
 * @param {string} name
 * @param {ArrayLike<unknown>} given the arguments
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
function attempt(name, given, call) {
  try {
    checkCount(name, given);
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}

module.exports = { attempt };
