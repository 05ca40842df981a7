'use strict';

// The wait for the writer lock while another has it: a thread waits, and the calls in the queue
// have their time limits.

const timers = require('../timers');

class TurnWait {
  /**
   * The timer that keeps the process alive: a thread does not, and a commit that is left over has
   * no time limit that would.
   */
  #alive;

  /**
   * Begins to wait.
   *
   * @param {object} native
   * @param {import('../calls/queue').Queue} queue the calls that wait for the lock
   * @param {import('../calls/deadlines').Deadlines} deadlines
   */
  constructor(native, queue, deadlines) {
    native.waitForTurn();
    // The time limits of calls that came back run already.
    for (const call of queue.unseen()) if (call.isWaiting) deadlines.watch(call);
    this.#alive = timers.setInterval(() => {}, timers.LONGEST_TIMER);
  }

  /** Lets the process end although the thread waits on: no call needs the lock any more. */
  letProcessEnd() {
    timers.clearInterval(this.#alive);
  }
}

module.exports = { TurnWait };
