'use strict';

// The results of a run: every sample of each trial and store, so that tables and pictures can be
// made from them again.

const fs = require('node:fs');
const path = require('node:path');
const { storeNamed } = require('../stores');
const { TRIALS } = require('../trials');
const { summary } = require('./statistics');

/** Rounds to five significant digits; more would be noise. */
function rounded(number) {
  return Number(number.toPrecision(5));
}

function summaryOf(samples) {
  const { median, low, high } = summary(samples);
  return {
    median: rounded(median),
    low: rounded(low),
    high: rounded(high),
    samples: samples.map(rounded),
  };
}

/** Gives a store's name in a trial: the settings of its writes say nothing about reads. */
function labelIn({ isRead }, { label, settings }) {
  return isRead || settings === undefined ? label : `${label}, ${settings}`;
}

/** Makes the entry of a trial from the samples of its rounds. */
function entryOf(trial, samples) {
  const { name, title, warmUp, count, items, valueBytes, rounds, series } = trial;
  const stores = {};
  for (const [store, measured] of Object.entries(samples)) {
    const { durability, isFloor = false } = storeNamed(store);
    const label = labelIn(trial, storeNamed(store));
    const measures = measured.skipped
      ? { skipped: measured.skipped }
      : Object.fromEntries(
          Object.entries(measured).map(([measure, numbers]) => [measure, summaryOf(numbers)]),
        );
    stores[store] = { label, durability, isFloor, ...measures };
  }
  return { name, title, warmUp, count, items, valueBytes, rounds, series, stores };
}

/** Puts the entry of a trial in the place of an older one, in the order of the trials. */
function replace(results, entry) {
  const names = TRIALS.map(({ name }) => name);
  results.trials = [...results.trials.filter(({ name }) => name !== entry.name), entry].sort(
    (one, other) => names.indexOf(one.name) - names.indexOf(other.name),
  );
}

function fileIn(folder) {
  return path.join(folder, `${process.platform}-${process.arch}.json`);
}

/** Writes one trial a line, so that a diff of two runs is readable. */
function write(folder, results) {
  const { trials, ...rest } = results;
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  const lines = trials.map((trial) => JSON.stringify(trial)).join(',\n');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(fileIn(folder), `${head},\n  "trials": [\n${lines}\n]}\n`);
}

function read(folder) {
  return JSON.parse(fs.readFileSync(fileIn(folder), 'utf8'));
}

module.exports = { entryOf, labelIn, read, replace, write };
