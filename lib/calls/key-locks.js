'use strict';

// The keys that calls of this instance lease or wait for. The engine knows of the keys that other
// instances and processes have.

const { WaitingList } = require('./waiting-list');

/** A key that is leased or waited for, with the list of the calls that wait. */
class KeyLock extends WaitingList {
  keyText;
  /** The number of calls of this instance that lease the key: more than one if they share it. */
  leases = 0;
  shared = false;
  /** True while another instance or process has the key, and the engine waits for it. */
  isForeign = false;
  /** True while it waits until fewer keys are leased. */
  isInCrowd = false;
  /** The time at which the key was leased or first waited for, in milliseconds since 1970. */
  since = Date.now();
  #locks;

  constructor(keyText, locks) {
    super();
    this.keyText = keyText;
    this.#locks = locks;
  }

  /**
   * Returns true if a call need not wait.
   *
   * @param {boolean} [isHeld] true if the present turn has the key, and no other instance
   */
  admits(call, isHeld = false) {
    // A nested view must not queue after calls that wait for the outer view: that would be a
    // deadlock.
    if (call.isNestedView) return this.leases === 0 || this.shared;
    if ((this.isForeign && !isHeld) || this.goesBefore(call)) return false;
    return this.leases === 0 || (this.shared && call.shared);
  }

  take() {
    const call = super.take();
    this.leaveIfUnused();
    return call;
  }

  /** Removes the lock once nobody has its key or waits for it. */
  leaveIfUnused() {
    const isUsed = this.leases > 0 || this.isForeign || this.size > 0;
    if (!isUsed && this.#locks.get(this.keyText) === this) this.#locks.delete(this.keyText);
  }
}

/** The locks by the JSON texts of their keys. @extends {Map<string, KeyLock>} */
class KeyLocks extends Map {
  /** The locks that are leased, in the order in which they were leased. */
  #leased = new Set();

  /** Returns the lock of a key, which is made if there is none. */
  obtain(keyText) {
    let lock = this.get(keyText);
    if (lock === undefined) this.set(keyText, (lock = new KeyLock(keyText, this)));
    return lock;
  }

  /** Lists the keys that begin with a prefix and are leased or waited for. */
  keysWith(prefix) {
    const keys = Array.from(this.keys(), (keyText) => JSON.parse(keyText));
    return keys.filter((key) => key.startsWith(prefix));
  }

  isLeased(keyText) {
    return (this.get(keyText)?.leases ?? 0) > 0;
  }

  /**
   * Returns the lock that a call must wait for; `undefined` if it need not wait.
   *
   * @param {string} [held] the JSON text of the key that the present turn has, and no other instance
   */
  busyFor(call, held) {
    if (this.size === 0) return undefined;
    const isBusy = (keyText) => this.get(keyText)?.admits(call, keyText === held) === false;
    const busy = call.keyTexts.find(isBusy);
    return busy === undefined ? undefined : this.get(busy);
  }

  lease({ keyTexts, shared }) {
    for (const keyText of keyTexts) {
      const lock = this.obtain(keyText);
      if (lock.leases++ === 0) {
        lock.since = Date.now();
        this.#leased.add(lock);
      }
      lock.shared = shared;
      // No other call can get the key, so none has to try.
      if (!shared) lock.isOpen = false;
    }
  }

  /** Ends a call's leases; returns the locks whose first calls may try now. */
  release({ keyTexts }) {
    const freed = [];
    for (const keyText of keyTexts) {
      const lock = this.get(keyText);
      if (lock === undefined || --lock.leases > 0) continue;
      this.#leased.delete(lock);
      freed.push(...this.free(keyText));
    }
    return freed;
  }

  /**
   * Notes that no other instance has a key; returns its lock, in an array, if its first call may
   * try now.
   */
  free(keyText) {
    const lock = this.get(keyText);
    if (lock === undefined) return [];
    lock.isForeign = false;
    if (lock.leases > 0) return [];
    lock.leaveIfUnused();
    return lock.size > 0 ? [lock] : [];
  }

  /** Notes that no other instance has any key; returns the locks whose first calls may try now. */
  freeForeign() {
    const foreign = [...this.values()].filter(({ isForeign }) => isForeign);
    return foreign.flatMap(({ keyText }) => this.free(keyText));
  }

  /** Returns the lock that has been leased for the longest time; `undefined` if none is leased. */
  oldestLease() {
    return this.#leased.values().next().value;
  }
}

module.exports = { KeyLocks };
