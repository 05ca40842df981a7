'use strict';

// The clock of a workload, and the repetition of a measurement.

const { median } = require('./statistics');

/** Measures the time of `run`, in milliseconds. */
async function timed(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Converts milliseconds for all operations to microseconds for each. */
function each(milliseconds, count) {
  return (milliseconds * 1000) / count;
}

/**
 * The time after which no measurement is repeated, in milliseconds: a sync may be a hundred times
 * slower on one disk than on another.
 */
const LONG_ENOUGH = 1500;

/**
 * Measures once to warm up, and then `repeats` times. `measure` resolves to an object of numbers;
 * this function resolves to their medians.
 */
async function repeated(repeats, measure) {
  const start = performance.now();
  await measure();
  const measured = [];
  do measured.push(await measure());
  while (measured.length < repeats && performance.now() - start < LONG_ENOUGH);
  const names = Object.keys(measured[0]);
  return Object.fromEntries(names.map((name) => [name, median(measured.map((one) => one[name]))]));
}

/** Tells whether there is a promise to await: synchronous stores return none. */
function isPending(result) {
  return typeof result?.then === 'function';
}

module.exports = { each, isPending, repeated, timed };
