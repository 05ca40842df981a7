'use strict';

// The locks of calls in the file engine: those of other instances and processes are the native
// side's leases.

const { Locks } = require('../calls/locks');
const { holderOf } = require('./native-errors');

class FileLocks extends Locks {
  #native;

  constructor(native, deadlines) {
    super(deadlines);
    this.#native = native;
  }

  /** Lets a thread wait for the first key that another instance has. */
  busyElsewhere({ keyTexts, shared, isNestedView }) {
    const isBusy = (keyText) => !this.#native.takeKey(keyText, shared, isNestedView);
    const busy = keyTexts.find(isBusy);
    if (busy !== undefined) this.#native.waitForKey(busy, shared);
    return busy;
  }

  takesKey(keyText) {
    return this.#native.takeKey(keyText, false, false);
  }

  takesAll() {
    return this.#native.takeAllOrWait();
  }

  takesLease() {
    return this.#native.mayLeaseOrWait();
  }

  keepKeys({ keyTexts, shared, order }) {
    this.#native.leaseKeys(keyTexts, shared, order);
  }

  dropKeys({ keyTexts, order }) {
    for (const keyText of keyTexts) ignoringErrors(() => this.#native.letGo(keyText, order));
  }

  abandonWait(keyText) {
    ignoringErrors(() => this.#native.abandonWait(keyText));
  }

  abandonWaitForAll() {
    ignoringErrors(() => this.#native.abandonWaitForAll());
  }

  /**
   * Names the process that keeps a call waiting; `undefined` if it is not known.
   *
   * @returns {import('../errors').Holder | undefined}
   */
  holderFor(call) {
    const { holder, of, lock } = this.obstacleOf(call);
    if (of === undefined) return holder;
    const found = holderOf(ignoringErrors(() => this.#ask(of, lock)));
    return of === 'clear' && found !== undefined ? { ...found, isClear: true } : found;
  }

  #ask(of, lock) {
    if (of === 'turn') return this.#native.lastWriter();
    if (of === 'clear') return this.#native.holderOfClear();
    return of === 'all' ? this.#native.holderOfAllKeys() : this.#native.holderOfKey(lock.keyText);
  }
}

function ignoringErrors(use) {
  try {
    return use();
  } catch {
    // Either the store is closed, and its locks are gone with it, or only a file is left behind.
    return undefined;
  }
}

module.exports = { FileLocks };
