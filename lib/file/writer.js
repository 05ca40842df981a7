'use strict';

// The calls that need locks, over files.
//
// Calls made in one tick, or while a sync is under way, share the next commit. Turns decides when a
// turn runs.

const { isPromise } = require('node:util/types');
const { PersistLock: Native, WaitedLock } = require('./addon');
const { BlockingTurns } = require('./blocking-turns');
const { abortReason, blockedCloseError, promiseError, timeoutError } = require('../errors');
const { Completions } = require('../calls/completions');
const { Deadlines } = require('../calls/deadlines');
const { FileLocks } = require('./locks');
const { fromNative } = require('./native-errors');
const { Queue } = require('../calls/queue');
const { checkRoomForTurn } = require('../calls/stack');
const { Turns } = require('./turns');
const { Writer } = require('../calls/writer');

const NOTHING = () => {};

class FileWriter extends Writer {
  #native;
  #turns;
  #blocking;
  #syncs;
  #compactions;
  #locks;
  #completions;

  constructor(native, { dir, lifecycle, reads, syncs, compactions, observation, lockTimeout }) {
    const deadlines = new Deadlines((call, signal) => this.#giveUp(call, signal), observation);
    const locks = new FileLocks(native, deadlines);
    const queue = new Queue();
    const parts = {
      native,
      lifecycle,
      reads,
      queue,
      locks,
      deadlines,
      syncs,
      compactions,
      observation,
    };
    const turns = new Turns(parts);
    const completions = new Completions(syncs, deadlines, turns.letProcessEnd, fromNative);
    super({ lifecycle, queue, locks, deadlines, completions, turns, lockTimeout });
    parts.completions = completions;
    parts.suspend = (call, suspended) => this.#suspend(call, suspended);
    parts.putBack = this.putBack;
    parts.rejectQueue = (error) => this.rejectQueue(error);
    this.#native = native;
    this.#turns = turns;
    this.#syncs = syncs;
    this.#compactions = compactions;
    this.#locks = locks;
    this.#completions = completions;
    this.#blocking = new BlockingTurns(dir, {
      ...parts,
      turns,
      granted: (wakeUp) => this.#granted(wakeUp),
      giveUp: (call) => this.#giveUp(call),
      end: (call, error) => this.end(call, error),
    });
  }

  /** Runs a call to its end on the calling thread. Returns its result once its changes are durable. */
  runNow(call) {
    this.register(call);
    this.#blocking.check(call);
    checkRoomForTurn(Native.stackAddress());
    this.enqueue(call, false);
    return this.#blocking.run(call);
  }

  /** Resolves when all calls have settled, and no sync or compaction is under way. */
  async finish() {
    await this.#completions.finish();
    await this.#compactions.finish();
    await this.#syncs.finish();
  }

  /**
   * Ends all calls on the calling thread, and syncs. Throws `ERR_PERSIST_LOCK_DEADLOCK` if only the
   * event loop can end one.
   */
  finishNow() {
    this.#blocking.finish(blockedCloseError);
    this.#syncs.finishNow();
  }

  /**
   * Notes that the store has been reopened: calls that waited for a lock of the one before try
   * again.
   */
  reopened() {
    this.putBack(this.#locks.reopened());
    this.#turns.offered();
  }

  /** Keeps the locks of a call whose callback has returned a promise, which a blocking call cannot. */
  #suspend(call, suspended) {
    if (!call.isBlocking) return this.lease(call, suspended);
    // Nobody else handles it. A thenable that is no promise may do its work only when `then` is
    // called.
    if (isPromise(suspended.promise)) suspended.promise.catch(NOTHING);
    throw promiseError(call.keys[0]);
  }

  /** Has the native side tell that threads' waits have ended. */
  prepare() {
    // The native side keeps the function for good, and must not keep a store that nobody uses any
    // more.
    const writer = new WeakRef(this);
    this.#native.listen(() => writer.deref()?.#takeWakeUps());
  }

  #takeWakeUps() {
    for (let wakeUp; (wakeUp = this.#native.nextWakeUp(0)) !== null;) this.#granted(wakeUp);
  }

  /** Notes that a thread's wait has ended. */
  #granted({ lock, key }) {
    if (lock === WaitedLock.Writer) return this.#turns.offered();
    const freed = lock === WaitedLock.Key ? this.#locks.granted(key) : this.#locks.grantedAll();
    this.putBack(freed);
    // A turn that waits sweeps too.
    if (freed.length === 0 && this.#turns.wait === undefined) this.#sweep();
  }

  /**
   * Unlinks the gate of a wait whose calls were all given up. If the writer lock is not free, a
   * later turn does so.
   */
  #sweep() {
    try {
      this.#native.sweepLeases();
    } catch {
      // The next turn meets the same error.
    }
  }

  /** Ends a call that has waited too long, or was aborted. */
  #giveUp(call, signal) {
    if (signal !== undefined) return this.end(call, abortReason(signal));
    this.#completions.fail(call, timeoutError(call, this.#locks.holderFor(call)));
    this.putBack(this.#locks.forget(call));
  }
}

module.exports = { FileWriter };
