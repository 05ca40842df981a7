'use strict';

// The calls that need locks, from the queue to their ends: the part that is the same for every
// engine, whose class extends this one.
//
// The engine's turns decide when a turn runs, Locks which call gets which keys, Deadlines how long
// it may wait, and Completions how it ends.

const { isPromise } = require('node:util/types');
const { abortReason, deadlockError } = require('../errors');
const { awaitInside, guard, isAwaitedInside, isInside, locate, mayBeInside } = require('./context');
const { Puts } = require('./puts');

/** The number of calls submitted to all writers: each call's order is unique. */
let submitted = 0;

class Writer {
  #lifecycle;
  #turns;
  #deadlines;
  #locks;
  #queue;
  #completions;
  #isPrepared = false;
  /** The terms of calls of puts, and the number of items at which such a call is full. */
  #terms;
  #mostPuts;

  /**
   * @param {object} parts
   * @param {{ folder?: string }} parts.lifecycle
   * @param {import('./queue').Queue} parts.queue
   * @param {import('./locks').Locks} parts.locks
   * @param {import('./deadlines').Deadlines} parts.deadlines
   * @param {import('./completions').Completions} parts.completions
   * @param {object} parts.turns those of the engine: `schedule` lets a turn run soon, `wake` too if
   *   there are calls, `handOver` runs one in the middle of a loop of puts; `wait` is set while all
   *   calls wait for a turn
   * @param {number} parts.lockTimeout
   * @param {number} [parts.mostPuts] the most sets that share a call
   */
  constructor({ lifecycle, queue, locks, deadlines, completions, turns, lockTimeout, mostPuts }) {
    this.#lifecycle = lifecycle;
    this.#queue = queue;
    this.#locks = locks;
    this.#deadlines = deadlines;
    this.#completions = completions;
    this.#turns = turns;
    this.#terms = { timeout: lockTimeout };
    this.#mostPuts = mostPuts;
  }

  /**
   * Stores an item, in one call with those that are put at once. Resolves once they are durable.
   */
  put(item) {
    // The items of a call share its locks. So while a lease is in sight each has a call of its own,
    // and waits for no other key.
    const isOpen = !mayBeInside() && this.#locks.areAllFree && this.#queue.holdsOnlyPuts;
    const open = isOpen ? this.#queue.openPuts : undefined;
    const puts = open ?? new Puts(this.#terms, this.#mostPuts);
    puts.add(item);
    const promise = open ? puts.promise() : this.submit(puts, isOpen);
    if (this.#queue.isHeavy) this.#turns.handOver();
    return promise;
  }

  /** Queues a call. Resolves with its result once its changes are durable. */
  submit(call, isOpen = false) {
    this.register(call);
    call.keepContext();
    const promise = call.promise();
    // Both throw where little of the stack is left: before the call is counted and queued.
    this.#turns.schedule();
    this.enqueue(call, isOpen);
    return guard(call, promise, () => this.end(call, deadlockError(call)));
  }

  /** Gives a new call its place among all calls. Throws if its signal is aborted. */
  register(call) {
    const { signal } = call;
    if (signal?.aborted) throw abortReason(signal);
    call.owner = this;
    call.order = submitted++;
    locate(call);
  }

  /** Adds a call to the queue. */
  enqueue(call, isOpen) {
    if (!this.#isPrepared) this.#prepare();
    if (call.signal !== undefined) this.#deadlines.listen(call);
    this.#completions.expect();
    this.#queue.push(call, isOpen);
    if (this.#turns.wait !== undefined) this.#deadlines.watch(call);
  }

  #prepare() {
    this.#isPrepared = true;
    this.prepare();
  }

  /** Prepares for the first call. The class of an engine may override it. */
  prepare() {}

  /** The name of the store, once it is open. */
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

  /** Rejects all calls of the queue: no turn can begin. */
  rejectQueue(error) {
    for (const call of this.#queue.takeAll()) {
      this.#completions.fail(call, error);
      if (call.isLeased) this.letGo(call);
    }
  }

  /** Leases the keys of a call whose callback has returned a promise. */
  lease(call, suspended) {
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
    if (call.isSettled) return this.letGo(call);
    try {
      call.finishing(suspended, result);
      this.returns(call);
    } catch (error) {
      this.#completions.failRun(call, error);
      this.letGo(call);
    }
  }

  #failLease(call, error) {
    this.#completions.reject(call, error);
    this.letGo(call);
  }

  /**
   * Ends the leases of a call that leaves nothing to commit. The class of an engine may override it.
   */
  letGo(call) {
    this.putBack(this.#locks.letGo(call));
  }

  /** Lets a turn store the result of a callback. The class of an engine may override it. */
  returns(call) {
    this.putBack([call]);
  }

  /** Ends a call that waits, with an error of its caller's own or made on its caller's stack. */
  end(call, error) {
    this.#completions.reject(call, error);
    this.putBack(this.#locks.forget(call));
  }

  /** Puts calls, and lists of calls, back among those that came earlier and later. */
  putBack = (items) => {
    if (items.length === 0) return;
    for (const item of items) this.#queue.putBack(item);
    this.#turns.wake();
  };
}

module.exports = { Writer };
