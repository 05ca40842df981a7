'use strict';

// Node's own timers and clock, taken once when the module is loaded. Test tools replace the global ones, and some of them the
// functions of `node:timers` too, with a clock that stands still; jsdom and Electron's renderer have timers that are numbers. What
// the store needs for itself must go on there. When items end is another matter: that is asked of `Date.now` at each call.

const { performance } = require('node:perf_hooks');
const process = require('node:process');
const timers = require('node:timers');
const promises = require('node:timers/promises');

const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers;
const { setImmediate: immediate } = promises;
const { nextTick } = process;
const now = performance.now.bind(performance);

/** The longest that a timer can wait, in milliseconds: what is longer would end at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

module.exports = {
  LONGEST_TIMER,
  clearInterval,
  clearTimeout,
  immediate,
  nextTick,
  now,
  setImmediate,
  setInterval,
  setTimeout,
};
