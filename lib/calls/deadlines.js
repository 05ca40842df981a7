'use strict';

// Gives up calls whose time limit ends, or whose signal is aborted, while they wait. One timer
// serves all calls, and keeps the process alive while a call waits.

const { Heap } = require('./heap');
const signals = require('./signals');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');

/** The time for which calls are given up before the event loop gets its turn, in milliseconds. */
const BUDGET = 2;
/** The number of calls between two looks at the clock. */
const CALLS_PER_LOOK = 16;

/** The wait of a call, by Node's monotonic clock. */
class Wait {
  /** The call; `undefined` once its wait is over. */
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
  /** The waits in the order of their deadlines. */
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

  /** Lets a call's signal abort it while it waits. */
  listen(call) {
    signals.listen(call, this.#giveUp);
  }

  /** The earliest deadline of a call that waits; `undefined` if none waits. */
  get next() {
    return this.#waits.first?.deadline;
  }

  /** The calls that wait, each with the time since which it has waited, in milliseconds since 1970. */
  get waits() {
    const clock = Date.now() - timers.now();
    return this.#waits.live.map(({ call, since }) => ({ call, begun: clock + since }));
  }

  /** Returns true if a test holds for a call that waits. */
  some(test) {
    return this.#waits.some(({ call }) => test(call));
  }

  /** Starts the time limit of a call that waits, unless it runs already. */
  watch(call) {
    if (call.wait !== undefined || !call.isWaiting) return;
    const wait = new Wait(call);
    call.wait = wait;
    this.#waits.push(wait);
    if (this.#timer === undefined || wait.deadline < this.#timerEnds) this.#setTimer();
  }

  /** Notes that a call waits no longer; with an error if it has been given up. */
  end(call, error) {
    if (call.signal !== undefined) signals.forget(call);
    const { wait } = call;
    if (wait === undefined) return;
    call.wait = undefined;
    wait.call = undefined;
    this.#waits.forget();
    this.#observation.waited(call, wait.since, error);
    if (this.#waits.size > 0) return;
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Gives up all calls whose deadline has passed. */
  giveUpDue() {
    while (this.next <= timers.now()) this.#giveUp(this.#waits.first.call);
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

  /**
   * Gives up the calls whose deadline has passed: if they are many, the rest of them in later turns
   * of the event loop.
   */
  #look() {
    const now = timers.now();
    const slice = new TimeSlice(BUDGET, CALLS_PER_LOOK);
    let isOver = false;
    while (!isOver && this.next <= now) {
      this.#giveUp(this.#waits.first.call);
      isOver = slice.step();
    }
    this.#setTimer();
  }
}

module.exports = { Deadlines };
