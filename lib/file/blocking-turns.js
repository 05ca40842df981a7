'use strict';

// Runs turns on the calling thread until a call has run: the blocking calls.
//
// A blocking call takes its place at the end of the queue, like any other, and the turns are the
// same. So calls made before it come first, and share its commit and its sync. While the thread
// blocks, no promise settles: a call that needs one to settle is a deadlock, and fails at once.
// Locks of other processes and threads are waited for: the native side's threads wait for them and
// put wake-ups in a queue, from which a blocking call takes them in place of the event loop.

const fs = require('node:fs');
const path = require('node:path');
const { blockedError, insideTurnError } = require('../errors');
const threadLocks = require('../calls/thread-locks');
const timers = require('../timers');

const NOTHING = () => {};

/**
 * The longest time in native code without a pause, in milliseconds: a worker can be terminated only
 * between two waits.
 */
const LONGEST_WAIT = 100;

class BlockingTurns {
  #dir;
  #parts;

  /**
   * @param {string} dir the directory of the store
   * @param {object} parts those of Turns, and these
   * @param {import('./turns').Turns} parts.turns
   * @param {(wakeUp: object) => void} parts.granted acts on a wake-up
   * @param {(call: object) => void} parts.giveUp ends a call that has waited too long
   * @param {(call: object, error: Error) => void} parts.end ends a call that waits
   */
  constructor(dir, parts) {
    this.#dir = dir;
    this.#parts = parts;
  }

  /** Throws if a call would wait for ever, as far as is known before it is in the queue. */
  check(call) {
    if (this.#isInTurn()) throw insideTurnError(call);
    if (this.#parts.locks.leases.isDeadlock(call)) throw blockedError(call);
  }

  /** Returns true if a callback of this thread is in a turn of the store. */
  #isInTurn() {
    return threadLocks.turns.length > 0 && threadLocks.turns.includes(this.#folder);
  }

  /**
   * The store's folder, which a callback of another instance may be in before the store is open,
   * spelled as the native side does.
   */
  get #folder() {
    const { folder } = this.#parts.lifecycle;
    if (folder !== undefined) return folder;
    const own = path.join(this.#dir, '.persist-lock');
    try {
      // On Windows the native side begins it with `\\?\`.
      return path.toNamespacedPath(fs.realpathSync.native(own));
    } catch {
      // No store is there, or the file system knows no real paths.
      return own;
    }
  }

  /** Runs turns until a call of the queue has ended. Returns its result or throws its error. */
  run(call) {
    const { turns, completions } = this.#parts;
    const ran = [];
    turns.beginBlocking();
    try {
      while (call.isWaiting) this.#step(call, ran);
    } finally {
      turns.endBlocking();
    }
    if (call.isCommitted) completions.acknowledgeNow(ran, call);
    else if (ran.length > 0) completions.acknowledge(ran, NOTHING);
    return call.outcome();
  }

  /** Runs a turn, or waits for a lock. */
  #step(call, ran) {
    const { wait } = call;
    if (wait !== undefined && wait.deadline <= timers.now()) return this.#parts.giveUp(call);
    const { locks, queue, turns } = this.#parts;
    if (turns.wait !== undefined || queue.isEmpty) return this.#wait(call);
    const failure = this.#runTurnOrWait(ran);
    if (failure !== undefined && call.isWaiting) this.#parts.end(call, failure);
    if (call.isWaiting && call.place !== undefined && locks.leases.isDeadlock(call)) {
      this.#parts.end(call, blockedError(call));
    }
  }

  /**
   * Runs a turn, or begins to wait for the writer lock. Returns the error that kept the turn from
   * beginning, with which the calls of the queue were rejected.
   */
  #runTurnOrWait(ran) {
    const { turns, rejectQueue } = this.#parts;
    const gather = (calls) => {
      for (const call of calls) ran.push(call);
    };
    try {
      if (!turns.runNow(gather)) turns.waitNow();
      return undefined;
    } catch (error) {
      rejectQueue(error);
      return error;
    }
  }

  /** Waits for a wake-up, at most until the call's deadline. */
  #wait(call) {
    this.#parts.deadlines.watch(call);
    this.#waitUntil(call.wait.deadline);
  }

  #waitUntil(deadline) {
    const left = Math.max(deadline - timers.now(), 0);
    const wakeUp = this.#parts.native.nextWakeUp(Math.min(left, LONGEST_WAIT));
    if (wakeUp !== null) this.#parts.granted(wakeUp);
  }

  /**
   * Ends all calls, so that the store can be closed. Throws if only the event loop can end one.
   *
   * @param {() => Error} deadlockError
   */
  finish(deadlockError) {
    const { turns, completions } = this.#parts;
    const ran = [];
    turns.beginBlocking();
    try {
      this.#runAll(ran, deadlockError);
    } finally {
      turns.endBlocking();
      if (ran.length > 0) completions.acknowledgeNow(ran);
    }
  }

  #runAll(ran, deadlockError) {
    const { turns, queue, locks, deadlines } = this.#parts;
    for (;;) {
      if (locks.leases.anyPending) throw deadlockError();
      const { needsTurn } = queue;
      if (needsTurn && turns.wait === undefined) {
        if (this.#isInTurn()) throw deadlockError();
        this.#runTurnOrWait(ran);
      } else if (needsTurn || deadlines.next !== undefined) {
        if (deadlines.some((call) => locks.leases.isDeadlock(call))) throw deadlockError();
        this.#waitUntil(deadlines.next ?? Infinity);
        deadlines.giveUpDue();
      } else {
        return;
      }
    }
  }
}

module.exports = { BlockingTurns };
