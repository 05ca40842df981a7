'use strict';

// Takes the locks of calls: between the calls of this instance by KeyLocks and Leases, between
// instances and processes as the class of an engine that extends this one knows. A call whose keys are
// taken is parked in a list, which is handed out when its first call may try again.

const { noteWaiting } = require('./context');
const { KeyLocks } = require('./key-locks');
const { Leases } = require('./leases');
const { ownLocks } = require('./own-locks');
const { PrefixCall } = require('./prefix-call');
const { WaitingList } = require('./waiting-list');

class Locks {
  #keys = new KeyLocks();
  /** The calls that lease keys. */
  leases = new Leases(this.#keys);
  #deadlines;
  /**
   * The calls of `clear` that wait until no key is leased, and the callbacks that wait for these.
   */
  #clears = new WaitingList();
  #afterClears = new WaitingList();
  /**
   * True if the present turn, or the last one, found a lease of another instance, or a wait for
   * one.
   */
  #anyForeign = false;

  constructor(deadlines) {
    this.#deadlines = deadlines;
  }

  /**
   * Begins a turn.
   *
   * @param {boolean} anyForeign true if others may have leases, or wait for one
   */
  beginTurn(anyForeign) {
    this.#anyForeign = anyForeign;
  }

  /**
   * Tells if a call may run in a turn, since nobody else leases its keys (I5). Otherwise parks it
   * until it may.
   *
   * @param {object} turn the turn, which lists the keys of a `PrefixCall`
   * @param {string} [held] the JSON text of the key that this turn alone has, although other calls
   *   wait for another instance
   */
  admit(call, turn, held) {
    if (this.areAllFree) return true;
    if (call instanceof PrefixCall) this.#chooseKeys(call, turn);
    if (call.keyTexts === null) return this.#admitClear(call);
    if (call.mayLease && call.madeIn.length === 0 && this.#isClearBefore(call)) {
      return this.#park(call, this.#afterClears);
    }
    let busy = this.#keys.busyFor(call, held) ?? this.leases.crowdedLock(call);
    if (this.#anyForeign) busy ??= this.#foreignLock(call);
    return busy === undefined || this.#park(call, busy);
  }

  /**
   * Finds the keys that a call with a prefix must have: those with items, and those that calls of
   * this instance lease or wait for, since some of these calls may have been made before it. An edit
   * of another instance that makes a new item has seen none: it may as well come after the call.
   */
  #chooseKeys(call, turn) {
    const inUse = this.#keys.keysWith(call.prefix);
    call.choose([...new Set([...turn.keysWith(call.prefix), ...inUse])]);
  }

  /** True if nobody leases a key. */
  isFree(keyText) {
    if (this.#keys.isLeased(keyText)) return false;
    return !this.#anyForeign || this.takesKey(keyText);
  }

  /**
   * True if no key is leased here, or elsewhere as of the last turn: the common case, in which a
   * call's keys need no look.
   */
  get areAllFree() {
    return this.#keys.size === 0 && !this.#anyForeign && this.#clears.size === 0;
  }

  #admitClear(call) {
    const isFree = this.leases.size === 0 && (!this.#anyForeign || this.takesAll());
    return isFree || this.#park(call, this.#clears);
  }

  #isClearBefore(call) {
    if (this.#clears.goesBefore(call)) return true;
    if (!this.#anyForeign) return false;
    return !this.takesLease();
  }

  /** Finds the lock of a key that another instance has. The turn goes on (I8). */
  #foreignLock(call) {
    const busy = this.busyElsewhere(call);
    return busy === undefined ? undefined : this.#foreign(busy);
  }

  #foreign(keyText) {
    const lock = this.#keys.obtain(keyText);
    lock.isForeign = true;
    return lock;
  }

  /** Parks a call until another instance has let go of a key. */
  awaitKey(call, keyText) {
    this.#park(call, this.#foreign(keyText));
  }

  /** Parks a call until a `clear` of another instance has ended. */
  awaitClear(call) {
    this.#park(call, this.#afterClears);
  }

  /** Returns true if a call need not wait for other calls of this instance that need a key. */
  isFreeFor(call, keyText, isHeld) {
    return this.#keys.get(keyText)?.admits(call, isHeld) !== false;
  }

  /** Returns the calls that wait for a key. */
  listOf(keyText) {
    return this.#keys.get(keyText);
  }

  #park(call, list) {
    list.add(call);
    this.#deadlines.watch(call);
    noteWaiting(call);
    return false;
  }

  /** Keeps a call's keys beyond the turn. Returns the error if that failed. */
  lease(call) {
    let failure;
    try {
      this.keepKeys(call);
    } catch (error) {
      failure = error;
    }
    // After an error too: the callback runs already, and no other call of this instance may get its
    // keys.
    this.leases.add(call, failure === undefined);
    return failure;
  }

