'use strict';

// The queue of calls that need locks, and the writer turns that empty it: lock, refresh, callbacks, one commit, unlock, one
// sync.
//
// What is asked for in one tick, or while a sync is under way, goes into the next commit together. Who gets which keys is for
// Locks to say, how long a call may wait for Deadlines, and how it ends for Completions.

const { isPromise } = require('node:util/types');
const { abortReason, deadlockError, fromNative, nativeCode, timeoutError } = require('../errors');
const {
  awaitInside,
  guard,
  isAwaitedInside,
  isInside,
  leave,
  locate,
  mayBeInside,
  runInside,
} = require('../calls/context');
const { Locks } = require('./locks');
const { Deadlines } = require('../calls/deadlines');
const { Queue } = require('../calls/queue');
const { refusedError, touchedBy } = require('../calls/refusal');
const { Completions } = require('../calls/completions');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');
const { Turn } = require('./turn');
const { TurnLock } = require('./turn-lock');
const { KeysCall, Puts } = require('../calls/call');

/** How long callbacks may run on end, in milliseconds, before the event loop gets its turn. */
const BUDGET = 2;
/** The clock is looked at once for so many calls. */
const CALLS_PER_LOOK = 16;
/** How long a turn that only tidies may wait for the writer lock, in milliseconds. */
const LONGEST_TIDY = 1000;
const NOTHING = () => {};

/** How many calls have been submitted, to all writers: their orders tell them apart. */
let submitted = 0;

class Writer {
  #native;
  #lifecycle;
  #reads;
  #syncs;
  #compactions;
  #observation;
  #deadlines;
  #locks;
  #queue = new Queue();
  #isRunning = false;
  #isListening = false;
  #turnLock;
  #isTidying = false;
  /** True once all calls have settled and the store is closing, which tidies in a turn of its own. */
  #hasFinished = false;
  #folder;
  #completions;
  /** The terms of puts. */
  #terms;

  constructor(native, { lifecycle, reads, syncs, compactions, observation, lockTimeout }) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#observation = observation;
    this.#deadlines = new Deadlines((write, signal) => this.#giveUp(write, signal), observation);
    this.#locks = new Locks(native, this.#deadlines);
    this.#turnLock = new TurnLock(native, this.#deadlines);
    this.#syncs = syncs;
    this.#compactions = compactions;
    const letEnd = () => this.#turnLock.letEnd();
    this.#completions = new Completions(this.#syncs, this.#deadlines, letEnd);
    this.#terms = { timeout: lockTimeout };
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
    if (this.#turnLock.state === 'waiting') this.#deadlines.watch(write);
    this.#wake();
  }

  /** The store's folder, as soon as a turn has begun. */
  get folder() {
    return this.#folder;
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
    // The end of a call may begin a turn that tidies.
    while (this.#completions.isBusy) await this.#completions.finish();
    this.#hasFinished = true;
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
    const take = () => this.#turnLock.takeOrWait(this.#queue);
    let news;
    try {
      this.#syncs.throwFailure();
      this.#listen();
      const taken = this.#lifecycle.use(take);
      news = isPromise(taken) ? await taken : taken;
    } catch (error) {
      this.#rejectQueue(error);
      this.#runNext();
      return;
    }
    if (news !== null) this.#work(news, () => this.#runNext());
  }

  /** The wait for the writer lock is over. */
  #runAgain() {
    if (this.#turnLock.state !== 'waiting') return;
    this.#turnLock.waited();
    this.#run();
  }

  /** The store has been reopened. What waited for a lock through the one before tries again. */
  reopened() {
    this.#putBack(this.#locks.reopened());
    this.#runAgain();
  }

  /** Those whose promises have just been settled may ask for more, which then shares the next commit. */
  #runNext() {
    this.#isRunning = false;
    this.#wake();
  }

