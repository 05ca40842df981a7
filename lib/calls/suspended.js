'use strict';

// The answer of a call whose callback has returned a promise. The engine decides how the call keeps its
// keys until the promise settles.

class Suspended {
  /**
   * @param {PromiseLike<unknown>} promise the result of the callback
   * @param {(result: unknown) => unknown} [take] copies what the promise resolves with, and runs as
   *   soon as it does: later the program may change it. A view needs neither this nor `finish`
   * @param {(turn: object, taken: unknown) => unknown} [finish] stores the copy in a later turn
   */
  constructor(promise, take, finish) {
    this.promise = promise;
    this.take = take;
    this.finish = finish;
  }
}

module.exports = { Suspended };
