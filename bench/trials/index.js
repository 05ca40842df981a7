'use strict';

// Every trial, as data. A new one is an entry in a file of this folder, and a workload in
// `workloads/` if it does something new.
//
// name        its name for `--only`
// group       the name of its file, for `--only` too
// title       its title in the tables
// workload    the program in `workloads/` that runs and measures it, with an `operation` if that
//             program has several
// stores      the stores that take part
// warmUp      the number of uncounted operations before the counted ones. Default: none
// count       the number of operations in one measurement
// items       the number of items in the store beforehand; 0: a new store
// watchers    the number of watchers of other items. Default: none
// keys        the number of keys that the operations use. Default: all
// valueBytes  the length of an item in bytes. Default: that of lib/items.js
// inDatabase  true for stores in a PostgreSQL server, which is started for them
// delay       the milliseconds that a proxy adds to each round trip to it. Default: no proxy
// fileSystem  the file system that is made for its stores, in memory. Default: the measured disk
// isRead      writes nothing
// repeats     the number of measurements in a process, after one to warm up; their median counts
// rounds      the number of turns that each store has, each in a new process
// series      a name that several trials share, which are compared and so take turns in each round

const { ITEM_BYTES } = require('../lib/items');

const DEFAULTS = { items: 0, warmUp: 0, valueBytes: ITEM_BYTES, repeats: 5, rounds: 5 };
const GROUPS = [
  'writes',
  'at-once',
  'journaled',
  'reads',
  'prefixes',
  'processes',
  'values',
  'sizes',
  'watchers',
  'many-stores',
  'postgres',
];

const TRIALS = GROUPS.flatMap((group) =>
  require(`./${group}`).map((trial) => ({ ...DEFAULTS, group, ...trial })),
);

/**
 * Groups the trials that take turns, in the order of declaration: each series, and each other trial
 * alone.
 */
function inSeries(trials) {
  const series = new Map();
  for (const trial of trials) {
    const name = trial.series ?? trial.name;
    series.set(name, [...(series.get(name) ?? []), trial]);
  }
  return [...series.values()];
}

/** Cuts a trial down to a check that everything runs. */
function quick(trial) {
  const isLarge = trial.valueBytes > 1000;
  return {
    ...trial,
    warmUp: Math.min(trial.warmUp, 10),
    count: trial.count && Math.min(trial.count, isLarge ? 2 : 100),
    items: Math.min(trial.items, isLarge ? 10 : 1000),
    keys: trial.keys && Math.min(trial.keys, 100),
    repeats: 1,
    rounds: 1,
  };
}

module.exports = { GROUPS, TRIALS, inSeries, quick };
