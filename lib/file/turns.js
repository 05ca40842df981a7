'use strict';

// The turns that empty the queue of calls, one after the other: decides when each begins. TurnRun
// knows what happens in one.
//
// A turn begins after the tick in which its first call was made, after the sync of the turn before,
// or when the writer lock is offered; and at once in the middle of a loop of puts, or for a blocking
// call.

const { isPromise } = require('node:util/types');
const { mayBeInside } = require('../calls/context');
const { hasRoomForTurn } = require('../calls/stack');
const { UNSORTED } = require('./lifecycle');
const timers = require('../timers');
const { TurnRun } = require('./turn-run');
const { TurnWait } = require('./turn-wait');

const NOTHING = () => {};

class Turns {
  #parts;
  /** True from the moment that a turn is due until the next may begin. */
  #isRunning = false;
  /** True while the writer lock is held. */
  #isInTurn = false;
  /** The wait for the writer lock, while a thread waits: all calls of the queue wait for it. */
  wait;
  /** The number of blocking calls, one inside the other, that run turns now. */
  #blocking = 0;
  /** True if the wait was begun by a blocking call. */
  #isWaitOfBlocking = false;
  /** True if the turn that waited for the lock has become that of a blocking call. */
  #isNextOwed = false;

  /**
   * @param {object} parts those of TurnRun, and these
   * @param {import('./syncs').Syncs} parts.syncs
   * @param {(error: Error) => void} parts.rejectQueue ends all calls of the queue
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Lets the process end although a thread waits: no call needs the lock any more. */
  letProcessEnd = () => this.wait?.letProcessEnd();

  /** Lets a turn run soon if there are calls. */
  wake() {
    if (!this.#parts.queue.isEmpty && this.#blocking === 0) this.schedule();
  }

  /** Lets a turn run soon, unless one is due. */
  schedule() {
    if (this.#isRunning) return;
    // After the rest of this tick and its promises, which may make more calls.
    timers.nextTick(this.#run);
    this.#isRunning = true;
  }

  /** Runs one turn, and then others until the queue is empty. */
  #run = async () => {
    // A hand-over or a blocking call may have emptied it meanwhile, or no call has come.
    if (this.#parts.queue.isEmpty) return this.#runNext();
    try {
      this.#parts.syncs.throwFailure();
      const ran = this.#parts.lifecycle.use(this.#runOrWait);
      if (isPromise(ran)) await ran;
    } catch (error) {
      this.#parts.rejectQueue(error);
      this.#runNext();
    }
  };

  /**
   * Runs a turn, after which the next may begin; or waits for the lock, unless no call needs it: a
   * blocking call may have emptied the queue meanwhile, or been given up.
   */
  #runOrWait = () => {
    const { native, queue } = this.#parts;
    // To list the keys of a prefix, a turn would block until they are sorted.
    if (queue.prefixCalls > 0 && !native.isOrdered()) throw UNSORTED;
    if (!queue.isEmpty && this.#runTurn(this.#acknowledge)) return;
    if (queue.needsTurn) return this.#beginWait();
    queue.takeAll();
    this.#runNext();
  };

  /** Settles the calls of a turn, after which the next may begin. */
  #acknowledge = (ran, isCutShort) => {
    // Calls that are left over need not wait for the sync.
    this.#parts.completions.acknowledge(ran, isCutShort ? NOTHING : this.#runNext);
    if (isCutShort) timers.setImmediate(this.#runNext);
  };

  /**
   * Lets the next turn begin. Calls that have just settled may ask for more, which then shares the
   * next commit.
   */
  #runNext = () => {
    this.#isRunning = false;
    this.wake();
  };

  #beginWait() {
    const { native, queue, deadlines } = this.#parts;
    this.wait = new TurnWait(native, queue, deadlines);
  }

  #endWait() {
    this.wait.letProcessEnd();
    this.wait = undefined;
  }

  /**
   * Ends the wait for the writer lock: the lock is offered, or another attempt will meet the error.
   */
  offered() {
    if (this.wait === undefined) return;
    this.#endWait();
    if (this.#blocking === 0) this.#run();
    else if (this.#isWaitOfBlocking) this.#isWaitOfBlocking = false;
    else this.#isNextOwed = true;
  }

  /**
   * Runs a turn in the middle of a loop that makes many puts, unless something must be waited for.
   * So the sync runs beside the rest of the loop.
   */
  handOver() {
    const { lifecycle, syncs, completions } = this.#parts;
    if (mayBeInside() || this.#isInTurn || !lifecycle.isOpen) return;
    // A turn that waits runs the queue once it has the writer lock.
    if (this.wait !== undefined || syncs.hasFailed) return;
    // A turn that ran out of stack half-way would not settle its calls.
    if (!hasRoomForTurn()) return;
    try {
      this.#runTurn((ran) => completions.acknowledge(ran, NOTHING));
    } catch {
      // The turn that comes will meet the same error.
    }
  }

  /**
   * Runs a turn. Returns false if another has the lock.
   *
   * @param {(ran: object[], isCutShort: boolean) => void} acknowledge
   * @param {boolean} [keepsTrying]
   */
  #runTurn(acknowledge, keepsTrying) {
    this.#isInTurn = true;
    try {
      return new TurnRun(this.#parts).run(acknowledge, keepsTrying);
    } finally {
      this.#isInTurn = false;
    }
  }

  /** Has turns begin by `runNow` alone, until `endBlocking`. */
  beginBlocking() {
    this.#blocking++;
  }

  endBlocking() {
    if (--this.#blocking > 0) return;
    if (this.#isWaitOfBlocking) this.#abandonWait();
    if (!this.#isNextOwed) return this.wake();
    this.#isNextOwed = false;
    this.#runNext();
  }

  /**
   * Runs a turn on the calling thread, which also opens the store. Returns false if another has the
   * lock for longer than a few turns take.
   *
   * @param {(ran: object[]) => void} gather takes the calls that have run
   */
  runNow(gather) {
    this.#parts.syncs.throwFailure();
    return this.#parts.lifecycle.useNow(() => this.#runTurn(gather, true));
  }

  /** Begins to wait for the writer lock, for a blocking call. */
  waitNow() {
    this.#beginWait();
    this.#isWaitOfBlocking = true;
  }

  #abandonWait() {
    this.#isWaitOfBlocking = false;
    this.#endWait();
    try {
      this.#parts.native.abandonTurn();
    } catch {
      // The store is closed, and its wait has ended with it; or the next turn meets the same error.
    }
  }
}

module.exports = { Turns };
