'use strict';

// Writes to new stores: awaited and concurrent ones, and their pauses of the event loop.

const { AWAITED, BATCH, DISK, LESS, OS } = require('./groups');

const WRITES = [
  {
    name: 'edit-awaited',
    title: 'one awaited edit after another',
    workload: 'awaited',
    operation: 'edit',
    stores: [...DISK, ...AWAITED],
    count: 200,
    keys: 1,
    rounds: 7,
  },
  {
    name: 'edit-awaited-long',
    title: 'one awaited edit after another, for two seconds',
    workload: 'awaited',
    operation: 'edit',
    stores: [...DISK, ...AWAITED],
    count: 200,
    keys: 1,
    repeats: 20,
  },
  {
    name: 'set-awaited',
    title: 'one awaited set after another',
    workload: 'awaited',
    operation: 'set',
    stores: [...DISK, ...AWAITED],
    count: 200,
    keys: 1000,
    rounds: 7,
  },
  {
    name: 'edit-counter',
    title: '2 000 edits of one counter at once',
    workload: 'at-once',
    operation: 'count',
    stores: [...DISK, ...BATCH],
    count: 2000,
    keys: 1,
    repeats: 100,
  },
  {
    name: 'edit-one-key',
    title: '2 000 edits of one item at once',
    workload: 'at-once',
    operation: 'edit',
    stores: [...DISK, ...BATCH],
    count: 2000,
    keys: 1,
    repeats: 100,
  },
  {
    name: 'set-10k',
    title: '10 000 sets of distinct keys at once',
    workload: 'at-once',
    operation: 'set',
    stores: [...DISK, ...BATCH],
    count: 10_000,
    repeats: 10,
  },
  {
    name: 'set-100k',
    title: '100 000 sets of distinct keys at once',
    workload: 'at-once',
    operation: 'set',
    stores: ['persist-lock', 'lmdb', ...BATCH],
    count: 100_000,
    repeats: 1,
  },
  {
    name: 'pause-set',
    title: 'longest stretch on the event loop, 10 000 sets at once',
    workload: 'pause',
    operation: 'set',
    stores: DISK,
    count: 10_000,
    repeats: 3,
  },
  {
    name: 'pause-edit',
    title: 'longest stretch on the event loop, 10 000 edits of distinct keys at once',
    workload: 'pause',
    operation: 'edit',
    stores: ['persist-lock', 'lmdb'],
    count: 10_000,
    repeats: 3,
  },
];

const LESS_DURABLE_WRITES = [
  {
    name: 'edit-awaited-os',
    title: 'one awaited edit after another, less durable',
    workload: 'awaited',
    operation: 'edit',
    stores: [...OS, ...LESS],
    count: 1000,
    keys: 1,
  },
  {
    name: 'set-awaited-os',
    title: 'one awaited set after another, less durable',
    workload: 'awaited',
    operation: 'set',
    stores: [...OS, ...LESS],
    count: 1000,
    keys: 1000,
  },
  {
    name: 'set-10k-os',
    title: '10 000 sets of distinct keys at once, less durable',
    workload: 'at-once',
    operation: 'set',
    stores: [...OS, ...LESS],
    count: 10_000,
    repeats: 3,
  },
];

module.exports = [...WRITES, ...LESS_DURABLE_WRITES];
