'use strict';

// Durable edits on new file systems with a journal, in memory: the time without a disk, and the
// flushes that a commit costs on such a file system.

const STORES = [
  'persist-lock-blocking',
  'persist-lock',
  'better-sqlite3',
  'lmdb-blocking',
  'floor-write',
];

module.exports = ['ext4', 'xfs'].map((fileSystem) => ({
  name: `journaled-${fileSystem}`,
  title: `one durable edit after another, on ${fileSystem} with a journal in memory`,
  workload: 'one-by-one',
  operation: 'edit',
  fileSystem,
  stores: STORES,
  warmUp: 2000,
  count: 5000,
  keys: 1,
  rounds: 7,
}));
