'use strict';

// Every store that is measured, as data. A new one is an adapter in `stores/` and an entry here.
//
// durability   the worst event that a finished write survives. 'disk': a power cut. 'os': the death
//              of the process. 'file': the same; files are replaced at once and synced, but not
//              their folder. 'none': nothing, a kill can leave half a write
// label        its name in tables and pictures. Default: the name of the entry
// settings     words that follow the label where a trial writes
// isBlocking   its single writes block the event loop until they are as durable as it promises
// isFloor      no store: the least time that the work can take
// isBatch      answers several calls together, or uses a trick of the program: drawn, never compared
// slowness     divides the number of operations in a trial, so that a run ends
// isVolatile   keeps nothing in the folder
// noProcesses  the reason why several processes cannot share it
// missing      the reason why it cannot run here

const { isBuiltin } = require('node:module');
const path = require('node:path');

const ONE_PROCESS = 'one process at a time';
const NO_LOCK = 'processes overwrite each other';
const noNodeSqlite = isBuiltin('node:sqlite')
  ? {}
  : { missing: `Node ${process.versions.node} has no node:sqlite` };

const STORES = {
  'persist-lock': { options: { durability: 'disk' }, durability: 'disk' },
  'persist-lock-blocking': {
    label: 'persist-lock, blocking',
    adapter: 'persist-lock',
    options: { durability: 'disk', blocking: true },
    durability: 'disk',
    isBlocking: true,
  },
  lmdb: { settings: 'flushed', durability: 'disk' },
  'lmdb-blocking': {
    label: 'lmdb',
    settings: 'transactionSync',
    adapter: 'lmdb',
    options: { blocking: true },
    durability: 'disk',
    isBlocking: true,
  },
  'better-sqlite3': { settings: 'FULL', durability: 'disk', isBlocking: true },
  'better-sqlite3-batch': {
    label: 'better-sqlite3',
    settings: 'all in one transaction',
    adapter: 'better-sqlite3',
    options: { oneTransaction: true },
    durability: 'disk',
    isBlocking: true,
    isBatch: true,
  },
  'better-sqlite3-joined': {
    label: 'better-sqlite3, texts parsed as one',
    adapter: 'better-sqlite3',
    options: { joined: true },
    durability: 'disk',
    isBlocking: true,
    isBatch: true,
  },
  'node-sqlite': {
    label: 'node:sqlite',
    settings: 'FULL',
    durability: 'disk',
    isBlocking: true,
    ...noNodeSqlite,
  },
  'classic-level': { settings: 'sync', durability: 'disk', noProcesses: ONE_PROCESS },

  'persist-lock-os': {
    label: "persist-lock, 'os'",
    adapter: 'persist-lock',
    options: { durability: 'os' },
    durability: 'os',
  },
  'persist-lock-os-blocking': {
    label: "persist-lock, 'os', blocking",
    adapter: 'persist-lock',
    options: { durability: 'os', blocking: true },
    durability: 'os',
    isBlocking: true,
  },
  'lmdb-unsynced': {
    label: 'lmdb',
    settings: 'noSync',
    adapter: 'lmdb',
    options: { noSync: true },
    durability: 'os',
  },
  'lmdb-unsynced-blocking': {
    label: 'lmdb',
    settings: 'noSync, transactionSync',
    adapter: 'lmdb',
    options: { noSync: true, blocking: true },
    durability: 'os',
    isBlocking: true,
  },
  'better-sqlite3-normal': {
    label: 'better-sqlite3',
    settings: 'NORMAL',
    adapter: 'better-sqlite3',
    options: { synchronous: 'NORMAL' },
    durability: 'os',
    isBlocking: true,
  },
  'node-sqlite-normal': {
    label: 'node:sqlite',
    settings: 'NORMAL',
    adapter: 'node-sqlite',
    options: { synchronous: 'NORMAL' },
    durability: 'os',
    isBlocking: true,
    ...noNodeSqlite,
  },
  'classic-level-unsynced': {
    label: 'classic-level',
    settings: 'no sync',
    adapter: 'classic-level',
    options: { sync: false },
    durability: 'os',
    noProcesses: ONE_PROCESS,
  },

  'persist-lock-postgres': {
    label: 'persist-lock over PostgreSQL',
    durability: 'disk',
  },
  'postgres-row-lock': {
    label: 'SELECT … FOR UPDATE by hand',
    adapter: 'postgres-by-hand',
    options: { lock: 'row' },
    durability: 'disk',
  },
  'postgres-advisory-lock': {
    label: 'pg_advisory_xact_lock by hand',
    adapter: 'postgres-by-hand',
    options: { lock: 'advisory' },
    durability: 'disk',
  },
  'keyv-postgres': { label: '@keyv/postgres', durability: 'disk', noProcesses: NO_LOCK },

  'node-persist': { durability: 'none', slowness: 20, noProcesses: NO_LOCK },
  conf: { durability: 'file', isBlocking: true, slowness: 500, noProcesses: NO_LOCK },
  'lockfile-and-atomic': {
    label: 'proper-lockfile + write-file-atomic',
    durability: 'file',
    slowness: 20,
  },

  'floor-write': {
    label: 'bare write + fdatasync',
    durability: 'disk',
    isBlocking: true,
    isFloor: true,
  },
  'floor-write-thread': {
    label: 'bare write, fdatasync on a thread',
    adapter: 'floor-write',
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

/** Tells if a store is persist-lock. */
function isOurs(name) {
  return storeNamed(name).adapter.startsWith('persist-lock');
}

/** Tells if measuring a store needs packages of the benchmark. */
function needsPackages(name) {
  const { adapter, isFloor } = storeNamed(name);
  return !isOurs(name) && adapter !== 'node-sqlite' && !isFloor;
}

module.exports = { STORES, isOurs, loadAdapter, needsPackages, storeNamed };
