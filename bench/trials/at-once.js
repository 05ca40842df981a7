'use strict';

// Many concurrent writes to new stores, and their pauses of the event loop.

const { BATCH, DISK, LESS, OS } = require('./groups');

module.exports = [
  {
    name: 'edit-counter',
    title: '2 000 edits of one counter at once',
    workload: 'at-once',
    operation: 'count',
    stores: [...DISK, ...BATCH],
    count: 2000,
    keys: 1,
    repeats: 100,
    rounds: 7,
  },
  {
    name: 'edit-one-key',
    title: '2 000 edits of one object at once',
    workload: 'at-once',
    operation: 'edit',
    stores: [...DISK, ...BATCH],
    count: 2000,
    keys: 1,
    repeats: 100,
    rounds: 7,
  },
  {
    name: 'set-10k',
    title: '10 000 sets of distinct keys at once',
    workload: 'at-once',
    operation: 'set',
    stores: [...DISK, ...BATCH],
    count: 10_000,
    repeats: 10,
    rounds: 7,
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
    rounds: 7,
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
