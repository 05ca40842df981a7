'use strict';

// Listings of a small part of a large store, which must not cost what the whole store does.

const { inThousands } = require('../lib/measures');

const ITEMS = 1_000_000;
const STORES = ['persist-lock', 'persist-lock-blocking', 'better-sqlite3'];

module.exports = [
  {
    name: 'prefix-1m',
    title: `28 items of a prefix among ${inThousands(ITEMS)}`,
    operation: 'hits',
    stores: STORES,
    count: 500,
    rounds: 7,
  },
  {
    name: 'walk-1m',
    title: `the first item of a walk over ${inThousands(ITEMS)}, in a new process`,
    operation: 'walk',
    stores: ['persist-lock', 'better-sqlite3'],
    rounds: 5,
  },
].map((trial) => ({ ...trial, workload: 'prefixes', items: ITEMS, isRead: true }));
