'use strict';

// Stores from small to large: time and memory of opening, the cost of an operation, and the size of
// the files. Trials that open a filled store come before those that change it.

const { BY_SIZE, DISK } = require('./groups');
const { inThousands } = require('../lib/measures');

const SIZES = [
  { label: '1k', items: 1000 },
  { label: '10k', items: 10_000 },
  { label: '100k', items: 100_000 },
  { label: '1m', items: 1_000_000 },
];

const OPERATIONS = [
  { name: 'size-get', title: 'a random read', workload: 'reads', count: 20_000 },
  {
    name: 'size-edit',
    title: 'an awaited edit',
    workload: 'awaited',
    operation: 'edit',
    count: 200,
  },
  {
    name: 'size-set',
    title: 'one of 1 000 sets at once',
    workload: 'at-once',
    operation: 'set',
    count: 1000,
  },
];

const BY_STORE_SIZE = OPERATIONS.flatMap((operation) =>
  SIZES.map(({ label, items }) => ({
    ...operation,
    name: `${operation.name}-${label}`,
    title: `${operation.title} among ${inThousands(items)} items`,
    stores: BY_SIZE,
    items,
    repeats: 3,
    series: operation.name,
  })),
);

const OPENING = [
  ...SIZES.filter(({ label }) => label !== '10k').map(({ label, items }) => ({
    name: `open-${label}`,
    title: `opening ${inThousands(items)} items, and one read`,
    workload: 'opening',
    stores: DISK,
    items,
  })),
  {
    name: 'memory-1m',
    title: 'memory of an open store of 1 000 000 items',
    workload: 'memory',
    stores: DISK,
    items: 1_000_000,
    rounds: 3,
  },
  {
    name: 'load',
    title: 'loading the package',
    workload: 'loading',
    stores: [...DISK, 'node-persist', 'lockfile-and-atomic'],
  },
];

const FILES = [
  {
    name: 'file-size',
    title: '1 000 000 overwrites of 1 000 keys',
    workload: 'file-size',
    stores: DISK,
    count: 1_000_000,
    keys: 1000,
    rounds: 1,
  },
];

module.exports = [...OPENING, ...BY_STORE_SIZE, ...FILES];
