'use strict';

// Listings of a small part of a large store, which must not cost what the whole store does.

const { inThousands } = require('../lib/measures');

const ITEMS = 1_000_000;
const WALKED = ['persist-lock', 'better-sqlite3'];
const LISTED = [...WALKED, 'persist-lock-blocking'];

module.exports = [
  {
    name: 'prefix-1m',
    title: `28 items of a prefix among ${inThousands(ITEMS)}`,
    operation: 'hits',
    stores: LISTED,
    count: 500,
    rounds: 7,
  },
  {
    name: 'walk-1m',
    title: `the first item of a walk over ${inThousands(ITEMS)}`,
    operation: 'walk',
    stores: WALKED,
  },
  {
    name: 'open-and-walk-1m',
    title: `opening ${inThousands(ITEMS)} in a new process, and the first of a walk`,
    operation: 'open-and-walk',
    stores: WALKED,
  },
].map((trial) => ({ ...trial, workload: 'prefixes', items: ITEMS, isRead: true }));
