'use strict';

// Groups of stores for the trials. All stores of a trial are equally durable; less durable ones
// have their own trials. better-sqlite3 has blocking writes only, and is among the awaited ones
// because many programs choose between the two.

const DISK = ['persist-lock', 'lmdb', 'better-sqlite3', 'classic-level'];
const OS = ['persist-lock-os', 'lmdb-unsynced', 'better-sqlite3-normal', 'classic-level-unsynced'];
const LESS = ['node-persist', 'conf', 'lockfile-and-atomic'];

/** Blocking writes, by durability. */
const BLOCKING = {
  disk: ['persist-lock-blocking', 'better-sqlite3', 'node-sqlite', 'lmdb-blocking', 'floor-write'],
  os: [
    'persist-lock-os-blocking',
    'better-sqlite3-normal',
    'node-sqlite-normal',
    'lmdb-unsynced-blocking',
  ],
};

/** Awaited writes, by durability. */
const AWAITED = { disk: [...DISK, 'floor-write-thread'], os: OS };

/** All reads of single items and listings block in the other stores. */
const READ = ['persist-lock', 'persist-lock-blocking', 'lmdb', 'better-sqlite3', 'classic-level'];

const BATCH = ['better-sqlite3-batch', 'floor-json'];
const SHARED = [
  'persist-lock',
  'persist-lock-blocking',
  'lmdb',
  'lmdb-blocking',
  'better-sqlite3',
  'classic-level',
];
const BY_SIZE = ['persist-lock', 'lmdb', 'better-sqlite3'];

module.exports = { AWAITED, BATCH, BLOCKING, BY_SIZE, DISK, LESS, OS, READ, SHARED };
