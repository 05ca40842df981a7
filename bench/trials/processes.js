'use strict';

// Several processes that write to one store.

const { SHARED } = require('./groups');

module.exports = [
  {
    name: 'four-one-key',
    title: 'four processes editing one key',
    workload: 'processes',
    operation: 'one',
    stores: [...SHARED, 'classic-level', 'node-persist', 'conf'],
  },
  {
    name: 'four-own-keys',
    title: 'four processes editing a key each',
    workload: 'processes',
    operation: 'own',
    stores: [...SHARED, 'classic-level'],
  },
];
