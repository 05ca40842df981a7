'use strict';

// What an instance does every so often as long as it is in use. The timer keeps neither the process alive nor the instance.

const timers = require('./timers');

const collected = new FinalizationRegistry((timer) => timers.clearInterval(timer));

/**
 * Does some work for an instance again and again. Returns a function that ends it.
 *
 * @template {object} T
 * @param {T} instance
 * @param {number} interval in milliseconds
 * @param {(instance: T) => void} work must not hold the instance, as any function does that is made in its constructor
 */
function everySoOften(instance, interval, work) {
  const reference = new WeakRef(instance);
  const timer = timers.setInterval(() => {
    const used = reference.deref();
    if (used !== undefined) work(used);
  }, interval);
  timer.unref();
  collected.register(instance, timer, timer);
  return () => {
    collected.unregister(timer);
    timers.clearInterval(timer);
  };
}

module.exports = { everySoOften };
