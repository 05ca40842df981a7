'use strict';

// The costs of many stores in one process.

const STORES = ['persist-lock', 'persist-lock-os', 'node-persist'];

module.exports = [
  {
    name: 'many-stores',
    title: 'a new folder, opening and a first item; the stores stay open',
    workload: 'many-stores',
    stores: STORES,
    count: 600,
  },
];
