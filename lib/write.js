'use strict';

// One call that needs locks: a write, or a view. From its submission to its end it is in one state after the other, and it
// settles once.

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

class Write {
  /** `'waiting'`, `'running'`, `'leased'` while its callback's promise is pending, `'finishing'`, `'settled'`. */
  state = 'waiting';
  /** In finishing: what is left to do. */
  finish;
  /** When its wait is too long, on the clock of `performance.now`. */
  deadline;
  /** The writer that it was submitted to. */
  owner;
  /** The store's folder, as soon as it is known. */
  folder;
  #resolve;
  #reject;

  /**
   * @param {object} call
   * @param {string[]} call.keys as the user has them
   * @param {string[] | null} call.keyTexts as JSON text; `null` for every key
   * @param {boolean} [call.shared] whether others may share the keys: a view
   * @param {boolean} [call.hasCallback] whether it runs a function of the user's
   * @param {number} call.timeout in milliseconds
   * @param {AbortSignal} [call.signal]
   * @param {(turn: import('./turn').Turn) => unknown} call.run
   * @param {Write[]} inside the calls whose callbacks this one was made in
   * @param {number} order its place among the calls of the instance
   */
  constructor(call, inside, order, resolve, reject) {
    const { keys, keyTexts, shared = false, hasCallback = false, timeout, signal, run } = call;
    this.keys = keys;
    this.keyTexts = keyTexts;
    this.shared = shared;
    this.hasCallback = hasCallback;
    this.timeout = timeout;
    this.signal = signal;
    this.run = run;
    this.inside = inside;
    this.order = order;
    this.#resolve = resolve;
    this.#reject = reject;
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

  resolve(result) {
    this.state = 'settled';
    this.#resolve(result);
  }

  reject(error) {
    this.state = 'settled';
    this.#reject(error);
  }
}

module.exports = { Suspended, Write };
