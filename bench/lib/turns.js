'use strict';

// A queue of asynchronous tasks, one at a time, as programs put around a store without an edit.

class Turns {
  #last = Promise.resolve();

  run(task) {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}

module.exports = { Turns };
