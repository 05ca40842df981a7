'use strict';

// The run of one turn: a transaction on one session. `turn-end.js` has the ways in which it can end.
//
// States: locking (the locks are tried and the items read: one trip) → running (calls, one after the
// other) → committing (writes, the chain, COMMIT: one trip) → over. Until it runs, a failed turn can
// be tried again; no callback runs twice.

const { Puts } = require('../calls/puts');
const { isOfCallback, leave, runInside } = require('../calls/context');
const { abortReason } = require('../errors');
const { translate } = require('./errors');
const { TimeSlice } = require('../time-slice');
const { firstTrip } = require('./first-trip');
const { Turn } = require('./turn');
const { TurnEnd } = require('./turn-end');
const { endLeases, partsOf, putBack } = require('./owners');
const { runAround } = require('./session');
const { abandon, opening } = require('./transaction');

/** The time for which callbacks may run before the event loop gets its turn, in milliseconds. */
const BUDGET = 1.5;
/** The number of calls between two looks at the clock. */
const CALLS_PER_LOOK = 16;

class TurnRun {
  #parts;
  #session;
  #calls;
  #finishing;
  #ending;
  /** The leases of the calls that end with the turn. */
  #leases = new Map();
  /** @type {import('./first-trip').Granted | undefined} */
  #granted;
  #held;
  #isAlone;
  #turn;
  /** The calls that have run, and wait for the commit. */
  #ran = [];
  /** The calls whose leases begin with the turn. */
  #began = [];
  /** The calls that a later turn must run. */
  #left = [];

  /**
   * @param {object} parts those of the scheduler
   * @param {import('./session').Session} session
   * @param {object} work
   * @param {import('../calls/call').Call[]} [work.calls]
   * @param {import('./first-trip').Granted} [work.granted] the answer to the first trip, if it has been made
   * @param {string} [work.held] the JSON text of the key whose wait has ended on this session
   * @param {boolean} [work.isAlone] true if the transaction excludes all other turns
   */
  constructor(parts, session, { calls = [], granted, held, isAlone = false }) {
    const { finishing, ending } = session.takeWork();
    this.#parts = parts;
    this.#session = session;
    this.#calls = calls;
    this.#finishing = finishing;
    this.#ending = ending;
    this.#granted = granted;
    this.#held = held;
    this.#isAlone = isAlone;
    for (const call of [...finishing, ...ending]) {
      this.#leases.set(call, session.leases.get(call));
      session.leases.delete(call);
    }
  }

  /**
   * Runs the turn. Resolves with the error that kept it from beginning: its calls are back in the
   * queue then, and may be tried again after a pause.
   */
  async run() {
    const session = this.#session;
    session.isInTurn = true;
    try {
      const failure = await this.#lock();
      if (failure !== undefined) return failure;
      await this.#runCalls();
      await this.#end.commit();
      return undefined;
    } catch (error) {
      // A fault of this package. The server rolls back.
      this.#parts.connections.destroy(session.connection);
      this.#end.reject(translate(error));
      return undefined;
    } finally {
      session.isInTurn = false;
      putBack(this.#left.filter((call) => call.isWaiting));
    }
  }

  /** Takes the locks and reads the items, unless that is done. Returns the error if it failed. */
  async #lock() {
    const session = this.#session;
    if (this.#granted === undefined && this.#calls.length > 0) {
      try {
        this.#granted = await firstTrip(this.#parts, session, this.#calls, this.#open());
      } catch (error) {
        await this.#rollBack();
        return this.#couldNotLock(error);
      }
    }
    const now = this.#granted?.now ?? session.now;
    if (this.#granted !== undefined) session.told(now);
    const rows = this.#granted?.rows ?? new Map();
    for (const lease of this.#leases.values()) {
      for (const [key, row] of lease.rows) rows.set(key, row);
    }
    this.#turn = new Turn(now, rows);
    return undefined;
  }

  /** Lists the statements that open the transaction of the turn. */
  #open() {
    return opening(this.#session, this.#locks.length > 0);
  }

  /** The locks of leases that the transaction has before the turn. */
  get #locks() {
    return this.#session.locksWith([...this.#leases.values()]);
  }

  /** Ends what the turn has begun, and keeps the leases if it can. */
  async #rollBack() {
    if (this.#session.isLost) return;
    await abandon(this.#parts, this.#session, this.#locks);
  }

  /** Puts the calls back if they may be tried again, and rejects them otherwise. */
  #couldNotLock(error) {
    const session = this.#session;
    if (session.isLost) this.#failLeases(session.connection.lost);
    else this.#keepLeases();
    const calls = this.#calls.filter((call) => call.isWaiting);
    if (this.#parts.limits.mayTryAgain(error)) {
      for (const call of calls) partsOf(call).deadlines.watch(call);
      this.#left = calls;
      return error;
    }
    const translated = translate(error, calls[0]?.keys?.[0]);
    for (const call of calls) partsOf(call).completions.fail(call, translated);
    return undefined;
  }

