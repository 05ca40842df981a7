'use strict';

// Groups of stores for the trials. All stores of a trial are equally durable; less durable ones
// have their own trials.

const DISK = ['persist-lock', 'lmdb', 'better-sqlite3', 'classic-level'];
const AWAITED = ['lmdb-blocking', 'floor-append', 'floor-append-thread'];
const BATCH = ['better-sqlite3-batch', 'floor-json'];
const OS = ['persist-lock-os', 'lmdb-unsynced', 'better-sqlite3-normal', 'classic-level-unsynced'];
const LESS = ['node-persist', 'conf', 'lockfile-and-atomic'];
const SHARED = ['persist-lock', 'lmdb', 'lmdb-blocking', 'better-sqlite3', 'classic-level'];
const BY_SIZE = ['persist-lock', 'lmdb', 'better-sqlite3'];

module.exports = { AWAITED, BATCH, BY_SIZE, DISK, LESS, OS, SHARED };
