'use strict';

// Stores from small to large: time and memory of opening, the cost of a write, and the size of the
// files. Trials that open a filled store come before those that change it.

const { BY_SIZE, DISK } = require('./groups');
const { SIZES } = require('./store-sizes');
const { inThousands } = require('../lib/measures');

const OPERATIONS = [
  {
    series: 'size-edit',
    title: 'an awaited edit',
    workload: 'one-by-one',
    operation: 'edit',
    warmUp: 2000,
    count: 2000,
  },
  {
    series: 'size-set',
    title: 'one of 1 000 sets at once',
    workload: 'at-once',
    operation: 'set',
    count: 1000,
    repeats: 3,
  },
];

const BY_STORE_SIZE = OPERATIONS.flatMap((operation) =>
  SIZES.map(({ label, items }) => ({
    ...operation,
    name: `${operation.series}-${label}`,
    title: `${operation.title} among ${inThousands(items)} items`,
    stores: BY_SIZE,
    items,
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
    name: 'file-one-item',
    title: 'the files of a store with one item, after it was closed',
    workload: 'file-one-item',
    stores: DISK,
    rounds: 1,
  },
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

module.exports = [
  ...OPENING.map((trial) => ({ ...trial, isRead: true })),
  ...BY_STORE_SIZE,
  ...FILES,
];
