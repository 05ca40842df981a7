'use strict';

// The queue of calls that need locks, and the turns that empty it, one after the other.
//
// Calls made in one tick, or while a sync is under way, share the next commit. Locks decides which
// call gets which keys, Deadlines how long it may wait, Completions how it ends, and TurnRun what
// happens in a turn.

const { isPromise } = require('node:util/types');
const { WaitedLock } = require('./addon');
const { abortReason, deadlockError, timeoutError } = require('../errors');
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
const { hasRoomForTurn } = require('../calls/stack');
const { Completions } = require('../calls/completions');
const timers = require('../timers');
const { TurnRun } = require('./turn-run');
const { TurnWait } = require('./turn-wait');
const { Puts } = require('../calls/puts');

const NOTHING = () => {};

/** The number of calls submitted to all writers: each call's order is unique. */
let submitted = 0;

class Writer {
  #native;
  #lifecycle;
  #syncs;
  #compactions;
  #deadlines;
  #locks;
  #queue = new Queue();
  /** True from the moment that a turn is due until the next may begin. */
  #isRunning = false;
  /** True while the writer lock is held. */
  #isInTurn = false;
  #isListening = false;
  /** The wait for the writer lock, while a thread waits. */
  #wait;
  #completions;
  /** The parts that a turn works on. */
  #parts;
  /** The terms of calls of puts. */
  #terms;

