'use strict';

// Who has which key within this instance, and who waits for it. What others have is seen through the native side.

class KeyLock {
  /** How many calls of this instance lease the key; more than one if they share it. */
  leases = 0;
  shared = false;
  /** Whether another instance or process has it, and a thread waits for that one. */
  isForeign = false;
  /** Since when it has been had, in milliseconds since 1970. */
  since = Date.now();
  /** @type {import('./write').Write[]} */
  waiting = [];

  admits(write) {
    // It waits behind nobody who waits for the view around it.
    if (write.isNestedView) return this.leases === 0 || this.shared;
    if (this.isForeign || this.waiting.length > 0) return false;
    return this.leases === 0 || (this.shared && write.shared);
  }
}

class KeyLocks {
  #locks = new Map();

  /** The lock of a key, made if there is none. */
  obtain(keyText) {
    let lock = this.#locks.get(keyText);
    if (lock === undefined) this.#locks.set(keyText, (lock = new KeyLock()));
    return lock;
  }

  /** Whether nobody has a key or waits for one. */
  get isEmpty() {
    return this.#locks.size === 0;
  }

  isLeased(keyText) {
    return (this.#locks.get(keyText)?.leases ?? 0) > 0;
  }

  /** The lock that keeps a call waiting, if one does. */
  busyFor(write) {
    if (this.isEmpty) return undefined;
    const busy = write.keyTexts.find(
      (keyText) => this.#locks.get(keyText)?.admits(write) === false,
    );
    return busy === undefined ? undefined : this.#locks.get(busy);
  }

  lease({ keyTexts, shared }) {
    for (const keyText of keyTexts) {
      const lock = this.obtain(keyText);
      lock.leases++;
      lock.shared = shared;
      lock.since = Date.now();
    }
  }

  /** Ends a call's leases; returns those that waited for what is now free. */
  release({ keyTexts }) {
    const freed = [];
    for (const keyText of keyTexts) {
      const lock = this.#locks.get(keyText);
      if (lock && --lock.leases === 0) freed.push(...this.free(keyText));
    }
    return freed;
  }

  /** Forgets a lock that nobody of this instance has; returns those that waited. */
  free(keyText) {
    const lock = this.#locks.get(keyText);
    if (lock === undefined) return [];
    lock.isForeign = false;
    if (lock.leases > 0) return [];
    this.#locks.delete(keyText);
    return lock.waiting;
  }

  /** The key that keeps a call waiting, and its lock. */
  waitedForBy(write) {
    for (const entry of this.#locks) if (entry[1].waiting.includes(write)) return entry;
    return undefined;
  }

  /** The lock that has been leased for the longest time, if any is leased. */
  oldestLease() {
    const leased = [...this.#locks.values()].filter((lock) => lock.leases > 0);
    return leased.sort((one, other) => one.since - other.since)[0];
  }

  /** Forgets a call that waits no longer; returns the key, if others have it and nobody waits for it now. */
  forget(write) {
    const [keyText, lock] = this.waitedForBy(write) ?? [];
    if (lock === undefined) return undefined;
    lock.waiting.splice(lock.waiting.indexOf(write), 1);
    if (!lock.isForeign || lock.waiting.length > 0) return undefined;
    this.free(keyText);
    return keyText;
  }
}

module.exports = { KeyLocks };
