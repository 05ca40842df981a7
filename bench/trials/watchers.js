'use strict';

// One edit after another in a program that watches other items: the cost of a commit for watchers
// that it does not concern.

const COUNTS = [0, 1, 100];

const STORES = [
  { stores: ['persist-lock'], suffix: '', note: '', warmUp: 500, count: 1000 },
  { stores: ['persist-lock-os'], suffix: '-os', note: ', less durable', warmUp: 1000, count: 4000 },
];

module.exports = STORES.flatMap(({ suffix, note, ...trial }) =>
  COUNTS.map((watchers) => ({
    ...trial,
    name: `edit-watched-${watchers}${suffix}`,
    title: `one awaited edit after another beside ${watchers} watchers${note}`,
    workload: 'one-by-one',
    operation: 'edit',
    keys: 1,
    watchers,
    series: `edit-watched${suffix}`,
    rounds: 7,
  })),
);
