'use strict';

// The writer lock as a turn takes it: at once if it is free, else when a thread that waits for it has been granted it.

const timers = require('../timers');

class TurnLock {
  /** `'free'`; `'waiting'` while another has it; `'held'` from the moment that a turn has begun until it ends. */
  state = 'free';
  #native;
  #deadlines;
  #alive;

  constructor(native, deadlines) {
    this.#native = native;
    this.#deadlines = deadlines;
  }

  /** Begins a turn, if the lock is free; answers with what `_look` says of news, or with `null`. */
  tryTake() {
    const news = this.#native._beginTurn();
    if (news !== null) this.state = 'held';
    return news;
  }

  /**
   * The same; or a wait begins, behind which it is to be tried again.
   *
   * @param {import('../calls/queue').Queue} queue the calls that wait for it, each up to its own time limit
   */
  takeOrWait(queue) {
    const news = this.tryTake();
    if (news !== null) return news;
    this.#native._waitForTurn();
    this.state = 'waiting';
    // The time limits of calls that came back run already.
    for (const call of queue.unseen()) if (call.isWaiting) this.#deadlines.watch(call);
    // A thread that waits does not keep the process alive, and what is left to commit has no time limit that would.
    this.#alive = timers.setInterval(() => {}, timers.LONGEST_TIMER);
    return null;
  }

  /** The thread has been granted the lock, or has found what is wrong: trying again will tell. */
  waited() {
    this.letEnd();
    this.state = 'free';
  }

  /** The turn has ended. */
  ended() {
    this.state = 'free';
  }

  /** Lets the process end although the thread waits on: nobody needs the lock any more. */
  letEnd() {
    timers.clearInterval(this.#alive);
  }
}

module.exports = { TurnLock };
