'use strict';

// Node's own timers and clock, taken when this module is loaded. Test tools replace the global
// ones, and some of them the functions of `node:timers` too, with a clock that stands still; in
// jsdom and Electron's renderer timers are numbers. The store's own work must go on there. Expiry
// does not use these: each call asks `Date.now`, which a test may set.

const { performance } = require('node:perf_hooks');
const process = require('node:process');
const timers = require('node:timers');
const promises = require('node:timers/promises');

const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers;
const { setImmediate: immediate } = promises;
const { nextTick } = process;
const now = performance.now.bind(performance);

/** Blocks the calling thread, and its event loop, for some milliseconds. */
function block(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** The longest delay of a timer, in milliseconds. Node ends a longer one at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

module.exports = {
  LONGEST_TIMER,
  block,
  clearInterval,
  clearTimeout,
  immediate,
  nextTick,
  now,
  setImmediate,
  setInterval,
  setTimeout,
};
