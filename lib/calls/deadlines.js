'use strict';

// How long calls wait: until their time limit, or until their signal is aborted. One timer for all of them, which keeps the
// process alive while any waits.

const { Heap } = require('./heap');
const signals = require('./signals');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');

/** How long calls may be given up on end, in milliseconds, before the event loop gets its turn. */
const BUDGET = 2;
/** The clock is looked at once for so many calls. */
const CALLS_PER_LOOK = 16;

/** The wait of a call, on Node's monotonic clock. */
class Wait {
  /** `undefined` once the wait is over. */
  call;
  since;
  deadline;

  constructor(call) {
    this.call = call;
    this.since = timers.now();
    this.deadline = this.since + call.timeout;
  }

  get isLive() {
    return this.call !== undefined;
  }
}

class Deadlines {
  #giveUp;
  #observation;
  /** The waits, in the order of their deadlines. */
  #waits = new Heap(
    ({ deadline }) => deadline,
    ({ isLive }) => isLive,
  );
  #timer;
  #timerEnds = Infinity;

  /**
   * @param {(call: import('./call').Call, aborted: AbortSignal | undefined) => void} giveUp
   */
  constructor(giveUp, observation) {
    this.#giveUp = giveUp;
    this.#observation = observation;
  }

  /** Lets a call's signal abort it for as long as it waits. */
  listen(write) {
    signals.listen(write, this.#giveUp);
  }

  /** Sees to it that a call waits no longer than it may. */
  watch(write) {
    if (write.wait !== undefined) return;
    const wait = new Wait(write);
    write.wait = wait;
    this.#waits.push(wait);
    if (this.#timer === undefined || wait.deadline < this.#timerEnds) this.#setTimer();
  }

  /** Takes note that a call waits no longer; with an error if it has been given up. */
  end(write, error) {
    if (write.signal !== undefined) signals.forget(write);
    const { wait } = write;
    if (wait === undefined) return;
    write.wait = undefined;
    wait.call = undefined;
    this.#waits.forget();
    this.#observation.waited(write, wait.since, error);
    if (this.#waits.size > 0) return;
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #setTimer() {
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    const { first } = this.#waits;
    if (first === undefined) return;
    this.#timerEnds = first.deadline;
    const span = Math.ceil(Math.max(this.#timerEnds - timers.now(), 0));
    this.#timer = timers.setTimeout(() => this.#look(), Math.min(span, timers.LONGEST_TIMER));
  }

  /** Gives up the calls that have waited too long: some, if they are many, and the others in later turns of the event loop. */
  #look() {
    const now = timers.now();
    const slice = new TimeSlice(BUDGET, CALLS_PER_LOOK);
    let isOver = false;
    while (!isOver && this.#waits.first?.deadline <= now) {
      this.#giveUp(this.#waits.first.call);
      isOver = slice.step();
    }
    this.#setTimer();
  }
}

module.exports = { Deadlines };
