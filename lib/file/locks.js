'use strict';

// Who gets which keys: the calls of this instance by KeyLocks, those of others by the native side's leases. A call whose keys are
// not to be had is parked in a list, which is handed out when its first call may try again.

const { Crowd } = require('../calls/crowd');
const { noteWaiting } = require('../calls/context');
const { KeyLocks } = require('../calls/key-locks');
const { WaitingList } = require('../calls/waiting-list');

/** How many callbacks' promises may be pending at once: each lease takes a descriptor. Calls inside a callback are not held. */
const MOST_LEASES = 256;

class Locks {
  #native;
  #keys = new KeyLocks();
  #deadlines;
  /** The calls of `clear` that wait until no key is leased, and the callbacks that are kept back meanwhile. */
  #clears = new WaitingList();
  #behindClears = new WaitingList();
  #leases = 0;
  /** The keys that wait until fewer are leased, once there were so many. */
  #crowd;
  /** Whether this turn has found leases of others, or those who wait for one. */
  #anyForeign = false;

  constructor(native, deadlines) {
    this.#native = native;
    this.#deadlines = deadlines;
  }

  /**
   * Begins a turn.
   *
   * @param {boolean} anyForeign whether others may have leases, or wait for one
   */
  beginTurn(anyForeign) {
    this.#anyForeign = anyForeign;
  }

  /** Tells if a call may run, since nobody else leases its keys (I5). Otherwise parks it until it may. */
  admit(write) {
    if (this.areAllFree) return true;
    if (write.keyTexts === null) return this.#admitClear(write);
    if (write.hasCallback && write.madeIn.length === 0 && this.#isClearBefore(write)) {
      return this.#park(write, this.#behindClears);
    }
    let busy = this.#keys.busyFor(write);
    if (this.#leases >= MOST_LEASES) busy ??= this.#crowdedLock(write);
    if (this.#anyForeign) busy ??= this.#foreignLock(write);
    return busy === undefined || this.#park(write, busy);
  }

  /** Whether nobody leases a key. */
  isFree(keyText) {
    if (this.#keys.isLeased(keyText)) return false;
    return !this.#anyForeign || this.#native.takeKey(keyText, false, false);
  }

  /** Whether nobody had a key, here or in the last turn elsewhere: so it mostly is. No call's keys need to be looked at then. */
  get areAllFree() {
    return this.#keys.isEmpty && !this.#anyForeign && this.#clears.size === 0;
  }

  #admitClear(write) {
    const isFree = this.#leases === 0 && (!this.#anyForeign || this.#native.takeAllOrWait());
    return isFree || this.#park(write, this.#clears);
  }

  #isClearBefore(write) {
    if (this.#clears.goesBefore(write)) return true;
    if (!this.#anyForeign) return false;
    return !this.#native.mayLeaseOrWait();
  }

  /** The lock that a call must wait for when there are leases enough: of its first key, whose order is kept so. */
  #crowdedLock({ hasCallback, madeIn, keyTexts: [keyText], order }) {
    if (!hasCallback || madeIn.length > 0 || keyText === undefined) return undefined;
    const lock = this.#keys.obtain(keyText);
    this.#crowd ??= new Crowd();
    this.#crowd.add(lock, order);
    return lock;
  }

  /** The lock of the first key that another instance or process has, after a thread has begun to wait for it. */
  #foreignLock({ keyTexts, shared, isNestedView }) {
    const isBusy = (keyText) => !this.#native.takeKey(keyText, shared, isNestedView);
    const busy = keyTexts.find(isBusy);
    if (busy === undefined) return undefined;
    this.#native.waitForKey(busy, shared);
    const lock = this.#keys.obtain(busy);
    lock.isForeign = true;
    return lock;
  }

  #park(write, list) {
    list.add(write);
    this.#deadlines.watch(write);
    noteWaiting(write);
    return false;
  }

