'use strict';

// How a workload measures: the clock, and one measurement again and again.

const { median } = require('./statistics');

/** Milliseconds that something took. */
async function timed(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Microseconds for each of so many. */
function each(milliseconds, count) {
  return (milliseconds * 1000) / count;
}

/** After so long no measurement is repeated: a disk may take a hundred times as long for a sync as another. */
const LONG_ENOUGH = 2000;

/**
 * Measures once for warming up and then as often as asked; `measure` resolves to an object of numbers. What comes back is
 * the median of each.
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

/** Whether there is something to await: stores that are synchronous are called as such. */
function isPending(result) {
  return typeof result?.then === 'function';
}

module.exports = { each, isPending, repeated, timed };
