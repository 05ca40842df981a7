'use strict';

// The calls that the next turn may run, in the order in which they were made: new ones, and those
// that may try again.
//
// New calls arrive in order. Calls that come back, one by one or as a list that has opened, are in
// a heap. A turn takes calls one by one and leaves the rest in place: so the cost of a call does
// not grow with the number of pending calls.

const { Heap } = require('./heap');
const { PrefixCall } = require('./prefix-call');
const { WaitingList } = require('./waiting-list');
const { Puts } = require('./puts');

/** The number of unused places at the front of the array up to which it is not cut. */
const MOST_GAPS = 1024;

const orderOf = (call) => call.order;
const always = () => true;

class Queue {
  /** The number of new calls that must find the keys of a prefix. */
  prefixCalls = 0;
  /** The calls as they were pushed, from `#head` on. */
  #pushed = [];
  #head = 0;
  /** The index of the first call that `unseen` has not handed out. */
  #seen = 0;
  /** The calls and open lists that came back. */
  #returned = new Heap(orderOf, always);
  /** The list that the last call was taken out of. */
  #current;
  /** The number of pushed calls that are not puts. */
  #others = 0;
  /** The last call, if it is one of puts and may take more. */
  #openPuts;
  /** The order of the last call that the present turn may take. */
  #last = -1;

  get isEmpty() {
    return this.#head === this.#pushed.length && this.#returned.size === 0;
  }

  /** True if the queue holds a call that needs a turn: one that was not given up. */
  get needsTurn() {
    const isLeft = (item) => (item instanceof WaitingList ? item.size > 0 : !item.isSettled);
    for (let at = this.#head; at < this.#pushed.length; at++) {
      if (isLeft(this.#pushed[at])) return true;
    }
    return this.#returned.some(isLeft);
  }

  /** True if the queue holds no calls but puts. */
  get holdsOnlyPuts() {
    return this.#others === 0 && this.#returned.size === 0;
  }

  /** True if the queue holds only puts, and so many that they should not wait for more. */
  get isHeavy() {
    return this.holdsOnlyPuts && this.#openPuts?.isFull === true;
  }

  /** The call that one more put may join; `undefined` if there is none. */
  get openPuts() {
    return this.#openPuts?.isFull === false ? this.#openPuts : undefined;
  }

  /** Hands out each pushed call that is still in the queue, once. */
  *unseen() {
    this.#seen = Math.max(this.#seen, this.#head);
    while (this.#seen < this.#pushed.length) yield this.#pushed[this.#seen++];
  }

  /** The call that may come next, unless a list must hand it out. */
  get first() {
    const pushed = this.#pushed[this.#head];
    const returned = this.#returned.size === 0 ? undefined : this.#returned.first;
    return returned === undefined || pushed?.order < returned.order ? pushed : returned;
  }

  /** Adds a new call after all others. A call of puts may be left open for more. */
  push(call, isOpen) {
    this.#pushed.push(call);
    this.#openPuts = isOpen ? call : undefined;
    if (!(call instanceof Puts)) this.#others++;
    if (call instanceof PrefixCall) this.prefixCalls++;
  }

  /** Puts back a call, or a list whose first call may try again, in the order of the calls. */
  putBack(item) {
    if (item instanceof WaitingList) this.#open(item);
    else this.#returned.push(item);
  }

  /** Begins a turn, which gets the calls that are present now, and none that its callbacks make. */
  beginTurn() {
    this.#last = this.#pushed.at(-1)?.order ?? -1;
  }

  /** Takes the next call of the turn; `undefined` if there is none. */
  next() {
    if (this.#current !== undefined) this.#endCurrent();
    for (;;) {
      const pushed = this.#pushed[this.#head];
      const returned = this.#returned.size === 0 ? undefined : this.#returned.first;
      if (returned === undefined || pushed?.order < returned.order) {
        return pushed === undefined || pushed.order > this.#last ? undefined : this.#shift();
      }
      this.#returned.shift();
      const call = returned instanceof WaitingList ? this.#takeFrom(returned) : returned;
      if (call !== undefined) return call;
    }
  }

  /** Ends a turn. The calls that it has not taken stay for the next one. */
  endTurn() {
    if (this.#current !== undefined) this.#endCurrent();
  }

  /** Takes all calls. */
  takeAll() {
    const calls = [];
    this.beginTurn();
    for (let call; (call = this.next()) !== undefined;) calls.push(call);
    return calls;
  }

  #shift() {
    const call = this.#pushed[this.#head];
    this.#pushed[this.#head++] = undefined;
    if (!(call instanceof Puts)) this.#others--;
    if (call instanceof PrefixCall) this.prefixCalls--;
    // Its turn begins, so it takes no more.
    if (call === this.#openPuts) this.#openPuts = undefined;
    if (this.#head === this.#pushed.length || this.#head >= this.#cutAt) this.#cut();
    return call;
  }

  /**
   * The number of unused places from which the array is cut: then a cut costs no more than the
   * calls taken since the last.
   */
  get #cutAt() {
    return Math.max(MOST_GAPS, this.#pushed.length / 2);
  }

  #cut() {
    // Mostly a call is alone. The array then keeps its memory for the next one.
    if (this.#pushed.length === 1) this.#pushed.pop();
    else this.#pushed = this.#pushed.slice(this.#head);
    this.#seen = Math.max(this.#seen - this.#head, 0);
    this.#head = 0;
  }

  #open(list) {
    list.isOpen = true;
    if (list.isQueued || list === this.#current || list.size === 0) return;
    list.isQueued = true;
    list.order = list.first.order;
    this.#returned.push(list);
  }

  /** Takes the first call of an open list; `undefined` if an older call must come first. */
  #takeFrom(list) {
    list.isQueued = false;
    if (!list.isOpen) return undefined;
    // The first call may have been given up, or an older one may have come back.
    if (list.first?.order !== list.order) {
      this.#open(list);
      return undefined;
    }
    this.#current = list;
    return list.take();
  }

  /** Puts the list of the last call back, so that the next call of the list may try. */
  #endCurrent() {
    const list = this.#current;
    this.#current = undefined;
    if (list.isOpen) this.#open(list);
  }
}

module.exports = { Queue };