  /** Rejects the calls whose leases were lost with the connection, before their results were sent. */
  #failLeases(error) {
    for (const call of this.#leases.keys()) {
      partsOf(call).completions.fail(call, translate(error, call.keys?.[0]));
    }
    // Their callbacks have ended.
    this.#endLeases();
  }

  /** Lets the calls try that waited for the leases that have ended. */
  #endLeases() {
    endLeases([...this.#leases.keys()], this.#parts);
  }

  /** Leaves the leases that should end with this turn to the next one. */
  #keepLeases() {
    const session = this.#session;
    for (const [call, lease] of this.#leases) session.leases.set(call, lease);
    session.finishing.unshift(...this.#finishing);
    session.ending.unshift(...this.#ending);
  }

  /** Runs the calls. Yields to the event loop now and then: the locks are kept meanwhile. */
  async #runCalls() {
    const slice = new TimeSlice(BUDGET, CALLS_PER_LOOK);
    for (const call of this.#finishing) {
      this.#finish(call);
      if (slice.step()) await slice.pause();
    }
    for (const [at, call] of this.#calls.entries()) {
      if (this.#turn.isFull || this.#session.isLost) {
        this.#left.push(...this.#calls.slice(at));
        break;
      }
      this.#runCall(call);
      if (slice.step()) {
        leave();
        await slice.pause();
      }
    }
    leave();
  }

  #finish(call) {
    if (call.isSettled) return;
    try {
      call.finish(this.#turn);
      this.#ran.push(call);
    } catch (error) {
      this.#failed(call, error);
    }
  }

  #runCall(call) {
    try {
      if (!call.isWaiting || !this.#admits(call)) return;
      const suspended = this.#start(call);
      if (suspended === undefined) this.#ran.push(call);
      else this.#lease(call, suspended);
    } catch (error) {
      this.#failed(call, error);
    }
  }

  #failed(call, error) {
    const { completions } = partsOf(call);
    // An error of a callback may have come from another call, and keeps its stack.
    if (isOfCallback(error)) completions.reject(call, error, call.keys?.[0]);
    else completions.failRun(call, error);
  }

  /** Returns true if the turn has the locks of a call. Otherwise lets the call wait for them. */
  #admits(call) {
    if (this.#isAlone) return true;
    const { locks, waits, puts } = partsOf(call);
    const granted = this.#granted;
    if (call instanceof Puts && call.isBatch) {
      // Each of its items waits for its own key alone.
      const busy = call.keyTexts.filter((keyText) => !this.#isFree(call, keyText));
      if (busy.length > 0) puts.split(call, new Set(busy));
      return true;
    }
    if (!locks.admit(call, this.#turn, this.#held)) return false;
    const busy = call.keyTexts.find((keyText) => !granted.keyTexts.has(keyText));
    const isFirst = call.madeIn.length === 0;
    const mayLease = !call.mayLease || (granted.leases && (granted.noClear || !isFirst));
    if (busy === undefined && mayLease) return true;
    // The session of a callback around it has locks that are shared with it, which others wait for.
    if (runAround(call, busy, this.#session)) return false;
    if (busy === undefined) waits.awaitClear(call);
    else waits.awaitKey(call, busy);
    return false;
  }

  #isFree(call, keyText) {
    return (
      this.#granted.keyTexts.has(keyText) &&
      partsOf(call).locks.isFreeFor(call, keyText, keyText === this.#held)
    );
  }

  #start(call) {
    const { signal, wait } = call;
    if (signal?.aborted) throw abortReason(signal);
    if (wait !== undefined || signal !== undefined) partsOf(call).deadlines.end(call);
    return call.hasCallback ? runInside(call, this.#turn) : call.start(this.#turn);
  }

  #lease(call, suspended) {
    const { keys, lease } = partsOf(call);
    const locks = call.keys.map((key) => [keys.lockOf(key), call.shared]);
    this.#session.lease(call, { locks, rows: new Map() });
    this.#began.push(call);
    lease(call, suspended);
  }

  get #end() {
    const rest = {
      turn: this.#turn,
      ran: this.#ran,
      began: this.#began,
      leases: this.#leases,
    };
    return new TurnEnd(this.#parts, this.#session, rest, { granted: this.#granted });
  }
}

module.exports = { TurnRun };
