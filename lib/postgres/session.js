'use strict';

// A connection that runs turns, with the leases that its transaction holds. Must not know the
// statements.
//
// States: idle, in a turn, leasing (an open transaction that holds leases waits for the next turn),
// lost. A session runs one turn after the other.

const timers = require('../timers');

/**
 * A lease: the locks that the chain carries, and the rows that its call has seen.
 *
 * @typedef {object} Lease
 * @property {import('./statements').KeyLock[]} locks
 * @property {Map<string, import('./turn').Row | undefined>} rows by the keys
 */

const NOTHING = () => {};

/** The sessions on which calls have leased. @type {WeakMap<import('../calls/call').Call, Session>} */
const sessions = new WeakMap();

class Session {
  connection;
  /** The scheduler that runs its turns. */
  scheduler;
  /** @type {Map<import('../calls/call').Call, Lease>} */
  leases = new Map();
  /** Those of its leases whose locks the server has no more, and which must be taken again. */
  lapsed = new Set();
  /** The calls that this session alone can run, since they are inside one of its leases. */
  calls = [];
  /** The calls whose callbacks have ended, and whose results the next turn stores. */
  finishing = [];
  /** The calls whose leases the next turn ends, without anything to store. */
  ending = [];
  /** True while a turn runs. */
  isInTurn = false;
  /** True while turns run on a session that is not the main one. */
  isServed = false;
  /** True once its connection has been given back. */
  isEnded = false;
  /** Ends the connection's calls back. */
  #forget = NOTHING;
  #now = 0;
  #nowSince = 0;

  /**
   * @param {import('./connection').Connection} connection
   * @param {import('./scheduler').Scheduler} scheduler
   */
  constructor(connection, scheduler) {
    this.connection = connection;
    this.scheduler = scheduler;
    this.#forget = connection.onLost((error) => scheduler.lost(this, error));
  }

  /** Notes that its connection is no longer its own. */
  end() {
    this.isEnded = true;
    this.#forget();
  }

  /** Notes that a call leases. */
  lease(call, lease) {
    this.leases.set(call, lease);
    sessions.set(call, this);
  }

  /** Forgets the leases of calls. Returns those of the calls whose callbacks have ended. */
  dropLeases(calls) {
    for (const call of calls) {
      this.leases.delete(call);
      this.lapsed.delete(call);
    }
    const isDropped = (call) => calls.includes(call);
    const ended = [...this.finishing, ...this.ending].filter(isDropped);
    this.finishing = this.finishing.filter((call) => !isDropped(call));
    this.ending = this.ending.filter((call) => !isDropped(call));
    return ended;
  }

  get isLost() {
    return this.connection.lost !== undefined;
  }

  /** True if a turn has work here that no other session can do. */
  get needsTurn() {
    return this.calls.length + this.finishing.length + this.ending.length > 0;
  }

  /** Takes what waits for the next turn. */
  takeWork() {
    const { finishing, ending } = this;
    this.finishing = [];
    this.ending = [];
    return { finishing, ending };
  }

  takeCalls() {
    return this.calls.splice(0);
  }

  /** Notes the server's time, in milliseconds since 1970. */
  told(now) {
    this.#now = now;
    this.#nowSince = timers.now();
  }

  /** The server's time, as far as it can be known without asking. */
  get now() {
    return this.#now === 0 ? Date.now() : Math.floor(this.#now + timers.now() - this.#nowSince);
  }

  /** Lists the locks of the leases, each once. */
  get locks() {
    return this.locksWith([]);
  }

  /** Lists the locks of the leases, and of others that a turn has taken over, each once. */
  locksWith(others) {
    const locks = new Map();
    const own = [...this.leases].filter(([call]) => !this.lapsed.has(call));
    for (const lease of [...own.map(([, each]) => each), ...others]) {
      for (const [lock, isShared] of lease.locks) locks.set(lock, isShared);
    }
    return [...locks];
  }
}

/** Gives the session that has the lease of a call; `undefined` if none has it any more. */
function sessionOf(call) {
  const session = sessions.get(call);
  return session === undefined || session.isLost || !session.leases.has(call) ? undefined : session;
}

/**
 * Hands a call to the session of a callback around it that shares its locks, if that is another
 * session than its own. Returns false if there is none.
 *
 * @param {string | undefined} keyText the key that is busy; `undefined` if only new leases must wait
 */
function runAround(call, keyText, own) {
  const shares = (outer) => outer.shared && call.shared && outer.keyTexts.includes(keyText);
  for (const outer of call.madeIn) {
    if (outer.folder !== call.folder || (keyText !== undefined && !shares(outer))) continue;
    const session = sessionOf(outer);
    if (session === undefined || session === own) continue;
    session.calls.push(call);
    session.scheduler.wakeSession(session);
    return true;
  }
  return false;
}

module.exports = { Session, runAround, sessionOf };
