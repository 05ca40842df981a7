'use strict';

// Every trial, as data. A new one is an entry here, and a workload in `workloads/` if it does something new.
//
// name       what `--only` calls it; an entry with several sizes becomes one trial for each
// title      what the tables say
// workload   the program in `workloads/` that does and measures it, and there `operation`, where it knows several
// stores     who takes part
// count      how many operations one measurement has
// items      how many items the store holds before; 0 is a new store
// keys       over how many keys the operations go; all that there are, if it is not said
// valueBytes the bytes of an item, where they are not those of lib/items.js
// repeats    how often a process measures, after one measurement that is thrown away; the median counts
// rounds     how often each store has its turn; each time in a new process
// series     the name of several trials that are compared with each other, and so take turns in each round

const { ITEM_BYTES } = require('../lib/items');

const DEFAULTS = { items: 0, valueBytes: ITEM_BYTES, repeats: 5, rounds: 5 };

const TRIALS = [
  ...require('./writes'),
  ...require('./reads'),
  ...require('./processes'),
  ...require('./values'),
  ...require('./sizes'),
].map((trial) => ({ ...DEFAULTS, ...trial }));

/** Trials that take turns, in the order in which they were declared: those of a series, and each other one by itself. */
function inSeries(trials) {
  const series = new Map();
  for (const trial of trials) {
    const name = trial.series ?? trial.name;
    series.set(name, [...(series.get(name) ?? []), trial]);
  }
  return [...series.values()];
}

/** A trial cut down until it shows no more than that everything runs. */
function quick(trial) {
  const isLarge = trial.valueBytes > 1000;
  return {
    ...trial,
    count: trial.count && Math.min(trial.count, isLarge ? 2 : 100),
    items: Math.min(trial.items, isLarge ? 10 : 1000),
    keys: trial.keys && Math.min(trial.keys, 100),
    repeats: 1,
    rounds: 1,
  };
}

module.exports = { TRIALS, inSeries, quick };
