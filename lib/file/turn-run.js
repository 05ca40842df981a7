'use strict';

// The run of one turn: calls under the held writer lock, one commit, and every way in which the
// turn can end.
//
// The native side takes the lock, calls back, commits and unlocks (`withTurn`); it unlocks whatever
// is thrown here.

const { isOfCallback, leave, runInside } = require('../calls/context');
const { refusedError, touchedBy } = require('../calls/refusal');
const { abortReason } = require('../errors');
const { fromNative } = require('./native-errors');
const { TimeSlice } = require('../time-slice');
const { turns } = require('../calls/thread-locks');
const { Turn } = require('./turn');

/**
 * The time for which callbacks may run on end before the event loop gets its turn, in milliseconds.
 * Their commit takes as long again, and V8 may collect garbage meanwhile.
 */
const BUDGET = 1.5;
/** The number of calls between two looks at the clock. */
const CALLS_PER_LOOK = 16;

/**
 * @typedef {object} Parts the parts of the writer that a turn works on
 * @property {object} native
 * @property {import('./lifecycle').Lifecycle} lifecycle
 * @property {import('./reads').Reads} reads
 * @property {import('../calls/queue').Queue} queue
 * @property {import('./locks').FileLocks} locks
 * @property {import('../calls/deadlines').Deadlines} deadlines
 * @property {import('../calls/completions').Completions} completions
 * @property {import('./compactions').Compactions} compactions
 * @property {import('../observation').Observation} observation
 * @property {(call: object, suspended: import('../calls/suspended').Suspended) => void} suspend
 *   keeps the locks of a call whose callback has returned a promise
 * @property {(lists: object[]) => void} putBack puts lists of calls back into the queue
 */

class TurnRun {
  #parts;
  /** The turn as calls see it, once the lock is held. */
  #turn;
  /** The calls that have run, and wait for the commit. */
  #ran = [];
  /** The calls whose leases end with the turn. */
  #finished = [];
  /** True if calls are left that the turn had no time for. */
  #isCutShort = false;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Runs the turn. Returns false if another has the lock. Throws the error that kept the turn from
   * beginning: no call has run then.
   *
   * @param {(ran: object[], isCutShort: boolean) => void} acknowledge settles the calls that have
   *   run once their changes are durable; `isCutShort` if calls are left that the turn had no time
   *   for
   * @param {boolean} [keepsTrying] true to block for some milliseconds if another has the lock
   */
  run(acknowledge, keepsTrying) {
    const { native, lifecycle, reads, compactions, observation, putBack } = this.#parts;
    let ended;
    let freed;
    turns.push(lifecycle.folder);
    try {
      ended = native.withTurn(this.#work, this.#refused, keepsTrying);
      if (ended === null) return false;
      freed = this.#committed();
    } catch (error) {
      if (this.#turn === undefined) throw error;
      freed = this.#failed(error);
    } finally {
      turns.pop();
    }
    const [counted, wantsCompaction] = ended ?? [];
    reads.turnEnded(counted);
    leave();
    // Before anything of the user's runs, which may make a blocking call that comes after these.
    putBack(freed);
    acknowledge(this.#ran, this.#isCutShort);
    observation.turnEnded(this.#turn);
    if (wantsCompaction) compactions.begin();
    return true;
  }

  /** Runs the calls, under the lock. Returns what the turn commits. */
  #work = (changes, anyLeases) => {
    const { native, reads, locks, observation } = this.#parts;
    this.#turn = new Turn(native, reads, locks, observation);
    reads.noticed(changes);
    observation.turnBegun(() => native.cut());
    locks.beginTurn(anyLeases);
    this.#runCalls();
    return this.#outcome();
  };

  #outcome() {
    const { lines, clear, removed } = this.#turn.outcome();
    const isOneText = lines.length === 1 && !clear && removed.length === 0;
    if (isOneText && this.#finished.length === 0) return lines[0];
    return [lines, clear, this.#finished.flatMap(leasesOf), removed, this.#turn.now];
  }

  /** Runs calls until the time is up or none is left. */
  #runCalls() {
    const { queue } = this.#parts;
    const slice = new TimeSlice(BUDGET, CALLS_PER_LOOK);
    let isOver = false;
    queue.beginTurn();
    while (!isOver) {
      const call = queue.next();
      if (call === undefined) break;
      if (call.isLeased) this.#finished.push(call);
      this.#runCall(call);
      isOver = slice.step() || this.#turn.isFull;
    }
    queue.endTurn();
    this.#isCutShort = isOver && !queue.isEmpty;
  }

  #runCall(call) {
    const { locks, completions, suspend } = this.#parts;
    try {
      // It may have been given up, and it may have to wait for its locks.
      if (call.isWaiting ? !locks.admit(call, this.#turn) : call.isSettled) return;
      const suspended = call.isFinishing ? call.finish(this.#turn) : this.#start(call);
      if (suspended === undefined) this.#ran.push(call);
      else suspend(call, suspended);
    } catch (error) {
      // An error of a callback may have come from another call, and keeps its stack.
      if (isOfCallback(error)) completions.reject(call, error, call.keys?.[0]);
      else completions.failRun(call, error);
    }
  }

  #start(call) {
    const { signal, wait } = call;
    // A listener of the program's may have made the blocking call whose turn this is.
    if (signal?.aborted) throw abortReason(signal);
    // Most calls have neither waited nor can they be aborted.
    if (wait !== undefined || signal !== undefined) this.#parts.deadlines.end(call);
    return call.hasCallback ? runInside(call, this.#turn) : call.start(this.#turn);
  }

  /**
   * Rejects the calls whose lines were refused, and those that rest on them. Returns what the turn
   * commits without them.
   */
  #refused = (error) => {
    const keys = this.#turn.refusedKeys();
    const { rejected, touched } = touchedBy(keys, this.#ran);
    const refusal = refusedError(keys[0], fromNative(error));
    for (const call of rejected) this.#parts.completions.fail(call, refusal);
    this.#turn.forget(touched);
    return this.#outcome();
  };

  /** Notes the commit, which has ended leases too. */
  #committed() {
    this.#turn.committed();
    for (const call of this.#ran) call.committed();
    return this.#parts.locks.ended(this.#finished);
  }

  /** Rejects the calls of a turn that has committed nothing. Its leases may not have been ended. */
  #failed(error) {
    for (const call of this.#ran.splice(0)) this.#parts.completions.fail(call, error);
    return this.#finished.flatMap((call) => this.#parts.locks.letGo(call));
  }
}

/** Lists the leases of a call as the native side ends them. */
function leasesOf({ keyTexts, order }) {
  return keyTexts.map((keyText) => [keyText, order]);
}

module.exports = { TurnRun };
