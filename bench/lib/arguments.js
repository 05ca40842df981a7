'use strict';

// The command line: its options, checked, with their defaults.

const path = require('node:path');
const { parseArgs } = require('node:util');
const { GROUPS, TRIALS, quick } = require('../trials');
const { STORES } = require('../stores');

const USAGE = `npm run bench -- [names] [options]

Names of groups or trials are those of --only: npm run bench -- postgres

  --quick           smoke run: run a fraction of everything; the figures mean nothing
  --only NAMES      run only these trials or groups of trials, separated by commas; * matches any
                    text. The groups: ${GROUPS.join(', ')}
  --stores NAMES    measure only these stores, separated by commas
  --rounds N        run each trial N times
  --add             keep those trials in the results folder that this run does not measure: a
                    complete run in parts
  --folder FOLDER   make the stores here, on the disk to measure. Default: bench/.stores
  --results FOLDER  write the results here. Default: bench/results, or bench/results/part for a part
                    of the trials
  --draw            measure nothing: make the tables and pictures from the results again
  --list            print the names of the trials and stores
  --help            print this text

Results in bench/results also write the table in README.md.
`;

const here = path.join(__dirname, '..');

/** The folder of complete results, which the README shows. */
const PUBLISHED = path.join(here, 'results');

class UsageError extends Error {}

function chosen(names, available, what) {
  const list = names.split(',').filter((name) => name !== '');
  // Names are letters, digits and hyphens, which need no escape in an expression.
  const isMeant = (pattern) => {
    const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
    return (name) => expression.test(name);
  };
  for (const pattern of list) {
    if (!available.some(isMeant(pattern))) throw new UsageError(`There is no ${what} ${pattern}`);
  }
  return (name) => list.some((pattern) => isMeant(pattern)(name));
}

function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        stores: { type: 'string' },
        rounds: { type: 'string' },
        add: { type: 'boolean', default: false },
        folder: { type: 'string', default: path.join(here, '.stores') },
        results: { type: 'string' },
        draw: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** Reads the options; gives the trials, each with its stores, and the folders. */
function readArguments(args) {
  const { values, positionals } = parse(args);
  const given = { ...values, only: [values.only ?? [], ...positionals].flat().join() };
  const rounds = given.rounds === undefined ? undefined : Number(given.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new UsageError(`--rounds must be a whole number above 0. Received ${given.rounds}`);
  }
  const isTrial = given.only
    ? chosen(given.only, [...GROUPS, ...TRIALS.map(({ name }) => name)], 'trial')
    : () => true;
  const isStore = given.stores ? chosen(given.stores, Object.keys(STORES), 'store') : () => true;
  const trials = TRIALS.filter(({ name, group }) => isTrial(name) || isTrial(group))
    .map((trial) => (given.quick ? quick(trial) : trial))
    .map((trial) => ({ ...trial, stores: trial.stores.filter(isStore) }))
    .map((trial) => ({ ...trial, rounds: rounds ?? trial.rounds }))
    .filter(({ stores }) => stores.length > 0);
  const isPart = given.quick || given.only || given.stores;
  const results = path.resolve(given.results ?? path.join(PUBLISHED, ...(isPart ? ['part'] : [])));
  const isPublished = results === PUBLISHED && !given.quick;
  return { ...given, trials, results, isPublished, folder: path.resolve(given.folder) };
}

module.exports = { PUBLISHED, USAGE, UsageError, readArguments };
