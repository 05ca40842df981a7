'use strict';

// The writer lock as a turn takes it: at once if it is free, else when a thread that waits for it has been granted it.

const LONGEST_TIMER = 2 ** 31 - 1;

class TurnLock {
  #native;
  #patience;
  /** While another has the lock: ends the wait. */
  #granted;
  #alive;

  constructor(native, patience) {
    this.#native = native;
    this.#patience = patience;
  }

  /** Whether another has the lock, and it is waited for. */
  get isWaiting() {
    return this.#granted !== undefined;
  }

  /**
   * Resolves when a turn has begun, with what `_look` says of news.
   *
   * @param {() => Iterable<import('./write').Call>} queue the calls that wait for it, each up to its own time limit
   */
  async take(queue) {
    let news;
    while ((news = this.#native._beginTurn()) === null) await this.#wait(queue());
    return news;
  }

  async #wait(queue) {
    const granted = new Promise((resolve) => (this.#granted = resolve));
    this.#native._waitForTurn();
    for (const call of queue) if (call.isWaiting) this.#patience.watch(call);
    // A thread that waits does not keep the process alive, and what is left to commit has no time limit that would.
    this.#alive = setInterval(() => {}, LONGEST_TIMER);
    await granted;
    this.letEnd();
    this.#granted = undefined;
  }

  /** Lets the process end although the thread waits on: nobody needs the lock any more. */
  letEnd() {
    clearInterval(this.#alive);
  }

  /** The thread has been granted the lock, or has found what is wrong: trying again will tell. */
  grant() {
    this.#granted?.();
  }
}

module.exports = { TurnLock };
