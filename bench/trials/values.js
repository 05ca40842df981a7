'use strict';

// Values from small to large.

const { DISK } = require('./groups');

const VALUE_SIZES = [
  { label: '100 B', valueBytes: 100, count: 200 },
  { label: '10 kB', valueBytes: 10_000, count: 100 },
  { label: '1 MB', valueBytes: 1_000_000, count: 10 },
];

module.exports = VALUE_SIZES.flatMap(({ label, valueBytes, count }) => [
  {
    name: `set-${label.replace(' ', '')}`,
    title: `awaited sets of ${label} each`,
    workload: 'awaited',
    operation: 'set',
    stores: [...DISK, 'floor-append'],
    valueBytes,
    count,
    keys: 10,
    repeats: 3,
  },
  {
    name: `get-${label.replace(' ', '')}`,
    title: `random reads of ${label} each`,
    workload: 'reads',
    stores: [...DISK, 'floor-json'],
    valueBytes,
    count: 20 * count,
    items: 100,
    repeats: 3,
  },
]);
