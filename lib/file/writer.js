'use strict';

// The calls that need locks, from the queue to their ends.
//
// Calls made in one tick, or while a sync is under way, share the next commit. Turns decides when a
// turn runs, Locks which call gets which keys, Deadlines how long it may wait, and Completions how it
// ends.

const { isPromise } = require('node:util/types');
const { PersistLock: Native, WaitedLock } = require('./addon');
const { BlockingTurns } = require('./blocking-turns');
const {
  abortReason,
  blockedCloseError,
  deadlockError,
  promiseError,
  timeoutError,
} = require('../errors');
const {
  awaitInside,
  guard,
  isAwaitedInside,
  isInside,
  locate,
  mayBeInside,
} = require('../calls/context');
const { Locks } = require('./locks');
const { fromNative } = require('./native-errors');
const { Deadlines } = require('../calls/deadlines');
const { Queue } = require('../calls/queue');
const { checkRoomForTurn } = require('../calls/stack');
const { Completions } = require('../calls/completions');
const { Turns } = require('./turns');
const { Puts } = require('../calls/puts');

const NOTHING = () => {};

/** The number of calls submitted to all writers: each call's order is unique. */
let submitted = 0;

class Writer {
  #native;
  #lifecycle;
  #turns;
  #blocking;
  #syncs;
  #compactions;
  #deadlines;
  #locks;
  #queue = new Queue();
  #isListening = false;
  #completions;
  /** The terms of calls of puts. */
  #terms;

  constructor(native, { dir, lifecycle, reads, syncs, compactions, observation, lockTimeout }) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#deadlines = new Deadlines((call, signal) => this.#giveUp(call, signal), observation);
    this.#locks = new Locks(native, this.#deadlines);
    this.#syncs = syncs;
    this.#compactions = compactions;
    this.#terms = { timeout: lockTimeout };
    const parts = {
      native,
      lifecycle,
      reads,
      queue: this.#queue,
      locks: this.#locks,
      deadlines: this.#deadlines,
      syncs,
      compactions,
      observation,
      suspend: (call, suspended) => this.#suspend(call, suspended),
      putBack: this.#putBack,
      rejectQueue: (error) => this.#rejectQueue(error),
    };
    this.#turns = new Turns(parts);
    const { letProcessEnd } = this.#turns;
    this.#completions = new Completions(syncs, this.#deadlines, letProcessEnd, fromNative);
    parts.completions = this.#completions;
    this.#blocking = new BlockingTurns(dir, {
      ...parts,
      turns: this.#turns,
      granted: (wakeUp) => this.#granted(wakeUp),
      giveUp: (call) => this.#giveUp(call),
      end: (call, error) => this.#end(call, error),
    });
  }

  /**
   * Stores an item, in one call with those that are put at once. Resolves once they are durable.
   */
  put(item) {
    // The items of a call share its locks. So while a lease is in sight each has a call of its own,
    // and waits for no other key.
    const isOpen = !mayBeInside() && this.#locks.areAllFree && this.#queue.holdsOnlyPuts;
    const open = isOpen ? this.#queue.openPuts : undefined;
    const puts = open ?? new Puts(this.#terms);
    puts.add(item);
    const promise = open ? puts.promise() : this.submit(puts, isOpen);
    if (this.#queue.isHeavy) this.#turns.handOver();
    return promise;
  }

  /** Queues a call. Resolves with its result once its changes are durable. */
  submit(call, isOpen = false) {
    this.#register(call);
    call.keepContext();
    const promise = call.promise();
    // Both throw where little of the stack is left: before the call is counted and queued.
    this.#turns.schedule();
    this.#enqueue(call, isOpen);
    return guard(call, promise, () => this.#end(call, deadlockError(call)));
  }

  /** Runs a call to its end on the calling thread. Returns its result once its changes are durable. */
  runNow(call) {
    this.#register(call);
    this.#blocking.check(call);
    checkRoomForTurn(Native.stackAddress());
    this.#enqueue(call, false);
    return this.#blocking.run(call);
  }

  #register(call) {
    const { signal } = call;
    if (signal?.aborted) throw abortReason(signal);
    call.owner = this;
    call.order = submitted++;
    locate(call);
  }

  #enqueue(call, isOpen) {
    if (!this.#isListening) this.#listen();
    if (call.signal !== undefined) this.#deadlines.listen(call);
    this.#completions.expect();
    this.#queue.push(call, isOpen);
    if (this.#turns.wait !== undefined) this.#deadlines.watch(call);
  }

  /** The store's folder, once the store is open. */
  get folder() {
    return this.#lifecycle.folder;
  }

  /** True if the present call is made inside a callback of this instance. */
  get isEntered() {
    return isInside(this);
  }

  /**
   * Resolves with true if a callback of this instance awaits the asynchronous function that calls
   * this.
   */
  isAwaitedInside() {
    return isAwaitedInside(this);
  }

  /** Lists the locks that calls of this instance have or wait for. */
  locks() {
    return this.#locks.list();
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
    this.#putBack(this.#locks.reopened());
    this.#turns.offered();
  }

  /** Rejects all calls of the queue: no turn can begin. */
  #rejectQueue(error) {
    for (const call of this.#queue.takeAll()) {
      this.#completions.fail(call, error);
      if (call.isLeased) this.#letGo(call);
    }
  }

  /** Keeps the locks of a call whose callback has returned a promise, which a blocking call cannot. */
  #suspend(call, suspended) {
    if (!call.isBlocking) return this.#lease(call, suspended);
    // Nobody else handles it. A thenable that is no promise may do its work only when `then` is
    // called.
    if (isPromise(suspended.promise)) suspended.promise.catch(NOTHING);
    throw promiseError(call.keys[0]);
  }

  /** Leases the keys of a call whose callback has returned a promise. */
  #lease(call, suspended) {
    const { promise } = suspended;
    call.lease();
    const failure = this.#locks.lease(call);
    // Its callback runs on all the same, and no other call of this instance gets its keys.
    if (failure) this.#completions.fail(call, failure, call.keys[0]);
    awaitInside(call, isPromise(promise) ? promise : call.promiseOf(promise)).then(
      (result) => this.#finishLease(call, result, suspended),
      (error) => this.#failLease(call, error),
    );
  }

  #finishLease(call, result, suspended) {
    if (call.shared) this.#completions.resolve(call, result);
    if (call.isSettled) return this.#letGo(call);
    try {
      call.finishing(suspended, result);
      this.#putBack([call]);
    } catch (error) {
      this.#completions.failRun(call, error);
      this.#letGo(call);
    }
  }

  #failLease(call, error) {
    this.#completions.reject(call, error);
    this.#letGo(call);
  }

  /** Ends the leases of a call that leaves nothing to commit, outside a turn. */
  #letGo(call) {
    this.#putBack(this.#locks.letGo(call));
  }

  /** Has the native side tell that threads' waits have ended. */
  #listen() {
    this.#isListening = true;
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
    this.#putBack(freed);
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
    if (signal !== undefined) return this.#end(call, abortReason(signal));
    this.#completions.fail(call, timeoutError(call, this.#locks.holderFor(call)));
    this.#putBack(this.#locks.forget(call));
  }

  /** Ends a call that waits, with an error of its caller's own or made on its caller's stack. */
  #end(call, error) {
    this.#completions.reject(call, error);
    this.#putBack(this.#locks.forget(call));
  }

  /** Puts calls, and lists of calls, back among those that came earlier and later. */
  #putBack = (items) => {
    if (items.length === 0) return;
    for (const item of items) this.#queue.putBack(item);
    this.#turns.wake();
  };
}

module.exports = { Writer };
