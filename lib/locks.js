'use strict';

// Who gets which keys: the calls of this instance by KeyLocks, those of others by the native side's leases. A call whose keys are
// not to be had is parked until they may be.

const { deadlockError, fromNative } = require('./errors');
const { KeyLocks } = require('./key-locks');

/** How many callbacks' promises may be pending at once: each lease takes a descriptor. Calls inside a callback are not held. */
const MOST_LEASES = 256;
/** What the native side calls the wait of a `clear`. */
const ALL = 'all';

class Locks {
  #native;
  #keys = new KeyLocks();
  #patience;
  /** A `clear` that waits until no key is leased, and the callbacks that are kept back meanwhile. */
  #clears = [];
  #behindClears = [];
  #leases = 0;
  /** The keys of callbacks that are too many to begin now. */
  #crowd = new Set();
  /** Whether this turn has found leases of others, or those who wait for one. */
  #anyForeign = false;

  constructor(native, patience) {
    this.#native = native;
    this.#patience = patience;
  }

  beginTurn() {
    this.#anyForeign = this.#native._anyLeases();
  }

  /** Gives up the writer lock, and with it what was taken for the turn. Tells what the counter of news was set to. */
  endTurn() {
    // What is committed stands, even if a lease's file cannot be unlinked: a later turn tries again.
    return ignoringErrors(() => this.#native._endTurn());
  }

  /** Whether a call's keys are its own now. If they are not, it is parked until they may be. */
  admit(write) {
    if (this.areAllFree) return true;
    if (write.keyTexts === null) return this.#admitClear(write);
    if (write.hasCallback && write.inside.length === 0 && this.#isClearWaiting()) {
      return this.#park(write, this.#behindClears);
    }
    let busy = this.#keys.busyFor(write);
    if (this.#leases >= MOST_LEASES) busy ??= this.#crowdedLock(write);
    if (this.#anyForeign) busy ??= this.#foreignLock(write);
    return busy === undefined || this.#park(write, busy.waiting);
  }

  /** Whether nobody leases a key. */
  isFree(keyText) {
    if (this.#keys.isLeased(keyText)) return false;
    return !this.#anyForeign || this.#native._takeKey(keyText, false, false);
  }

  /** Whether nobody had a key, here or in the last turn elsewhere: so it mostly is. No call's keys need to be looked at then. */
  get areAllFree() {
    return this.#keys.isEmpty && !this.#anyForeign && this.#clears.length === 0;
  }

  #admitClear(write) {
    const isFree = this.#leases === 0 && (!this.#anyForeign || this.#native._takeAllOrWait());
    return isFree || this.#park(write, this.#clears);
  }

  #isClearWaiting() {
    if (this.#clears.length > 0) return true;
    if (!this.#anyForeign) return false;
    return !this.#native._mayLeaseOrWait();
  }

  /** The lock that a call is to wait for when there are leases enough: of its first key, whose order is kept so. */
  #crowdedLock({ hasCallback, inside, keyTexts: [keyText] }) {
    if (!hasCallback || inside.length > 0 || keyText === undefined) return undefined;
    this.#crowd.add(keyText);
    return this.#keys.obtain(keyText);
  }

  /** As many of those that were held back as may begin now. */
  #takeFromCrowd() {
    const keyTexts = [...this.#crowd].slice(0, Math.max(MOST_LEASES - this.#leases, 0));
    return keyTexts.flatMap((keyText) => {
      this.#crowd.delete(keyText);
      return this.#keys.free(keyText);
    });
  }

  /** The lock of the first key that another instance or process has, after a thread has begun to wait for it. */
  #foreignLock({ keyTexts, shared, isNestedView }) {
    const isBusy = (keyText) => !this.#native._takeKey(keyText, shared, isNestedView);
    const busy = keyTexts.find(isBusy);
    if (busy === undefined) return undefined;
    this.#native._waitForKey(busy, shared);
    const lock = this.#keys.obtain(busy);
    lock.isForeign = true;
    return lock;
  }

  #park(write, waiting) {
    if (write.deadlock) throw deadlockError(write);
    waiting.push(write);
    this.#patience.watch(write);
    return false;
  }

  /** Keeps a call's keys beyond the turn; returns why that failed, if it did. */
  lease(write) {
    let failure;
    try {
      for (const keyText of write.keyTexts) this.#native._leaseKey(keyText, write.shared);
    } catch (error) {
      failure = fromNative(error, write.keys[0]);
    }
    // Even so no other call of the keys may start in this instance: the callback is running already.
    this.#keys.lease(write);
    this.#leases++;
    return failure;
  }

  /** Ends the leases that this turn has finished; returns the calls that waited for them. */
  endLeases(writes) {
    if (writes.length === 0) return [];
    const end = (keyText) => ignoringErrors(() => this.#native._endLease(keyText));
    return [...writes.flatMap((write) => this.#release(write, end)), ...this.#freedOthers()];
  }

  /** Ends a call's leases outside a turn, which is then to unlink their files; returns the calls that waited for them. */
  letGo(write) {
    const letGo = (keyText) => ignoringErrors(() => this.#native._letGo(keyText));
    return [...this.#release(write, letGo), ...this.#freedOthers()];
  }

  #release(write, end) {
    write.keyTexts.forEach(end);
    write.state = 'settled';
    this.#leases--;
    return this.#keys.release(write);
  }

  /** Those that did not wait for a key of their own. */
  #freedOthers() {
    const clears = this.#leases > 0 ? [] : this.#takeClears();
    return [...clears, ...this.#takeFromCrowd()];
  }

  #takeClears() {
    return [...this.#clears.splice(0), ...this.#behindClears.splice(0)];
  }

  /** A thread's wait for leases is over; returns the calls that waited. */
  granted(what) {
    return what === ALL ? this.#takeClears() : this.#keys.free(what);
  }

  /** A call waits no longer; returns those that wait no longer either without it. */
  forget(write) {
    const isClear = remove(this.#clears, write);
    if (isClear || remove(this.#behindClears, write)) {
      if (this.#clears.length > 0) return [];
      ignoringErrors(() => this.#native._abandonWait(ALL));
      return this.#behindClears.splice(0);
    }
    const abandoned = this.#keys.forget(write);
    if (abandoned) ignoringErrors(() => this.#native._abandonWait(abandoned));
    return [];
  }

  /** Who keeps a call waiting, as `{ pid, since }` in milliseconds since 1970, as far as that is known. */
  holderFor(write) {
    const [what, lock] = this.#keys.waitedForBy(write) ?? this.#behindLeases(write);
    if (lock && !lock.isForeign) return { pid: process.pid, since: lock.since };
    try {
      return holderOf(JSON.parse(this.#native._holder(what)));
    } catch {
      return undefined;
    }
  }

  /** What keeps a `clear` waiting, or a call that waits behind one: a lease of this instance, or of others. */
  #behindLeases(write) {
    const isBehind = this.#clears.includes(write) || this.#behindClears.includes(write);
    if (!isBehind) return [null];
    return [ALL, this.#keys.oldestLease()];
  }
}

/** What a file says of who holds it: whoever may write there may have written anything. */
function holderOf({ pid, since }) {
  return Number.isInteger(pid) && !Number.isNaN(new Date(since).valueOf())
    ? { pid, since }
    : undefined;
}

function remove(list, item) {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

function ignoringErrors(use) {
  try {
    return use();
  } catch {
    // Either the store is closed, and its locks are gone with it, or only a file is left behind.
    return undefined;
  }
}

module.exports = { Locks };
