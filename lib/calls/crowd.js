'use strict';

// The locks whose calls wait until fewer keys are leased, in the order of those calls. Knows
// nothing of leases.

const { Heap } = require('./heap');

/** A lock, with the order of the first call that waits for it. */
class Place {
  constructor(lock, order) {
    this.lock = lock;
    this.order = order;
  }

  /** True while a call waits for it. */
  get isLive() {
    return this.lock.isInCrowd && this.lock.size > 0;
  }
}

class Crowd {
  #places = new Heap(
    ({ order }) => order,
    ({ isLive }) => isLive,
  );

  /** Adds a lock, for a call that is about to wait for it. */
  add(lock, order) {
    if (lock.isInCrowd) return;
    lock.isInCrowd = true;
    this.#places.push(new Place(lock, order));
  }

  /** Removes and returns the first locks, up to a number. */
  take(count) {
    const locks = [];
    while (locks.length < count) {
      const place = this.#places.shift();
      if (place === undefined) break;
      place.lock.isInCrowd = false;
      locks.push(place.lock);
    }
    return locks;
  }

  /** Removes a lock that no call waits for any more. */
  forget(lock) {
    if (!lock.isInCrowd) return;
    lock.isInCrowd = false;
    this.#places.forget();
  }
}

module.exports = { Crowd };
