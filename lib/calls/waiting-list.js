'use strict';

// The calls that wait for one lock, in the order in which they were made. Knows nothing of the
// lock.
//
// An open list is in the queue, which takes its calls one by one: so a list is not walked through
// whenever its first call gets the lock. The first call that has to wait again closes the list.

const { Heap } = require('./heap');

const orderOf = (call) => call.order;
const isWaiting = (call) => call.isWaiting;

class WaitingList extends Heap {
  /** True from the time when the first call may try until a call must wait again. */
  isOpen = false;
  /** True while the queue has the list. */
  isQueued = false;
  /** The order of the first call when the list was put into the queue. */
  order;

  constructor() {
    super(orderOf, isWaiting);
  }

  /** Returns true if a call that waits here was made before another one. */
  goesBefore(call) {
    return this.size > 0 && this.first?.order < call.order;
  }

  /** Adds a call that must wait. */
  add(call) {
    call.place = this;
    this.push(call);
    // If older calls wait here, the call waits for them, and they may still try.
    if (this.first === call) this.isOpen = false;
  }

  /** Removes and returns the first call. */
  take() {
    const call = this.shift();
    if (call !== undefined) call.place = undefined;
    return call;
  }

  /** Removes a call that has been given up. */
  forget(call) {
    call.place = undefined;
    super.forget();
  }
}

module.exports = { WaitingList };