  /**
   * Runs a turn in the middle of the loop that asks for so many puts, so that the rest of the loop and the sync go on side by
   * side, and the event loop is not kept from everything else behind it. Only if nothing has to be waited for.
   */
  #handOver() {
    if (mayBeInside() || !this.#lifecycle.isOpen) return;
    // A turn that has begun is perhaps about to look at the queue.
    if (this.#turnLock.state !== 'free' || this.#syncs.hasFailed) return;
    try {
      this.#listen();
      const news = this.#turnLock.tryTake();
      if (news !== null) this.#work(news, NOTHING);
    } catch {
      // The turn that is to come will tell.
    }
  }

  /** What is done under the writer lock, which has been taken, and is given up. Then the next turn may begin. */
  #work(news, whenNext) {
    this.#reads.turnBegun(news);
    this.#observation.turnBegun(() => this.#native._cut());
    this.#folder ??= this.#native._folder();
    this.#locks.beginTurn();
    const turn = new Turn(this.#native, this.#reads, (keyText) => this.#locks.isFree(keyText));
    const ran = [];
    const finished = [];
    let isCutShort = false;
    try {
      isCutShort = this.#runWrites(turn, ran, finished);
      this.#commit(turn, ran);
    } catch (error) {
      for (const write of ran.splice(0)) this.#completions.reject(write, fromNative(error));
    }
    this.#putBack(this.#locks.endLeases(finished));
    this.#reads.turnEnded(this.#locks.endTurn());
    this.#turnLock.ended();
    leave();
    // What is left over need not wait for the sync.
    this.#completions.acknowledge(ran, isCutShort ? NOTHING : whenNext);
    this.#observation.turnEnded(turn);
    this.#compactions.beginIfWanted();
    if (isCutShort) timers.setImmediate(whenNext);
  }

  /** Commits a turn. If a line of it is refused, only the calls that it came from are rejected, and those that rest on them. */
  #commit(turn, ran) {
    try {
      turn.commit();
    } catch (error) {
      if (nativeCode(error) !== 'ERR_PERSIST_LOCK_INVALID_ITEM') throw error;
      const keys = turn.refusedKeys();
      const { rejected, touched } = touchedBy(keys, ran);
      const refusal = refusedError(keys[0], fromNative(error));
      for (const write of rejected) this.#completions.reject(write, refusal);
      turn.forget(touched);
      turn.commit();
    }
    for (const write of ran) write.committed();
  }

  /** Nothing of the queue can be done. */
  #rejectQueue(error) {
    for (const write of this.#queue.takeAll()) {
      this.#completions.reject(write, error);
      if (write.isLeased) this.#letGo(write);
    }
  }

  /** Runs the calls of a turn until its time is up; returns whether that was before they were all done. */
  #runWrites(turn, ran, finished) {
    const slice = new TimeSlice(BUDGET, CALLS_PER_LOOK);
    this.#queue.beginTurn();
    let isOver = false;
    while (!isOver) {
      const write = this.#queue.next();
      if (write === undefined) break;
      if (write.isLeased) finished.push(write);
      this.#runWrite(write, turn, ran);
      isOver = slice.step() || turn.isFull;
    }
    this.#queue.endTurn();
    return isOver && !this.#queue.isEmpty;
  }

  #runWrite(write, turn, ran) {
    try {
      if (!this.#admit(write)) return;
      const suspended = write.isFinishing ? write.finish(turn) : this.#start(write, turn);
      if (suspended === undefined) ran.push(write);
      else this.#lease(write, suspended);
    } catch (error) {
      this.#completions.reject(write, fromNative(error, write.keys?.[0]));
    }
  }

  #start(write, turn) {
    this.#deadlines.end(write);
    return write.hasCallback ? runInside(write, turn) : write.start(turn);
  }

  /** Whether a call may run now; it may be parked, and it may have been given up. */
  #admit(write) {
    if (write.isWaiting) return this.#locks.admit(write);
    return !write.isSettled;
  }

  /** Keeps the keys of a call whose callback has returned a promise. */
  #lease(write, { promise, finish }) {
    write.lease();
    const failure = this.#locks.lease(write);
    // The callback runs on, and its keys are its own in this instance.
    if (failure) this.#completions.reject(write, failure);
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
  #letGo(write) {
    this.#putBack(this.#locks.letGo(write));
    this.#tidy();
  }

  /** Lets the native side tell when a thread's wait is over. */
  #listen() {
    if (this.#isListening) return;
    this.#isListening = true;
    // The native side holds on to what it is given, which is not to hold on to a store that is no longer used.
    const writer = new WeakRef(this);
    this.#native._listen((what) => writer.deref()?.#granted(what));
  }

  /** A thread's wait is over: for the writer lock, a key, or the end of a `clear`. */
  #granted(what) {
    if (what === '') return this.#runAgain();
    const freed = this.#locks.granted(what);
    this.#putBack(freed);
    if (freed.length === 0) this.#tidy();
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

  /** A turn that does nothing but what every turn does in passing: it unlinks the files of leases that nobody has. */
  #tidy() {
    if (this.#isTidying || this.#hasFinished) return;
    this.#isTidying = true;
    // Nobody asked for it, and `close` waits for it.
    const timeout = Math.min(this.#terms.timeout, LONGEST_TIDY);
    const write = new KeysCall([], NOTHING, { timeout, shared: true });
    const tidied = () => (this.#isTidying = false);
    write.owner = this;
    write.order = submitted++;
    write.promise().then(tidied, tidied);
    this.#enqueue(write);
  }

  /** Puts calls, and lists of calls, back among those that came earlier and later. */
  #putBack(items) {
    if (items.length === 0) return;
    for (const item of items) this.#queue.putBack(item);
    this.#wake();
  }
}

module.exports = { Writer };