  /** Keeps a call's keys beyond the turn; returns why that failed, if it did. */
  lease(write) {
    let failure;
    try {
      this.#native.leaseKeys(write.keyTexts, write.shared, write.order);
    } catch (error) {
      failure = error;
    }
    // Even so no other call of the keys may start in this instance: the callback is running already.
    this.#keys.lease(write);
    this.#leases++;
    return failure;
  }

  /** Notes that the turn has ended the leases of calls. Returns the lists of calls that may try now. */
  ended(calls) {
    // Calls of the crowd that needed no lease leave room for others.
    if (calls.length === 0) return this.#takeFromCrowd();
    return [...calls.flatMap((call) => this.#release(call)), ...this.#freedOthers()];
  }

  /** Ends a call's leases outside a turn. Returns the lists of calls that may try now. */
  letGo(call) {
    // Where its leases failed this does nothing: others of this instance may share the keys.
    for (const keyText of call.keyTexts) {
      ignoringErrors(() => this.#native.letGo(keyText, call.order));
    }
    return [...this.#release(call), ...this.#freedOthers()];
  }

  #release(call) {
    call.release();
    this.#leases--;
    return this.#keys.release(call);
  }

  /** The lists of those that did not wait for a key of their own. */
  #freedOthers() {
    const clears = this.#leases > 0 ? [] : this.#allLists();
    return [...clears, ...this.#takeFromCrowd()];
  }

  /** The lists of as many of those that were held back as may begin now. */
  #takeFromCrowd() {
    return this.#crowd?.take(MOST_LEASES - this.#leases) ?? [];
  }

  /** The lists of those that wait for no key, but for all. */
  #allLists() {
    return [this.#clears, this.#behindClears].filter(({ size }) => size > 0);
  }

  /** Ends a thread's wait for a key. Returns the lists of calls that waited. */
  granted(keyText) {
    return this.#keys.free(keyText);
  }

  /** Ends a thread's wait for all keys. Returns the lists of calls that waited. */
  grantedAll() {
    return this.#allLists();
  }

  /** The store has been reopened, and its waits are gone; returns the lists of those that waited for others. */
  reopened() {
    return [...this.#keys.freeForeign(), ...this.#allLists()];
  }

  /** Forgets a call that has been given up; returns the lists of those that wait no longer either without it. */
  forget(write) {
    const { place } = write;
    if (place === undefined) return [];
    place.forget(write);
    if (this.#isOfAll(place)) return this.#forgetClear(place);
    if (place.size > 0) return [];
    if (place.isForeign) {
      ignoringErrors(() => this.#native.abandonWait(place.keyText));
      place.isForeign = false;
    }
    place.leaveIfUnused();
    this.#crowd?.forget(place);
    return [];
  }

  /** Abandons the wait for all leases when nobody is left who needs it. */
  #forgetClear(place) {
    if (this.#clears.size > 0 || (place === this.#behindClears && place.size > 0)) return [];
    ignoringErrors(() => this.#native.abandonWaitForAll());
    return this.#allLists();
  }

  #isOfAll(place) {
    return place === this.#clears || place === this.#behindClears;
  }

  /** The process that keeps a call waiting, as `{ pid, since }`, as far as that is known. */
  holderFor(call) {
    const [lock, ask] = this.#obstacleOf(call);
    if (lock && !lock.isForeign) return { pid: process.pid, since: lock.since };
    return ignoringErrors(ask) ?? undefined;
  }

  /** The lock of this instance's that a call waits for, if there is one, and the question who else has what it waits for. */
  #obstacleOf({ place }) {
    const native = this.#native;
    // Once the list is open, only the writer lock is in the way.
    if (place === undefined || place.isOpen) return [undefined, () => native.lastWriter()];
    if (this.#isOfAll(place)) return [this.#keys.oldestLease(), () => native.holderOfAllKeys()];
    return [place, () => native.holderOfKey(place.keyText)];
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

module.exports = { Locks };
