'use strict';

// Reads of filled stores: single items and listings.

const { DISK, LESS } = require('./groups');
const { inThousands } = require('../lib/measures');

const LISTED = [
  { label: '10k', items: 10_000, others: LESS },
  { label: '100k', items: 100_000, others: [] },
];

const READS = [
  {
    name: 'get-10k',
    title: 'random reads of 10 000 items',
    workload: 'reads',
    stores: [...DISK, ...LESS, 'floor-json'],
    count: 10_000,
    items: 10_000,
  },
  {
    name: 'get-1m',
    title: 'random reads of 1 000 000 items',
    workload: 'reads',
    stores: DISK,
    count: 100_000,
    items: 1_000_000,
    repeats: 3,
  },
  {
    name: 'get-hot',
    title: 'reads of one hot item',
    workload: 'reads',
    stores: [...DISK, 'node-persist', 'lockfile-and-atomic', 'floor-json'],
    count: 50_000,
    items: 10_000,
    keys: 1,
  },
  {
    name: 'get-while-written',
    title: 'random reads of 10 000 items while another process writes',
    workload: 'reads-while-written',
    stores: ['persist-lock', 'lmdb', 'better-sqlite3'],
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
        ...DISK,
        ...(operation === 'values' ? ['better-sqlite3-joined'] : []),
        ...(operation === 'entries' ? [] : others),
        'floor-json',
      ],
      count: items,
      items,
      rounds: 5,
    })),
  ),
];

module.exports = READS;
