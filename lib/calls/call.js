'use strict';

// One call that needs locks: a write, or a view. From its submission to its end it is in one state after the other, and it
// settles once.

const { AsyncResource } = require('node:async_hooks');

/** The `madeIn` and `inside` of a call made outside any callback. */
const NOWHERE = Object.freeze([]);

/** What a call answers whose callback returned a promise: it leases its keys until that settles. */
class Suspended {
  /**
   * @param {PromiseLike<unknown>} promise
   * @param {(turn: import('../file/turn').Turn, result: unknown) => unknown} finish what is left to do then, in a later turn
   */
  constructor(promise, finish) {
    this.promise = promise;
    this.finish = finish;
  }
}

/** What the promise that was made last is resolved by: one function for all of them, and not one for each of many calls. */
let resolveMade;
function takeResolver(resolve) {
  resolveMade = resolve;
}

/**
 * What all calls have. Their keys and what they run is for those that extend it. There may be many thousands at once, and V8 moves
 * each of them twice while they wait: so one has few fields.
 */
class Call {
  /** `'waiting'`, `'running'`, `'leased'` while its callback's promise is pending, `'finishing'`, `'settled'`. */
  state = 'waiting';
  /** In finishing: what is left to do. */
  finish;
  /** The writer that it was submitted to, and its place among the calls of that. */
  owner;
  order;
  /** The calls in whose callbacks this one was made, the innermost first; and, if it has a callback, those that await it. */
  madeIn = NOWHERE;
  inside = NOWHERE;
  /** While it waits for other calls: the list that it is in. */
  place;
  /** While its time limit runs: what Deadlines knows of it. */
  wait;
  /** What it has come to, once it has run. */
  result;
  #terms;
  #resolve;
  /** The asynchronous context that it was made in, if it runs functions of the user's. */
  #context;

  /**
   * @param {object} terms may be those of many calls
   * @param {boolean} [terms.shared] whether others may share the keys: a view
   * @param {boolean} [terms.hasCallback] whether it runs a callback
   * @param {boolean} [terms.hasCodec] whether it runs the user's `stringify` or `parse`
   * @param {number} terms.timeout how long it may wait, in milliseconds
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

  /** The store's folder, as soon as it is known. */
  get folder() {
    return this.owner.folder;
  }

  /** How many calls of the user's it is. */
  get count() {
    return 1;
  }

  /** The promise that it settles. */
  promise() {
    const promise = new Promise(takeResolver);
    this.#resolve = resolveMade;
    return promise;
  }

  /** Remembers the asynchronous context of its caller: for a call that runs functions of the user's in a turn of another. */
  keepContext() {
    const { hasCallback, hasCodec } = this.#terms;
    if (hasCallback || hasCodec) this.#context = new AsyncResource('PersistLock');
  }

  /** Runs what it does in a turn, in the context of its caller. */
  begin(turn) {
    return this.#inContext(this.run, turn);
  }

  /** Does what is left to do in a later turn, in the same context. */
  end(turn) {
    return this.#inContext(this.finish, turn);
  }

  #inContext(use, turn) {
    return this.#context === undefined
      ? use.call(this, turn)
      : this.#context.runInAsyncScope(use, this, turn);
  }

  /** Takes note that its turn has been committed. */
  committed() {}

  get isWaiting() {
    return this.state === 'waiting';
  }

  /** Whether its callback is under way, and its keys are its own. */
  get isLeased() {
    return this.state === 'leased' || this.state === 'finishing';
  }

  /** Whether this call's keys and another's are, in part, the same. */
  overlaps({ folder, keyTexts }) {
    if (folder !== this.folder) return false;
    if (keyTexts === null || this.keyTexts === null) return true;
    return this.keyTexts.some((keyText) => keyTexts.includes(keyText));
  }

  /** Whether it is a view inside a view of its key, which shares that one's lock. */
  get isNestedView() {
    if (this.madeIn.length === 0) return false;
    return (
      this.shared &&
      this.madeIn.some((outer) => outer.shared && outer.isLeased && outer.overlaps(this))
    );
  }

  /** The calls around this one that have its locks. */
  get holdersAround() {
    if (this.madeIn.length === 0) return NOWHERE;
    return this.madeIn.filter((outer) => outer.isLeased && outer.excludes(this));
  }

  /** True if another call cannot have its locks while this one has its own. */
  excludes(other) {
    return this.overlaps(other) && !(this.shared && other.shared);
  }

  resolve() {
    this.state = 'settled';
    this.#resolve(this.result);
  }

  reject(error) {
    this.state = 'settled';
    // As by a function of its own, which each of many calls would have to keep.
    this.#resolve(Promise.reject(error));
  }
}

/** A call of any keys. */
class Write extends Call {
  /**
   * @param {string[] | null} keys `null` for every key
   * @param {(turn: import('../file/turn').Turn) => unknown} run
   * @param {object} terms as for `Call`
   */
  constructor(keys, run, terms) {
    super(terms);
    this.keys = keys;
    this.keyTexts = keys && keys.map((key) => JSON.stringify(key));
    this.run = run;
  }
}

/** How long the lines of puts that are one call may come to be together, in characters. */
const FULL = 64 * 1024;

/**
 * Puts items, whatever is there: all that were asked for in one go, which are stored together or not at all. What one of them
 * costs is mostly its promise, so they share one.
 */
class Puts extends Call {
  #items = [];
  #count = 0;
  #length = 0;
  #promise;

  /** Takes one more item. Only as long as no turn has looked at the call. */
  add(item) {
    this.#items.push(item);
    this.#length += item.line.length;
    this.#count++;
  }

  get count() {
    return this.#count;
  }

  /** Whether it should take no more. */
  get isFull() {
    return this.#length > FULL;
  }

  promise() {
    return (this.#promise ??= super.promise());
  }

  get keys() {
    return this.#items.map(({ key }) => key);
  }

  get keyTexts() {
    return this.#items.map(({ key }) => JSON.stringify(key));
  }

  run(turn) {
    for (const item of this.#items) turn.change(item);
  }

  committed() {
    // They may be collected before they are on disk.
    this.#items = [];
  }
}

module.exports = { Call, NOWHERE, Puts, Suspended, Write };
