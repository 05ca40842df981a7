'use strict';

// The command line: what it may say, checked, with its defaults.

const path = require('node:path');
const { parseArgs } = require('node:util');
const { TRIALS, quick } = require('../trials');
const { STORES } = require('../stores');

const USAGE = `npm run bench -- [options]

  --quick          a fraction of everything, to see that it runs; the figures mean nothing
  --only NAMES     only these trials, separated by commas; * stands for anything
  --stores NAMES   only these stores, separated by commas
  --rounds N       so many rounds of each trial
  --folder FOLDER  where the stores are made; on the disk that is to be measured. Default: bench/.stores
  --results FOLDER where the results go. Default: bench/results, of a part of the trials bench/results/part
  --draw           measure nothing: make the tables and pictures of the results again
  --list           the names of the trials and stores
  --help           this
`;

const here = path.join(__dirname, '..');

class UsageError extends Error {}

function chosen(names, available, what) {
  const list = names.split(',').filter((name) => name !== '');
  // Names are letters, digits and hyphens: nothing in them means anything in an expression.
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
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        stores: { type: 'string' },
        rounds: { type: 'string' },
        folder: { type: 'string', default: path.join(here, '.stores') },
        results: { type: 'string' },
        draw: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** The trials with the stores of each, and where everything goes. */
function readArguments(args) {
  const given = parse(args);
  const rounds = given.rounds === undefined ? undefined : Number(given.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new UsageError(`--rounds takes a number above 0, and is ${given.rounds}`);
  }
  const isTrial = given.only
    ? chosen(
        given.only,
        TRIALS.map(({ name }) => name),
        'trial',
      )
    : () => true;
  const isStore = given.stores ? chosen(given.stores, Object.keys(STORES), 'store') : () => true;
  const trials = TRIALS.filter(({ name }) => isTrial(name))
    .map((trial) => (given.quick ? quick(trial) : trial))
    .map((trial) => ({ ...trial, stores: trial.stores.filter(isStore) }))
    .map((trial) => ({ ...trial, rounds: rounds ?? trial.rounds }))
    .filter(({ stores }) => stores.length > 0);
  const isPart = given.quick || given.only || given.stores;
  const results = given.results ?? path.join(here, 'results', ...(isPart ? ['part'] : []));
  return { ...given, trials, results: path.resolve(results), folder: path.resolve(given.folder) };
}

module.exports = { USAGE, UsageError, readArguments };
