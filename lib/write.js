'use strict';

// One call that needs locks: a write, or a view. From its submission to its end it is in one state after the other, and it
// settles once.

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
  /** How many calls of the user's it is. */
  count = 1;
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

  /** The promise that it settles. */
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

/** A call of any keys. */
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

/** A call of one key, as most are. */
class KeyCall extends Call {
  constructor(key, keyText, run, options) {
    super(options);
    this.key = key;
    this.keyText = keyText;
    this.run = run;
  }

  get keys() {
    return [this.key];
  }

  get keyTexts() {
    return [this.keyText];
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
  #length = 0;
  #promise;

  /** Takes one more item. Only as long as no turn has looked at the call. */
  add(item) {
    this.#items.push(item);
    this.#length += item.line.length;
    this.count = this.#items.length;
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
    return this.#items.map(({ keyText }) => keyText);
  }

  run(turn) {
    for (const item of this.#items) turn.change(item);
    // They may be collected before they are on disk.
    this.#items = [];
  }
}

module.exports = { KeyCall, NOWHERE, Puts, Suspended, Write };
