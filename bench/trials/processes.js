'use strict';

// Several processes that write to one store.

const { LESS, OS, SHARED } = require('./groups');

module.exports = [
  {
    name: 'four-one-key',
    title: 'four processes editing one key',
    workload: 'processes',
    operation: 'one',
    stores: SHARED,
    rounds: 7,
  },
  {
    name: 'four-own-keys',
    title: 'four processes editing a key each',
    workload: 'processes',
    operation: 'own',
    stores: SHARED,
  },
  {
    name: 'four-one-key-os',
    title: 'four processes editing one key, less durable',
    workload: 'processes',
    operation: 'one',
    stores: [...OS, ...LESS],
  },
];