  /**
   * Notes that the turn has ended the leases of calls. Returns the lists of calls that may try now.
   */
  ended(calls) {
    // Calls of the crowd that have run without a lease leave room for others.
    if (calls.length === 0) return this.#keys.size === 0 ? [] : this.leases.takeFromCrowd();
    return [...calls.flatMap((call) => this.leases.end(call)), ...this.#freedOthers()];
  }

  /** Ends a call's leases outside a turn. Returns the lists of calls that may try now. */
  letGo(call) {
    // Does nothing for a lease that failed, whose key other calls of this instance may share.
    this.dropKeys(call);
    return [...this.leases.end(call), ...this.#freedOthers()];
  }

  /** Finds the lists of calls that wait for all keys, or for fewer leases. */
  #freedOthers() {
    const clears = this.leases.size > 0 ? [] : this.#allLists();
    return [...clears, ...this.leases.takeFromCrowd()];
  }

  /** Finds the lists of calls that wait for all keys. */
  #allLists() {
    return [this.#clears, this.#afterClears].filter(({ size }) => size > 0);
  }

  /** Ends the engine's wait for a key. Returns the lists of calls that waited. */
  granted(keyText) {
    return this.#keys.free(keyText);
  }

  /** Ends the engine's wait for all keys. Returns the lists of calls that waited. */
  grantedAll() {
    return this.#allLists();
  }

  /**
   * Notes that the store was reopened and its waits are gone. Returns the lists of calls that
   * waited for others.
   */
  reopened() {
    return [...this.#keys.freeForeign(), ...this.#allLists()];
  }

  /**
   * Forgets a call that was given up. Returns the lists of calls that need not wait any longer
   * without it.
   */
  forget(call) {
    const { place } = call;
    if (place === undefined) return [];
    place.forget(call);
    if (this.#isOfAll(place)) return this.#forgetClear(place);
    if (place.size > 0) return [];
    if (place.isForeign) this.#abandon(place);
    place.leaveIfUnused();
    this.leases.forget(place);
    return [];
  }

  #abandon(place) {
    this.abandonWait(place.keyText);
    place.isForeign = false;
  }

  /** Abandons the wait for all keys once no call needs it. */
  #forgetClear(place) {
    if (this.#clears.size > 0 || (place === this.#afterClears && place.size > 0)) return [];
    this.abandonWaitForAll();
    return this.#allLists();
  }

  #isOfAll(place) {
    return place === this.#clears || place === this.#afterClears;
  }

  /**
   * Lists the locks that calls of this instance have or wait for, one for each key.
   *
   * @returns {Iterable<import('../told-locks').FoundLock>}
   */
  list() {
    return ownLocks(this.leases, this.#keys, this.#deadlines);
  }

  /**
   * Finds the obstacle that keeps a call waiting: the `holder` if it is of this instance, and
   * otherwise the lock `of` which another one is the holder: a key (`lock` has it), all keys, a
   * `clear`, or the turn.
   *
   * @returns {{ holder?: import('../errors').Holder, of?: 'key' | 'all' | 'clear' | 'turn',
   *   lock?: object }}
   */
  obstacleOf({ place }) {
    if (place?.isInCrowd && !place.isOpen) return { holder: this.#holderOfCrowd() };
    // Once the list is open, only a turn is in the way.
    if (place === undefined || place.isOpen) return { of: 'turn' };
    if (place === this.#afterClears && this.#clears.size === 0) return { of: 'clear' };
    const isOfAll = this.#isOfAll(place);
    const lock = isOfAll ? this.#keys.oldestLease() : place;
    if (lock === undefined || lock.isForeign) return { of: isOfAll ? 'all' : 'key', lock };
    return { holder: { pid: process.pid, since: new Date(lock.since), isOwn: lock.leases > 0 } };
  }

  /** Names this process for a call that waits until fewer keys are leased. */
  #holderOfCrowd() {
    const lock = this.#keys.oldestLease();
    return lock && { pid: process.pid, since: new Date(lock.since), isCrowd: true };
  }

  // The class of an engine overrides the methods that follow. Those that take locks are asked only in
  // a turn that `beginTurn` was told of others in.

  /**
   * Finds a key of a call that another instance has, and begins to wait for it; `undefined` if there
   * is none.
   *
   * @type {(call: import('./call').Call) => string | undefined}
   */
  busyElsewhere() {
    return undefined;
  }

  /** Tries to take a key for the turn. Returns false if another instance has it. */
  takesKey() {
    return true;
  }

  /** Tries to take all keys for the turn. Returns false, and begins to wait, if another has one. */
  takesAll() {
    return true;
  }

  /** Returns false, and begins to wait, if new leases must wait for a `clear` of another instance. */
  takesLease() {
    return true;
  }

  /** Keeps the keys of a call beyond the turn. Throws if that failed. */
  keepKeys() {}

  /** Lets go of the keys of a call, outside a turn. */
  dropKeys() {}

  /** Abandons the wait for a key. */
  abandonWait() {}

  /** Abandons the wait for all keys. */
  abandonWaitForAll() {}
}

module.exports = { Locks };
