'use strict';

// The wait for the writer lock while another has it: a thread waits, and the calls in the queue have their time limits.

const timers = require('../timers');

class TurnWait {
  #native;
  #deadlines;
  #isUnderWay = false;
  /** The timer that keeps the process alive. */
  #alive;

  constructor(native, deadlines) {
    this.#native = native;
    this.#deadlines = deadlines;
  }

  /** True while a thread waits. */
  get isUnderWay() {
    return this.#isUnderWay;
  }

  /**
   * Begins to wait.
   *
   * @param {import('../calls/queue').Queue} queue the calls that wait for the lock, each up to its own time limit
   */
  begin(queue) {
    this.#native.waitForTurn();
    this.#isUnderWay = true;
    // The time limits of calls that came back run already.
    for (const call of queue.unseen()) if (call.isWaiting) this.#deadlines.watch(call);
    // A thread that waits does not keep the process alive, and a commit that is left has no time limit that would.
    this.#alive = timers.setInterval(() => {}, timers.LONGEST_TIMER);
  }

  /** Ends the wait. */
  end() {
    this.letProcessEnd();
    this.#isUnderWay = false;
  }

  /** Lets the process end although the thread waits on: no call needs the lock any more. */
  letProcessEnd() {
    timers.clearInterval(this.#alive);
  }
}

module.exports = { TurnWait };
