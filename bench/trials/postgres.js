'use strict';

// Stores in a PostgreSQL server on this machine, and the same with 2 ms more for each round trip, as
// a network between two data centres of a region has them.

const STORES = [
  'persist-lock-postgres',
  'postgres-row-lock',
  'postgres-advisory-lock',
  'keyv-postgres',
];
/** Without an edit of its own, Keyv is no store for edits of several processes. */
const EDITING = STORES.slice(0, 3);
/** Sets and reads by hand are the same with either lock. */
const PLAIN = ['persist-lock-postgres', 'postgres-row-lock', 'keyv-postgres'];

const TRIALS = [
  {
    name: 'edit',
    title: 'one awaited edit after another',
    workload: 'one-by-one',
    operation: 'edit',
    stores: STORES,
    warmUp: 500,
    count: 2000,
    keys: 1,
    rounds: 7,
  },
  {
    name: 'edit-async',
    title: 'one awaited edit by an asynchronous callback after another',
    workload: 'one-by-one',
    operation: 'edit-async',
    stores: STORES,
    warmUp: 500,
    count: 2000,
    keys: 1,
    rounds: 7,
  },
  {
    name: 'set',
    title: 'one awaited set after another',
    workload: 'one-by-one',
    operation: 'set',
    stores: PLAIN,
    warmUp: 500,
    count: 2000,
    keys: 1000,
    rounds: 7,
  },
  {
    name: 'get',
    title: 'one awaited read after another of 10 000 items',
    workload: 'reads',
    stores: PLAIN,
    count: 2000,
    items: 10_000,
    repeats: 3,
    rounds: 7,
    isRead: true,
  },
  {
    name: 'edit-one-key',
    title: '2 000 edits of one object at once',
    workload: 'at-once',
    operation: 'edit',
    stores: EDITING,
    count: 2000,
    keys: 1,
    repeats: 20,
  },
  {
    name: 'edit-2k-keys',
    title: '2 000 edits of as many keys at once',
    workload: 'at-once',
    operation: 'edit',
    stores: EDITING,
    count: 2000,
    repeats: 10,
  },
  {
    name: 'set-10k',
    title: '10 000 sets of distinct keys at once',
    workload: 'at-once',
    operation: 'set',
    stores: PLAIN,
    count: 10_000,
    repeats: 5,
  },
  {
    name: 'get-10k',
    title: '10 000 reads at once of 10 000 items',
    workload: 'reads-at-once',
    stores: PLAIN,
    count: 10_000,
    items: 10_000,
    repeats: 5,
    isRead: true,
  },
  {
    name: 'four-one-key',
    title: 'four processes editing one key',
    workload: 'processes',
    operation: 'one',
    stores: EDITING,
    rounds: 7,
  },
];

const DELAY = 2;
/** The number of operations one after another of which each takes several delays. */
const DELAYED_COUNT = 200;

function delayed(trial) {
  const isLong = trial.workload === 'one-by-one' || trial.workload === 'reads';
  return {
    ...trial,
    ...(isLong && { warmUp: 50, count: DELAYED_COUNT }),
    // 2 000 transactions by hand that wait for each other take half a minute.
    ...(trial.name === 'edit-one-key' && {
      count: DELAYED_COUNT,
      title: '200 edits of one object at once',
    }),
    repeats: 1,
    rounds: 3,
    delay: DELAY,
  };
}

const DELAYED = TRIALS.map(delayed).map((trial) => ({
  ...trial,
  name: `${trial.name}-delayed`,
  title: `${trial.title}, with ${DELAY} ms more a round trip`,
}));

module.exports = [...TRIALS, ...DELAYED].map((trial) => ({
  ...trial,
  name: `postgres-${trial.name}`,
  title: `over PostgreSQL: ${trial.title}`,
  inDatabase: true,
}));
