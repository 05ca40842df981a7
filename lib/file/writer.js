'use strict';

// The queue of calls that need locks, and the writer turns that empty it: lock, refresh, callbacks, one commit, unlock, one
// sync.
//
// What is asked for in one tick, or while a sync is under way, goes into the next commit together. Who gets which keys is for
// Locks to say, how long a call may wait for Deadlines, and how it ends for Completions.

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
const { Completions } = require('../calls/completions');
const timers = require('../timers');
const { TurnRun } = require('./turn-run');
const { TurnWait } = require('./turn-wait');
const { Puts } = require('../calls/puts');

const NOTHING = () => {};

/** How many calls have been submitted, to all writers: their orders tell them apart. */
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
  /** The terms of puts. */
  #terms;

  constructor(native, { lifecycle, reads, syncs, compactions, observation, lockTimeout }) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#deadlines = new Deadlines((write, signal) => this.#giveUp(write, signal), observation);
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

  /** Stores an item, together with those that it was called with at once. Resolves once they are durable. */
  put(item) {
    // They have their locks together. So where a lease is in sight each is by itself, and waits for no other's key.
    const isOpen = !mayBeInside() && this.#locks.areAllFree && this.#queue.holdsOnlyPuts;
    const open = isOpen ? this.#queue.openPuts : undefined;
    const puts = open ?? new Puts(this.#terms);
    puts.add(item);
    const promise = open ? puts.promise() : this.submit(puts, isOpen);
    if (this.#queue.isHeavy) this.#handOver();
    return promise;
  }

  /** Queues a call. Resolves with what it returns once that is durable. */
  submit(write, isOpen = false) {
    const { signal } = write;
    if (signal?.aborted) throw abortReason(signal);
    write.owner = this;
    write.order = submitted++;
    locate(write);
    write.keepContext();
    if (signal) this.#deadlines.listen(write);
    const promise = write.promise();
    this.#enqueue(write, isOpen);
    return guard(write, promise, () => this.#end(write, deadlockError(write)));
  }

  #enqueue(write, isOpen) {
    this.#completions.expect();
    this.#queue.push(write, isOpen);
    if (this.#wait !== undefined) this.#deadlines.watch(write);
    this.#wake();
  }

  /** The store's folder, once the store is open. */
  get folder() {
    return this.#lifecycle.folder;
  }

  /** True if the present call is made inside a callback of this instance. */
  get isEntered() {
    return isInside(this);
  }

  /** Resolves with true if a callback of this instance awaits the asynchronous function that calls this. */
  isAwaitedInside() {
    return isAwaitedInside(this);
  }

  /** Resolves when all calls have settled and, in the background too, everything has been synced and compacted. */
  async finish() {
    await this.#completions.finish();
    await this.#compactions.finish();
    await this.#syncs.finish();
  }

  #wake() {
    if (this.#isRunning || this.#queue.isEmpty) return;
    this.#isRunning = true;
    // After all that this tick and its promises still ask for.
    timers.nextTick(() => this.#run());
  }

  /** Runs one turn, and then others until the queue is empty. */
  async #run() {
    // A hand-over may have emptied it meanwhile.
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
  }

  /** Runs a turn, after which the next may begin; or waits for the lock. */
  #runOrWait = () => {
    if (this.#runTurn(this.#runNext)) return;
    this.#wait = new TurnWait(this.#native, this.#queue, this.#deadlines);
  };

  /** Lets the next turn begin. Calls that have just settled may ask for more, which then shares the next commit. */
  #runNext = () => {
    this.#isRunning = false;
    this.#wake();
  };

  /** The wait for the writer lock is over: the lock is offered, or trying again will say what is wrong. */
  #runAgain() {
    if (this.#wait === undefined) return;
    this.#wait.letProcessEnd();
    this.#wait = undefined;
    this.#run();
  }

  /** The store has been reopened. What waited for a lock through the one before tries again. */
  reopened() {
    this.#putBack(this.#locks.reopened());
    this.#runAgain();
  }

  /**
   * Runs a turn in the middle of the loop that asks for so many puts, so that the rest of the loop and the sync go on side by
   * side, and the event loop is not kept from everything else behind it. Only if nothing has to be waited for.
   */
  #handOver() {
    if (mayBeInside() || this.#isInTurn || !this.#lifecycle.isOpen) return;
    // A turn that waits comes to the queue by itself.
    if (this.#wait !== undefined || this.#syncs.hasFailed) return;
    try {
      if (!this.#isListening) this.#listen();
      this.#runTurn(NOTHING);
    } catch {
      // The turn that comes will meet the same error.
    }
  }

  /** Runs a turn; `whenNext` is called when the next may begin. Returns false if another has the lock. */
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

  /** Nothing of the queue can be done. */
  #rejectQueue(error) {
    for (const write of this.#queue.takeAll()) {
      this.#completions.reject(write, error);
      if (write.isLeased) this.#letGo(write);
    }
  }

  /** Keeps the keys of a call whose callback has returned a promise. */
  #lease(write, { promise, finish }) {
    write.lease();
    const failure = this.#locks.lease(write);
    // The callback runs on, and its keys are its own in this instance.
    if (failure) this.#completions.reject(write, failure, write.keys[0]);
    awaitInside(write, promise).then(
      (result) => this.#finishLease(write, result, finish),
      (error) => this.#failLease(write, error),
    );
  }

  #finishLease(write, result, finish) {
    if (write.shared) this.#completions.resolve(write, result);
    if (write.isSettled) return this.#letGo(write);
    try {
      write.finishing((turn) => finish(turn, result));
      this.#putBack([write]);
    } catch (error) {
      this.#failLease(write, error);
    }
  }

  #failLease(write, error) {
    this.#completions.reject(write, error);
    this.#letGo(write);
  }

  /** Ends a call's leases outside a turn: it leaves nothing to commit. */
  #letGo(call) {
    this.#putBack(this.#locks.letGo(call));
  }

  /** Has the native side tell of each thread whose wait has ended. */
  #listen() {
    this.#isListening = true;
    // The native side keeps the function for good, and must not keep a store that nobody uses any more.
    const writer = new WeakRef(this);
    this.#native.listen((wakeUp) => writer.deref()?.#granted(wakeUp));
  }

  /** A thread's wait has ended. */
  #granted({ lock, key }) {
    if (lock === WaitedLock.Writer) return this.#runAgain();
    const freed = lock === WaitedLock.Key ? this.#locks.granted(key) : this.#locks.grantedAll();
    this.#putBack(freed);
    if (freed.length === 0) this.#sweep();
  }

  /** Unlinks the gate of a wait whose calls were all given up. If the writer lock is not free, a later turn does so. */
  #sweep() {
    try {
      this.#native.sweepLeases();
    } catch {
      // The next turn meets the same error.
    }
  }

  /** A call has waited too long, or was aborted. */
  #giveUp(write, signal) {
    const isAborted = signal !== undefined;
    this.#end(
      write,
      isAborted ? abortReason(signal) : timeoutError(write, this.#locks.holderFor(write)),
    );
  }

  /** Ends a call that waits, with an error. */
  #end(write, error) {
    this.#completions.reject(write, error);
    this.#putBack(this.#locks.forget(write));
  }

  /** Puts calls, and lists of calls, back among those that came earlier and later. */
  #putBack(items) {
    if (items.length === 0) return;
    for (const item of items) this.#queue.putBack(item);
    this.#wake();
  }
}

module.exports = { Writer };
