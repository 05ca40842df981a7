'use strict';

// Values from small to large.

const { AWAITED, READ } = require('./groups');

const VALUE_SIZES = [
  { label: '100 B', valueBytes: 100, warmUp: 1000, count: 1000 },
  { label: '10 kB', valueBytes: 10_000, warmUp: 100, count: 300 },
  { label: '1 MB', valueBytes: 1_000_000, warmUp: 10, count: 20 },
];

module.exports = VALUE_SIZES.flatMap(({ label, valueBytes, warmUp, count }) => [
  {
    name: `set-${label.replace(' ', '')}`,
    title: `awaited sets of ${label} each`,
    workload: 'one-by-one',
    operation: 'set',
    stores: AWAITED.disk,
    valueBytes,
    warmUp,
    count,
    keys: 10,
  },
  {
    name: `get-${label.replace(' ', '')}`,
    title: `random reads of ${label} each`,
    workload: 'reads',
    isRead: true,
    stores: [...READ, 'floor-json'],
    valueBytes,
    count: 5 * count,
    items: 100,
    repeats: 3,
  },
]);
