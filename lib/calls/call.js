'use strict';

// One call of the user's that needs locks. Its state changes only by its methods, each of which
// checks that the change is possible.
//
// States: waiting → running → (leased → finishing) → committed → settled. Any state may end in
// settled: by an error, or, from leased, by the result of a view. A call that is given up may be
// givenUp for a while, while its error is made. A call settles once. Knows nothing of the engine that
// runs it.

const { AsyncResource } = require('node:async_hooks');
const { faultError } = require('../errors');
const { rejection } = require('./rejection');
const { Suspended } = require('./suspended');

/** The `madeIn` and `inside` of a call made outside any callback. */
const NOWHERE = Object.freeze([]);

/** The states that may follow each state. */
const FOLLOWING = {
  waiting: ['running', 'givenUp', 'settled'],
  givenUp: ['settled'],
  running: ['leased', 'committed', 'settled'],
  leased: ['finishing', 'settled'],
  finishing: ['committed', 'settled'],
  committed: ['settled'],
  settled: [],
};

/** The error of a blocking call. */
class Failure {
  constructor(error) {
    this.error = error;
  }
}

/**
 * The function that resolves the promise made last. One executor serves all promises: many calls
 * would each keep their own.
 */
let resolveMade;
function takeResolver(resolve) {
  resolveMade = resolve;
}

/**
 * The base of all calls; classes that extend it have `keys`, `keyTexts` and `run(turn)`. Many
 * thousands may wait at once, and V8 moves each of them twice meanwhile: so a call has few fields.
 */
class Call {
  /** The engine's queue that it was submitted to, and its place among all calls of the process. */
  owner;
  order;
  /**
   * The calls in whose callbacks it was made, the innermost first; and, if it has a callback, those
   * of them that await it.
   */
  madeIn = NOWHERE;
  inside = NOWHERE;
  /** The list in which it waits for other calls. */
  place;
  /** The entry of Deadlines while its time limit runs. */
  wait;
  /**
   * True from `lease` until `release`: longer than its promise is pending if the lease failed while
   * its callback runs.
   */
  isLeased = false;
  #state = 'waiting';
  #terms;
  #resolve;
  /**
   * The result once it has run; in state finishing the function that stores what was taken of its
   * callback's result.
   */
  #result;
  /** The asynchronous context of its caller, if it runs functions of the user's. */
  #context;

  /**
   * @param {object} terms one object may serve many calls
   * @param {boolean} [terms.shared] true for a view: other views may share its keys
   * @param {boolean} [terms.hasCallback] true if it runs a callback
   * @param {boolean} [terms.hasFunctions] true if it runs other functions of the user's: `stringify`,
   *   `parse`, or a `ttl`
   * @param {number} terms.timeout the longest wait, in milliseconds
   * @param {AbortSignal} [terms.signal]
   */
  constructor(terms) {
    this.#terms = terms;
  }

  get shared() {
    return this.#terms.shared === true;
  }

  get hasCallback() {
    return this.#terms.hasCallback === true;
  }

  get timeout() {
    return this.#terms.timeout;
  }

  get signal() {
    return this.#terms.signal;
  }

  /** The store's folder; `undefined` until a turn has begun. */
  get folder() {
    return this.owner.folder;
  }

  /** The number of the user's calls that it stands for. */
  get count() {
    return 1;
  }

  get state() {
    return this.#state;
  }

  get isWaiting() {
    return this.#state === 'waiting';
  }

  get isFinishing() {
    return this.#state === 'finishing';
  }

  get isSettled() {
    return this.#state === 'settled';
  }

  get isCommitted() {
    return this.#state === 'committed';
  }

  /** True if its caller waits for it on the calling thread: it has no promise then. */
  get isBlocking() {
    return this.#resolve === undefined;
  }

  /** True if it may keep its keys beyond its turn. */
  get mayLease() {
    return this.hasCallback && !this.isBlocking;
  }

  /** Makes the promise that it settles. */
  promise() {
    const promise = new Promise(takeResolver);
    this.#resolve = resolveMade;
    return promise;
  }

