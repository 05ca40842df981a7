'use strict';

// One write after another, to new stores: edits and sets, blocking and awaited, durable and less
// so; in the steady state, and the first ones of a short program.

const { AWAITED, BLOCKING, LESS } = require('./groups');

const OPERATIONS = [
  { operation: 'edit', keys: 1 },
  { operation: 'set', keys: 1000 },
];

const CALLS = [
  { calls: 'blocking', stores: BLOCKING, less: ['conf'] },
  { calls: 'awaited', stores: AWAITED, less: LESS.filter((name) => name !== 'conf') },
];

const DURABILITIES = [
  { durability: 'disk', suffix: '', note: '' },
  { durability: 'os', suffix: '-os', note: ', less durable' },
];

/**
 * The writes that come before the counted ones. After some thousand, better-sqlite3 writes over its
 * log instead of lengthening it, all stores have compacted, and V8 has compiled the code.
 */
const WARM_UP = { disk: 2000, os: 5000 };
const STEADY = { disk: 2000, os: 10_000 };
const FIRST = 300;

const combinations = DURABILITIES.flatMap((durability) =>
  OPERATIONS.flatMap((operation) =>
    CALLS.map((calls) => ({ ...durability, ...operation, ...calls })),
  ),
);

const steady = combinations.map(
  ({ durability, suffix, note, operation, keys, calls, stores, less }) => ({
    name: `${operation}-${calls}${suffix}`,
    title: `one ${calls} ${operation} after another, steady${note}`,
    workload: 'one-by-one',
    operation,
    stores: [...stores[durability], ...(durability === 'os' ? less : [])],
    warmUp: WARM_UP[durability],
    count: STEADY[durability],
    keys,
    rounds: 7,
  }),
);

const first = combinations.map(({ durability, suffix, note, operation, keys, calls, stores }) => ({
  name: `first-${operation}-${calls}${suffix}`,
  title: `the first ${FIRST} ${calls} ${operation}s of a program${note}`,
  workload: 'one-by-one',
  operation,
  stores: stores[durability],
  count: FIRST,
  keys,
  rounds: 9,
}));

module.exports = [...steady, ...first];
