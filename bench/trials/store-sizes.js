'use strict';

// The sizes of stores, in items, from small to large.

const SIZES = [
  { label: '1k', items: 1000 },
  { label: '10k', items: 10_000 },
  { label: '100k', items: 100_000 },
  { label: '1m', items: 1_000_000 },
];

module.exports = { SIZES };
