'use strict';

// The calls that no turn has looked at yet, or that are to be looked at again, in the order in which they were made.
//
// New calls are in order by themselves. Those that come back, one by one or as a list that has opened, are in a heap. A turn takes
// calls one by one and leaves the rest where it is: so what a call costs does not grow with the number of those that are pending.

const { Heap } = require('./heap');
const { WaitingList } = require('./waiting-list');
const { Puts } = require('./call');

/** So many places at the front of the array are left unused before it is cut. */
const MOST_GAPS = 1024;

const orderOf = (call) => call.order;
const always = () => true;

class Queue {
  /** The calls as they were pushed, from `#head` on. */
  #pushed = [];
  #head = 0;
  /** The place of the first call that `unseen` has not handed out. */
  #seen = 0;
  /** The calls and open lists that came back. */
  #returned = new Heap(orderOf, always);
  /** The list that the last call was taken out of. */
  #current;
  /** The number of pushed calls that are no puts. */
  #others = 0;
  /** The call that takes more puts, as long as no other call was made. */
  #openPuts;
  /** The order of the last call that the present turn may take. */
  #last = -1;

  get isEmpty() {
    return this.#head === this.#pushed.length && this.#returned.size === 0;
  }

  /** True if the queue holds no calls but puts. */
  get holdsOnlyPuts() {
    return this.#others === 0 && this.#returned.size === 0;
  }

  /** True if the queue holds so many puts, and nothing else, that they should not wait for more. */
  get isHeavy() {
    return this.holdsOnlyPuts && this.#openPuts?.isFull === true;
  }

  /** The last call, if one more put may join it. */
  get openPuts() {
    return this.#openPuts?.isFull === false ? this.#openPuts : undefined;
  }

  /** Hands out each pushed call that is still in the queue, but each only once. */
  *unseen() {
    this.#seen = Math.max(this.#seen, this.#head);
    while (this.#seen < this.#pushed.length) yield this.#pushed[this.#seen++];
  }

  /** Adds a new call after all others. If it is one of puts, it may be left open for more. */
  push(call, isOpen) {
    this.#pushed.push(call);
    this.#openPuts = isOpen ? call : undefined;
    if (!(call instanceof Puts)) this.#others++;
  }

  /** Puts back a call, or a list whose first call may try, among those that were made before and after. */
  putBack(item) {
    if (item instanceof WaitingList) this.#open(item);
    else this.#returned.push(item);
  }

  /** Begins a turn, which gets the calls that are there now, and none that its callbacks make. */
  beginTurn() {
    this.#last = this.#pushed.at(-1)?.order ?? -1;
  }

  /** The next call of the turn, if there is one. */
  next() {
    this.#endCurrent();
    for (;;) {
      const pushed = this.#pushed[this.#head];
      const returned = this.#returned.first;
      if (returned === undefined || pushed?.order < returned.order) {
        return pushed === undefined || pushed.order > this.#last ? undefined : this.#shift();
      }
      this.#returned.shift();
      const call = returned instanceof WaitingList ? this.#takeFrom(returned) : returned;
      if (call !== undefined) return call;
    }
  }

  /** Ends a turn. What it has not taken stays for the next one. */
  endTurn() {
    this.#endCurrent();
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
    // It is looked at now, and takes no more.
    if (call === this.#openPuts) this.#openPuts = undefined;
    if (this.#head === this.#pushed.length || this.#head >= this.#cutAt) this.#cut();
    return call;
  }

  /** The number of unused places at which cutting them off costs no more than what has been taken since. */
  get #cutAt() {
    return Math.max(MOST_GAPS, this.#pushed.length / 2);
  }

  #cut() {
    this.#pushed = this.#pushed.slice(this.#head);
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

  /** The first call of an open list, if it is its turn. */
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

  /** Lets the calls go on that wait behind the one that was taken last. */
  #endCurrent() {
    const list = this.#current;
    this.#current = undefined;
    if (list?.isOpen) this.#open(list);
  }
}

module.exports = { Queue };
