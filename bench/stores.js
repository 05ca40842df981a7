'use strict';

// Every store that is measured, as data. A new one is an adapter in `stores/` and an entry here.
//
// durability   what a resolved write survives. 'disk': a power cut. 'os': the death of the process.
//              'file': the same; files are replaced at once and synced, but not their folder.
//              'none': nothing, a kill can leave half a write
// isFloor      no store: the least time that the work can take
// slowness     divides the number of operations in a trial, so that a run ends
// isVolatile   keeps nothing in the folder
// noProcesses  the reason why several processes cannot share it

const path = require('node:path');

const ONE_PROCESS = 'one process at a time';
const NO_LOCK = 'processes overwrite each other';

const STORES = {
  'persist-lock': { options: { durability: 'disk' }, durability: 'disk' },
  lmdb: { durability: 'disk' },
  'lmdb-blocking': {
    label: 'lmdb, transactionSync',
    adapter: 'lmdb',
    options: { blocking: true },
    durability: 'disk',
  },
  'better-sqlite3': { label: 'better-sqlite3, FULL', durability: 'disk' },
  'better-sqlite3-batch': {
    label: 'better-sqlite3, all in one transaction',
    adapter: 'better-sqlite3',
    options: { oneTransaction: true },
    durability: 'disk',
  },
  'better-sqlite3-joined': {
    label: 'better-sqlite3, texts parsed as one',
    adapter: 'better-sqlite3',
    options: { joined: true },
    durability: 'disk',
  },
  'classic-level': { label: 'classic-level, sync', durability: 'disk', noProcesses: ONE_PROCESS },

  'persist-lock-os': {
    label: "persist-lock, 'os'",
    adapter: 'persist-lock',
    options: { durability: 'os' },
    durability: 'os',
  },
  'lmdb-unsynced': {
    label: 'lmdb, noSync',
    adapter: 'lmdb',
    options: { noSync: true },
    durability: 'os',
  },
  'better-sqlite3-normal': {
    label: 'better-sqlite3, NORMAL',
    adapter: 'better-sqlite3',
    options: { synchronous: 'NORMAL' },
    durability: 'os',
  },
  'classic-level-unsynced': {
    label: 'classic-level, no sync',
    adapter: 'classic-level',
    options: { sync: false },
    durability: 'os',
    noProcesses: ONE_PROCESS,
  },

  'node-persist': { durability: 'none', slowness: 20, noProcesses: NO_LOCK },
  conf: { durability: 'file', slowness: 500, noProcesses: NO_LOCK },
  'lockfile-and-atomic': {
    label: 'proper-lockfile + write-file-atomic',
    durability: 'file',
    slowness: 20,
  },

  'floor-append': { label: 'bare write + fdatasync', durability: 'disk', isFloor: true },
  'floor-append-thread': {
    label: 'the same, synced on a thread',
    adapter: 'floor-append',
    options: { onThread: true },
    durability: 'disk',
    isFloor: true,
  },
  'floor-json': { label: 'JSON alone', durability: 'none', isFloor: true, isVolatile: true },
};

/** Gives a store's entry with its name and all defaults. */
function storeNamed(name) {
  const entry = STORES[name];
  if (!entry) throw new Error(`There is no store ${name}. There are: ${Object.keys(STORES)}`);
  return { name, label: name, adapter: name, options: {}, slowness: 1, ...entry };
}

/** Loads a store's adapter, which loads its package. */
function loadAdapter({ adapter }) {
  return require(path.join(__dirname, 'stores', adapter));
}

/** Tells whether measuring a store needs packages of the benchmark. */
function needsPackages(name) {
  const { adapter, isFloor } = storeNamed(name);
  return adapter !== 'persist-lock' && !isFloor;
}

module.exports = { STORES, loadAdapter, needsPackages, storeNamed };