  /** Takes the result of a blocking call that has settled; throws its error. */
  outcome() {
    if (!this.isSettled) throw wrongState(this.#state, 'settled');
    if (this.#result instanceof Failure) throw this.#result.error;
    return this.#result;
  }

  /**
   * Keeps the asynchronous context of its caller, if functions of the user's will run in another
   * call's turn.
   */
  keepContext() {
    const { hasCallback, hasFunctions } = this.#terms;
    if (hasCallback || hasFunctions) this.#context = new AsyncResource('PersistLock');
  }

  /** Runs its operation in a turn. Returns `Suspended` if its callback has returned a promise. */
  start(turn) {
    this.#advance('running');
    return this.#inContext(this.run, turn);
  }

  /**
   * Makes a promise of a thenable that its callback has returned: its `then` runs in its context.
   */
  promiseOf(thenable) {
    const { resolve } = Promise;
    if (this.#context === undefined) return resolve.call(Promise, thenable);
    return this.#context.runInAsyncScope(resolve, Promise, thenable);
  }

  /** Notes that it waits no longer, and will be rejected. */
  giveUp() {
    this.#advance('givenUp');
  }

  /** Notes that it keeps its keys beyond the turn, until `release`. */
  lease() {
    this.#advance('leased');
    this.isLeased = true;
  }

  /** Notes that it has let go of its keys. */
  release() {
    this.isLeased = false;
  }

  /** Takes what its callback's promise has resolved with, which a later turn stores. */
  finishing({ take, finish }, resolved) {
    // It is leased while `take` runs, which may run functions of the user's.
    if (this.#state !== 'leased') throw wrongState(this.#state, 'finishing');
    const context = this.#context;
    const taken = context ? context.runInAsyncScope(take, undefined, resolved) : take(resolved);
    this.#advance('finishing');
    this.#result = (turn) => finish(turn, taken);
  }

  /** Runs `finish` in a turn. */
  finish(turn) {
    if (!this.isFinishing) throw wrongState(this.#state, 'committed');
    this.#inContext(this.#result, turn);
  }

  /** Notes that its turn has been committed. */
  committed() {
    this.#advance('committed');
  }

  /**
   * Settles with its result, or with the one given; with an error of ours if it has not come to
   * one. Returns false if it has settled before.
   */
  resolve(result = this.#result) {
    if (this.#state === 'settled') return false;
    const hasResult = this.#state === 'committed' || this.#state === 'leased';
    if (!hasResult) return this.reject(wrongState(this.#state, 'settled'), true);
    this.#state = 'settled';
    if (this.#resolve === undefined) this.#result = result;
    else this.#resolve(result);
    return true;
  }

  /**
   * Settles with an error. Returns false if it has settled before.
   *
   * @param {boolean} [isRemote] true if the error was made where the caller is not on the stack
   */
  reject(error, isRemote = false) {
    if (this.isSettled) return false;
    this.#state = 'settled';
    // A rejection function of its own would be one more field of each of many calls.
    if (this.#resolve === undefined) this.#result = new Failure(error);
    else this.#resolve(isRemote ? rejection(error) : Promise.reject(error));
    return true;
  }

  #advance(to) {
    if (!FOLLOWING[this.#state].includes(to)) throw wrongState(this.#state, to);
    this.#state = to;
  }

  /** Runs a function of a turn, and keeps what it returns, unless that is `Suspended`. */
  #inContext(use, turn) {
    const result =
      this.#context === undefined
        ? use.call(this, turn)
        : this.#context.runInAsyncScope(use, this, turn);
    if (result instanceof Suspended) return result;
    this.#result = result;
    return undefined;
  }

  /** True if its keys and another's are, in part, the same. */
  overlaps({ folder, keyTexts }) {
    if (folder !== this.folder) return false;
    const own = this.keyTexts;
    if (keyTexts === null || own === null) return true;
    if (own.length === 1) return keyTexts.includes(own[0]);
    // To compare each with each would take seconds for a thousand keys and a hundred thousand.
    const others = new Set(keyTexts);
    return own.some((keyText) => others.has(keyText));
  }

  /** True if it is a view inside a view of its key, and so shares the outer view's lock. */
  get isNestedView() {
    if (this.madeIn.length === 0) return false;
    return (
      this.shared &&
      this.madeIn.some((outer) => outer.shared && outer.isLeased && outer.overlaps(this))
    );
  }

  /** The calls around it that have its locks. */
  get holdersAround() {
    if (this.madeIn.length === 0) return NOWHERE;
    return this.madeIn.filter((outer) => outer.isLeased && outer.excludes(this));
  }

  /** True if another call cannot have its locks while this one has its own. */
  excludes(other) {
    return this.overlaps(other) && !(this.shared && other.shared);
  }
}

function wrongState(from, to) {
  return faultError(`a call cannot go from ${from} to ${to}`);
}

module.exports = { Call, NOWHERE };
