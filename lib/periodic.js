'use strict';

// Periodic work of an object that is in use. The timer keeps neither the process nor the object alive.

const timers = require('./timers');

const collected = new FinalizationRegistry((timer) => timers.clearInterval(timer));

/**
 * Does work for an object again and again. Returns a function that ends it.
 *
 * @template {object} T
 * @param {T} object
 * @param {number} interval in milliseconds
 * @param {(object: T) => void} work must not hold the object, as any function does that is made in its constructor
 */
function everySoOften(object, interval, work) {
  const reference = new WeakRef(object);
  const timer = timers.setInterval(() => {
    const used = reference.deref();
    if (used !== undefined) work(used);
  }, interval);
  timer.unref();
  collected.register(object, timer, timer);
  return () => {
    collected.unregister(timer);
    timers.clearInterval(timer);
  };
}

module.exports = { everySoOften };
