'use strict';

// Reads of filled stores: single items by the size of the store, and listings.

const { LESS, READ } = require('./groups');
const { SIZES } = require('./store-sizes');
const { inThousands } = require('../lib/measures');

const LISTED = [
  { label: '10k', items: 10_000, others: LESS },
  { label: '100k', items: 100_000, others: [] },
];

const BY_STORE_SIZE = SIZES.map(({ label, items }) => ({
  name: `get-${label}`,
  title: `random reads of ${inThousands(items)} items`,
  workload: 'reads',
  stores: [...READ, ...(label === '10k' ? [...LESS, 'floor-json'] : [])],
  count: 50_000,
  items,
  repeats: 3,
  rounds: 7,
  series: 'get',
}));

const READS = [
  {
    name: 'first-get-10k',
    title: 'the first read of each of 10 000 items, in a new process',
    workload: 'first-reads',
    stores: [...READ, 'floor-json'],
    count: 10_000,
    items: 10_000,
    rounds: 9,
  },
  ...BY_STORE_SIZE,
  {
    name: 'get-hot',
    title: 'reads of one hot item',
    workload: 'reads',
    stores: [...READ, 'node-persist', 'lockfile-and-atomic', 'floor-json'],
    count: 50_000,
    items: 10_000,
    keys: 1,
    rounds: 7,
    series: 'get-hot',
  },
  {
    name: 'get-or-set-hot',
    title: 'getOrSet of one hot item, which is there',
    workload: 'reads',
    operation: 'getOrSet',
    stores: ['persist-lock'],
    count: 50_000,
    items: 10_000,
    keys: 1,
    rounds: 7,
    series: 'get-hot',
  },
  {
    name: 'get-while-written',
    title: 'random reads of 10 000 items while another process writes',
    workload: 'reads-while-written',
    stores: ['persist-lock', 'persist-lock-blocking', 'lmdb', 'better-sqlite3'],
    count: 50_000,
    items: 10_000,
  },
  ...LISTED.flatMap(({ label, items, others }) =>
    ['keys', 'values', 'entries'].map((operation) => ({
      name: `${operation}-${label}`,
      title: `${operation} of ${inThousands(items)} items`,
      workload: 'listings',
      operation,
      stores: [
        ...READ,
        ...(operation === 'values' ? ['better-sqlite3-joined'] : []),
        ...(operation === 'entries' ? [] : others),
        'floor-json',
      ],
      count: items,
      items,
      repeats: label === '10k' ? 11 : 5,
      rounds: label === '10k' ? 7 : 3,
    })),
  ),
];

module.exports = READS.map((trial) => ({ ...trial, isRead: true }));
