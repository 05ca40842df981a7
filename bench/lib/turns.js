'use strict';

// A queue of asynchronous tasks, one at a time: what programs put around a store that has no edit of its own.

class Turns {
  #last = Promise.resolve();

  run(task) {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}

module.exports = { Turns };
