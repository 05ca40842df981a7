'use strict';

// The calls that wait for one thing, in the order in which they were made. Knows nothing of what they wait for.
//
// A list that is open is in the queue, which takes the calls out one by one: so a list is not walked through whenever its first
// call gets what all of them wait for. The first that has to wait again closes the list.

const { Heap } = require('./heap');

const orderOf = (call) => call.order;
const isWaiting = (call) => call.isWaiting;

class WaitingList {
  /** True from the moment that the first call may try until one has found that it must wait. */
  isOpen = false;
  /** True while the queue has the list, and the order of the first call when the list was put there. */
  isQueued = false;
  order;
  #calls = new Heap(orderOf, isWaiting);

  get size() {
    return this.#calls.size;
  }

  get first() {
    return this.#calls.first;
  }

  /** True if a call that waits here was made before another one. */
  goesBefore(call) {
    return this.#calls.size > 0 && this.#calls.first?.order < call.order;
  }

  /** Adds a call, which has to wait. */
  add(call) {
    call.place = this;
    this.#calls.push(call);
    // If others were made before it, it waits for them, and they may still try.
    if (this.#calls.first === call) this.isOpen = false;
  }

  /** Takes out the first call. */
  take() {
    const call = this.#calls.shift();
    if (call !== undefined) call.place = undefined;
    return call;
  }

  /** Takes note that a call of the list has been given up. */
  forget(call) {
    call.place = undefined;
    this.#calls.forget();
  }
}

module.exports = { WaitingList };
