'use strict';

// The stores that take part in trials of one kind. What is compared in one trial has the same durability; what has less
// is compared in trials of its own.

const DISK = ['persist-lock', 'lmdb', 'better-sqlite3', 'classic-level'];
const AWAITED = ['lmdb-blocking', 'floor-append', 'floor-append-thread'];
const BATCH = ['better-sqlite3-batch', 'floor-json'];
const OS = ['persist-lock-os', 'lmdb-unsynced', 'better-sqlite3-normal', 'classic-level-unsynced'];
const LESS = ['node-persist', 'conf', 'lockfile-and-atomic'];
const SHARED = ['persist-lock', 'lmdb', 'lmdb-blocking', 'better-sqlite3', 'classic-level'];
const BY_SIZE = ['persist-lock', 'lmdb', 'better-sqlite3'];

module.exports = { AWAITED, BATCH, BY_SIZE, DISK, LESS, OS, SHARED };