  constructor(native, { lifecycle, reads, syncs, compactions, observation, lockTimeout }) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#deadlines = new Deadlines((call, signal) => this.#giveUp(call, signal), observation);
    this.#locks = new Locks(native, this.#deadlines);
    this.#syncs = syncs;
    this.#compactions = compactions;
    const whenAll = () => this.#wait?.letProcessEnd();
    this.#completions = new Completions(syncs, this.#deadlines, whenAll, fromNative);
    this.#terms = { timeout: lockTimeout };
    this.#parts = {
      native,
      reads,
      queue: this.#queue,
      locks: this.#locks,
      deadlines: this.#deadlines,
      completions: this.#completions,
      compactions,
      observation,
      suspend: (call, suspended) => this.#lease(call, suspended),
    };
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
    if (this.#queue.isHeavy) this.#handOver();
    return promise;
  }

  /** Queues a call. Resolves with its result once its changes are durable. */
  submit(call, isOpen = false) {
    const { signal } = call;
    if (signal?.aborted) throw abortReason(signal);
    call.owner = this;
    call.order = submitted++;
    locate(call);
    call.keepContext();
    const promise = call.promise();
    // Both throw where little of the stack is left: before the call is counted and queued.
    this.#schedule();
    if (signal) this.#deadlines.listen(call);
    this.#completions.expect();
    this.#queue.push(call, isOpen);
    if (this.#wait !== undefined) this.#deadlines.watch(call);
    return guard(call, promise, () => this.#end(call, deadlockError(call)));
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

  /** Resolves when all calls have settled, and no sync or compaction is under way. */
  async finish() {
    await this.#completions.finish();
    await this.#compactions.finish();
    await this.#syncs.finish();
  }

  #wake() {
    if (!this.#queue.isEmpty) this.#schedule();
  }

  /** Lets a turn run soon, unless one is due. */
  #schedule() {
    if (this.#isRunning) return;
    // After the rest of this tick and its promises, which may make more calls.
    timers.nextTick(this.#run);
    this.#isRunning = true;
  }

  /** Runs one turn, and then others until the queue is empty. */
  #run = async () => {
    // A hand-over may have emptied it meanwhile, or no call has come.
    if (this.#queue.isEmpty) return this.#runNext();
    try {
      this.#syncs.throwFailure();
      if (!this.#isListening) this.#listen();
      const ran = this.#lifecycle.use(this.#runOrWait);
      if (isPromise(ran)) await ran;
    } catch (error) {
      this.#rejectQueue(error);
      this.#runNext();
    }
  };

  /** Runs a turn, after which the next may begin; or waits for the lock. */
  #runOrWait = () => {
    if (this.#runTurn(this.#runNext)) return;
    this.#wait = new TurnWait(this.#native, this.#queue, this.#deadlines);
  };

  /**
   * Lets the next turn begin. Calls that have just settled may ask for more, which then shares the
   * next commit.
   */
  #runNext = () => {
    this.#isRunning = false;
    this.#wake();
  };

  /**
   * Ends the wait for the writer lock: the lock is offered, or another attempt will meet the error.
   */
  #runAgain() {
    if (this.#wait === undefined) return;
    this.#wait.letProcessEnd();
    this.#wait = undefined;
    this.#run();
  }

  /**
   * Notes that the store has been reopened: calls that waited for a lock of the one before try
   * again.
   */
  reopened() {
    this.#putBack(this.#locks.reopened());
    this.#runAgain();
  }

  /**
   * Runs a turn in the middle of a loop that makes many puts, unless something must be waited for.
   * So the sync runs beside the rest of the loop.
   */
  #handOver() {
    if (mayBeInside() || this.#isInTurn || !this.#lifecycle.isOpen) return;
    // A turn that waits comes to the queue by itself.
    if (this.#wait !== undefined || this.#syncs.hasFailed) return;
    // A turn that ran out of stack half-way would not settle its calls.
    if (!hasRoomForTurn()) return;
    try {
      if (!this.#isListening) this.#listen();
      this.#runTurn(NOTHING);
    } catch {
      // The turn that comes will meet the same error.
    }
  }

  /**
   * Runs a turn; `whenNext` is called when the next may begin. Returns false if another has the
   * lock.
   */
  #runTurn(whenNext) {
    this.#isInTurn = true;
    try {
      const freed = new TurnRun(this.#parts).run(whenNext);
      if (freed === undefined) return false;
      this.#putBack(freed);
      return true;
    } finally {
      this.#isInTurn = false;
    }
  }

  /** Rejects all calls of the queue: no turn can begin. */
  #rejectQueue(error) {
    for (const call of this.#queue.takeAll()) {
      this.#completions.reject(call, error);
      if (call.isLeased) this.#letGo(call);
    }
  }

  /** Leases the keys of a call whose callback has returned a promise. */
  #lease(call, { promise, finish }) {
    call.lease();
    const failure = this.#locks.lease(call);
    // Its callback runs on all the same, and no other call of this instance gets its keys.
    if (failure) this.#completions.reject(call, failure, call.keys[0]);
    awaitInside(call, promise).then(
      (result) => this.#finishLease(call, result, finish),
      (error) => this.#failLease(call, error),
    );
  }

  #finishLease(call, result, finish) {
    if (call.shared) this.#completions.resolve(call, result);
    if (call.isSettled) return this.#letGo(call);
    try {
      call.finishing((turn) => finish(turn, result));
      this.#putBack([call]);
    } catch (error) {
      this.#failLease(call, error);
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

  /** Has the native side tell of each thread whose wait has ended. */
  #listen() {
    this.#isListening = true;
    // The native side keeps the function for good, and must not keep a store that nobody uses any
    // more.
    const writer = new WeakRef(this);
    this.#native.listen((wakeUp) => writer.deref()?.#granted(wakeUp));
  }

  /** Notes that a thread's wait has ended. */
  #granted({ lock, key }) {
    if (lock === WaitedLock.Writer) return this.#runAgain();
    const freed = lock === WaitedLock.Key ? this.#locks.granted(key) : this.#locks.grantedAll();
    this.#putBack(freed);
    // A turn that waits sweeps too.
    if (freed.length === 0 && this.#wait === undefined) this.#sweep();
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
    const isAborted = signal !== undefined;
    this.#end(
      call,
      isAborted ? abortReason(signal) : timeoutError(call, this.#locks.holderFor(call)),
    );
  }

  /** Ends a call that waits, with an error. */
  #end(call, error) {
    this.#completions.reject(call, error);
    this.#putBack(this.#locks.forget(call));
  }

  /** Puts calls, and lists of calls, back among those that came earlier and later. */
  #putBack(items) {
    if (items.length === 0) return;
    for (const item of items) this.#queue.putBack(item);
    this.#wake();
  }
}

module.exports = { Writer };
