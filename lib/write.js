'use strict';

// One call that needs locks: a write, or a view. From its submission to its end it is in one state after the other, and it
// settles once.

const { valueOf } = require('./item');

/** What a call is inside of that no callback has made. */
const NOWHERE = Object.freeze([]);

/** What a call answers whose callback returned a promise: it leases its keys until that settles. */
class Suspended {
  /**
   * @param {PromiseLike<unknown>} promise
   * @param {(turn: import('./turn').Turn, result: unknown) => unknown} finish what is left to do then, in a later turn
   */
  constructor(promise, finish) {
    this.promise = promise;
    this.finish = finish;
  }
}

/** What the promise that was made last is settled by: one function for all of them, and not one for each of many calls. */
let resolveMade;
let rejectMade;
function takeSettlers(resolve, reject) {
  resolveMade = resolve;
  rejectMade = reject;
}

/** What all calls have. Their keys and what they run is for those that extend it. */
class Call {
  /** `'waiting'`, `'running'`, `'leased'` while its callback's promise is pending, `'finishing'`, `'settled'`. */
  state = 'waiting';
  /** In finishing: what is left to do. */
  finish;
  /** When its wait is too long, on the clock of `performance.now`. */
  deadline;
  /** The writer that it was submitted to, its place among the calls of that, and the store's folder, as soon as it is known. */
  owner;
  order;
  folder;
  /** The calls whose callbacks this one was made in. */
  inside = NOWHERE;
  /** What it has come to, once it has run. */
  result;
  #resolve;
  #reject;

  /**
   * @param {object} options
   * @param {boolean} [options.shared] whether others may share the keys: a view
   * @param {boolean} [options.hasCallback] whether it runs a function of the user's
   * @param {number} options.timeout how long it may wait, in milliseconds
   * @param {AbortSignal} [options.signal]
   */
  constructor({ shared = false, hasCallback = false, timeout, signal }) {
    this.shared = shared;
    this.hasCallback = hasCallback;
    this.timeout = timeout;
    this.signal = signal;
  }

  /** The promise that it settles. To be asked for once. */
  promise() {
    const promise = new Promise(takeSettlers);
    this.#resolve = resolveMade;
    this.#reject = rejectMade;
    return promise;
  }

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
    if (this.inside.length === 0) return false;
    return (
      this.shared &&
      this.inside.some((outer) => outer.shared && outer.isLeased && outer.overlaps(this))
    );
  }

  /** The call around this one that keeps it from ever getting its locks. */
  get deadlock() {
    if (this.inside.length === 0) return undefined;
    return this.inside.find(
      (outer) => outer.isLeased && outer.overlaps(this) && !(outer.shared && this.shared),
    );
  }

  resolve() {
    this.state = 'settled';
    this.#resolve(this.result);
  }

  reject(error) {
    this.state = 'settled';
    this.#reject(error);
  }
}

/** A call of any kind. */
class Write extends Call {
  /**
   * @param {string[]} keys as the user has them
   * @param {string[] | null} keyTexts as JSON text; `null` for every key
   * @param {(turn: import('./turn').Turn) => unknown} run
   * @param {object} options as for `Call`
   */
  constructor(keys, keyTexts, run, options) {
    super(options);
    this.keys = keys;
    this.keyTexts = keyTexts;
    this.run = run;
  }
}

/** A call that puts one item, whatever is there. There may be many thousands at once, so it is one object with no more. */
class Put extends Call {
  constructor(key, line, expires, options) {
    super(options);
    this.key = key;
    this.line = line;
    this.expires = expires;
  }

  get keys() {
    return [this.key];
  }

  get keyTexts() {
    return [JSON.stringify(this.key)];
  }

  /** The value's JSON text. */
  get json() {
    return valueOf(this.line, JSON.stringify(this.key), this.expires);
  }

  run(turn) {
    turn.change(this);
  }
}

module.exports = { NOWHERE, Put, Suspended, Write };
