'use strict';

// The keys whose calls wait until fewer keys are leased, in the order of those calls. Knows nothing of leases.

const { Heap } = require('./heap');

/** A lock, and the order of the call for which it came here. */
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

  /** Takes out as many locks as may be leased now. */
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

  /** Takes note that nobody waits for a lock any more. */
  forget(lock) {
    if (!lock.isInCrowd) return;
    lock.isInCrowd = false;
    this.#places.forget();
  }
}

module.exports = { Crowd };
