'use strict';

// The calls of this instance that lease their keys, since their callbacks have returned promises.
// At most some callbacks do so at once: the keys of the others wait in a crowd. Tells which calls
// would block this thread for ever. Knows nothing of turns, nor of the leases of other instances.

const { Crowd } = require('./crowd');
const { PrefixCall } = require('./prefix-call');
const threadLocks = require('./thread-locks');

/**
 * The most callbacks that lease keys at once: each lease takes a descriptor, or a place in the
 * server's table of locks. Calls made inside a callback are exempt.
 */
const MOST = 256;

class Leases {
  #keys;
  /** @type {Set<import('./call').Call>} */
  #calls = new Set();
  /** The keys that wait until fewer are leased, once there were so many. */
  #crowd;

  /** @param {import('./key-locks').KeyLocks} keys */
  constructor(keys) {
    this.#keys = keys;
  }

  /** The number of calls that lease keys. */
  get size() {
    return this.#calls.size;
  }

  [Symbol.iterator]() {
    return this.#calls.values();
  }

  /**
   * Notes that a call leases its keys.
   *
   * @param {boolean} isKept false if the engine could not keep them: other instances may get them
   */
  add(call, isKept) {
    this.#keys.lease(call);
    this.#calls.add(call);
    if (isKept) threadLocks.addLeases(call.folder, call.keyTexts, this);
  }

  /** Ends a call's leases. Returns the locks whose first calls may try now. */
  end(call) {
    call.release();
    this.#calls.delete(call);
    threadLocks.removeLeases(call.folder, call.keyTexts, this);
    return this.#keys.release(call);
  }

  /**
   * Finds the lock that a call must wait for while there are too many leases: its first key's,
   * which keeps the key's order.
   */
  crowdedLock({ mayLease, madeIn, keyTexts: [keyText], order }) {
    if (this.size < MOST || !mayLease || madeIn.length > 0 || keyText === undefined)
      return undefined;
    const lock = this.#keys.obtain(keyText);
    this.#crowd ??= new Crowd();
    this.#crowd.add(lock, order);
    return lock;
  }

  /** Takes as many locks out of the crowd as may begin now. */
  takeFromCrowd() {
    return this.#crowd?.take(MOST - this.size) ?? [];
  }

  /** Takes a lock out of the crowd that no call waits for any more. */
  forget(lock) {
    this.#crowd?.forget(lock);
  }

  /** True if the promise of a callback is pending, and its call has not settled. */
  get anyPending() {
    for (const { state } of this.#calls) if (state === 'leased') return true;
    return false;
  }

  /**
   * Returns true if a call that blocks this thread would wait for ever: for a callback of this
   * thread, whose promise cannot settle meanwhile.
   */
  isDeadlock(call) {
    if (this.size === 0 && threadLocks.leases.size === 0) return false;
    // Its first turn tells.
    if (call instanceof PrefixCall && call.isUnknown) return false;
    for (const leased of this.#calls) {
      // One that is finishing ends with the next turn.
      if (!leased.isFinishing && leased.excludes(call)) return true;
    }
    if (call.place?.isInCrowd) return true;
    return threadLocks.isLeasedByOther(call.folder, call.keyTexts, this);
  }
}

module.exports = { Leases };
