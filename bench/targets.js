'use strict';

// The targets of persist-lock, as data: the rows of `ratios.md`.
//
// work       the words of the row
// trial      the trial whose measure it takes. `measure` names another one than the time
// store      the entry of persist-lock. Default: the awaited, durable one
// than       the store that it is compared with, equally durable, or several of them: the one with
//            the best median counts. The ratio is taken round by round
// fairShare  leaves out stores whose slowest process gets less than this part of the mean done
// smaller    the trial of a smaller store, to compare persist-lock with itself: the growth of the
//            cost, whose target is 1, flat
// floor      an entry of the trial that is no store: the least that this row can reach
// atMost     the target: the highest ratio or, without a comparison, the highest number
// atLeast    the lowest one, where more is better

/** The part of the mean that a store's slowest process must get done, or the store starves it. */
const FAIR_SHARE = 0.5;

/** All stores of the trials that are equally durable, each as most programs would use it. */
const ANY = ['lmdb', 'lmdb-blocking', 'better-sqlite3', 'node-sqlite', 'classic-level'];

const BLOCKING = { store: 'persist-lock-blocking', than: 'better-sqlite3', floor: 'floor-write' };
const AWAITED = { floor: 'floor-write-thread' };

const WRITES = ['edit', 'set'].flatMap((operation) => {
  const steady = `${operation}-awaited`;
  return [
    {
      ...BLOCKING,
      work: `a blocking ${operation}, steady`,
      trial: `${operation}-blocking`,
      atMost: 1,
    },
    {
      ...BLOCKING,
      work: `a blocking ${operation}, the first 300`,
      trial: `first-${operation}-blocking`,
      atMost: 0.7,
    },
    {
      ...AWAITED,
      work: `an awaited ${operation}, steady`,
      trial: steady,
      than: 'better-sqlite3',
      atMost: 1.25,
    },
    {
      ...AWAITED,
      work: `an awaited ${operation}, steady`,
      trial: steady,
      than: 'classic-level',
      atMost: 0.8,
    },
    {
      ...AWAITED,
      work: `an awaited ${operation}, steady`,
      trial: steady,
      than: 'lmdb',
      atMost: 0.5,
    },
    {
      ...AWAITED,
      work: `an awaited ${operation}, the first 300`,
      trial: `first-${operation}-awaited`,
      than: 'better-sqlite3',
      atMost: 0.7,
    },
  ];
});

const LESS_DURABLE_WRITES = [
  {
    work: "a blocking edit with `'os'`, steady",
    trial: 'edit-blocking-os',
    store: 'persist-lock-os-blocking',
    than: 'better-sqlite3-normal',
    atMost: 0.9,
  },
  {
    work: "an awaited edit with `'os'`, steady",
    trial: 'edit-awaited-os',
    store: 'persist-lock-os',
    than: 'better-sqlite3-normal',
    atMost: 1.1,
  },
  {
    work: "an awaited edit with `'os'`, steady",
    trial: 'edit-awaited-os',
    store: 'persist-lock-os',
    than: 'classic-level-unsynced',
    atMost: 0.75,
  },
];

const JOURNALED = ['ext4', 'xfs'].flatMap((fileSystem) => [
  {
    ...BLOCKING,
    work: `a blocking edit, ${fileSystem} with a journal in memory`,
    trial: `journaled-${fileSystem}`,
    atMost: 1,
  },
  {
    work: `flushes of a blocking edit, ${fileSystem} with a journal`,
    trial: `journaled-${fileSystem}`,
    store: 'persist-lock-blocking',
    measure: 'flushes',
    atMost: 1.05,
  },
]);

const AT_ONCE = [
  {
    work: '2 000 edits of one counter at once',
    trial: 'edit-counter',
    than: ANY,
    atMost: 0.3,
  },
  {
    work: '2 000 edits of one object at once',
    trial: 'edit-one-key',
    than: ANY,
    atMost: 0.45,
  },
  {
    work: '10 000 sets of distinct keys at once',
    trial: 'set-10k',
    than: 'lmdb',
    floor: 'floor-json',
    atMost: 0.6,
  },
  {
    work: 'longest stretch on the event loop, 10 000 sets at once',
    trial: 'pause-set',
    measure: 'pause',
    atMost: 8,
  },
  {
    work: 'longest stretch on the event loop, 10 000 edits at once',
    trial: 'pause-edit',
    measure: 'pause',
    atMost: 8,
  },
];

const PROCESSES = [
  {
    work: 'four processes editing one key, awaited',
    trial: 'four-one-key',
    than: ANY,
    fairShare: FAIR_SHARE,
    atMost: 0.8,
  },
  {
    work: 'the slowest of the four, of the mean',
    trial: 'four-one-key',
    measure: 'share',
    atLeast: 0.9,
  },
];

const READS = [
  {
    work: 'the first read of each of 10 000 items',
    trial: 'first-get-10k',
    atMost: [1.1, 0.9],
  },
  { work: 'random reads of 10 000 items', trial: 'get-10k', atMost: [0.7, 0.7] },
  {
    work: 'random reads of 1 000 000 items',
    trial: 'get-1m',
    atMost: [1.25, 1.1],
  },
  { work: 'reads of one hot item', trial: 'get-hot', atMost: [0.6, 0.5] },
].flatMap(({ work, atMost, ...target }) => [
  { ...target, work: `${work}, \`getItem\``, than: 'lmdb', atMost: atMost[0] },
  {
    ...target,
    work: `${work}, \`getItemSync\``,
    store: 'persist-lock-blocking',
    than: 'lmdb',
    atMost: atMost[1],
  },
]);

const LISTINGS = [
  { work: 'keys of 10 000 items, each', trial: 'keys-10k', than: ANY, atMost: 0.8 },
  {
    work: 'values of 10 000 items, each',
    trial: 'values-10k',
    than: ANY,
    atMost: 0.9,
  },
];

const PREFIXES = [
  {
    work: '28 items of a prefix among 1 000 000',
    trial: 'prefix-1m',
    than: 'better-sqlite3',
    atMost: 3,
  },
  { work: 'the first item of a walk over 1 000 000', trial: 'walk-1m', atMost: 10_000 },
];

const SIZES = [
  {
    work: 'the data file of a closed store with one item',
    trial: 'file-one-item',
    measure: 'file',
    atMost: 300,
  },
  {
    work: 'files after 1 000 000 overwrites, of the live data',
    trial: 'file-size',
    measure: 'size',
    atMost: 2.5,
  },
  { work: 'the same, once compacted', trial: 'file-size', measure: 'compacted', atMost: 2.5 },
  {
    work: 'opening 1 000 000 items of 150 bytes',
    trial: 'open-1m',
    measure: 'opening',
    atMost: 500,
  },
  { work: 'memory of the index', trial: 'memory-1m', measure: 'memory', atMost: 80 },
  { work: 'the native file', trial: 'load', measure: 'native', atMost: 1.5 },
  {
    work: 'a random read among 1 000 000 items, of one among 1 000',
    trial: 'get-1m',
    smaller: 'get-1k',
  },
  {
    work: 'an awaited edit among 1 000 000 items, of one among 1 000',
    trial: 'size-edit-1m',
    smaller: 'size-edit-1k',
  },
  {
    work: 'a set among 1 000 000 items, of one among 1 000',
    trial: 'size-set-1m',
    smaller: 'size-set-1k',
  },
];

const BY_HAND = ['postgres-row-lock', 'postgres-advisory-lock'];

const POSTGRES = [
  { work: 'an awaited edit', trial: 'edit', than: BY_HAND, atMost: 0.9 },
  {
    work: 'an awaited edit by an asynchronous callback',
    trial: 'edit-async',
    than: BY_HAND,
    atMost: 1.8,
  },
  {
    work: 'an awaited set',
    trial: 'set',
    than: ['postgres-row-lock', 'keyv-postgres'],
    atMost: 1.4,
  },
  {
    work: 'an awaited read',
    trial: 'get',
    than: ['postgres-row-lock', 'keyv-postgres'],
    atMost: 1.1,
  },
  { work: '2 000 edits of one object at once', trial: 'edit-one-key', than: BY_HAND, atMost: 0.01 },
  {
    work: '2 000 edits of as many keys at once',
    trial: 'edit-2k-keys',
    than: BY_HAND,
    atMost: 0.25,
  },
  {
    work: '10 000 sets of distinct keys at once',
    trial: 'set-10k',
    than: ['postgres-row-lock', 'keyv-postgres'],
    atMost: 0.15,
  },
  {
    work: '10 000 reads at once',
    trial: 'get-10k',
    than: ['postgres-row-lock', 'keyv-postgres'],
    atMost: 0.1,
  },
  { work: 'four processes editing one key', trial: 'four-one-key', than: BY_HAND, atMost: 1 },
].flatMap(({ work, trial, than, atMost }) => {
  const target = { store: 'persist-lock-postgres', than, atMost };
  const name = `postgres-${trial}`;
  return [
    { ...target, work: `over PostgreSQL: ${work}`, trial: name },
    { ...target, work: `the same, with 2 ms more a round trip`, trial: `${name}-delayed` },
  ];
});

const TARGETS = [
  ...WRITES,
  ...LESS_DURABLE_WRITES,
  ...JOURNALED,
  ...AT_ONCE,
  ...PROCESSES,
  ...READS,
  ...LISTINGS,
  ...PREFIXES,
  ...SIZES,
  ...POSTGRES,
  {
    work: 'over PostgreSQL: the slowest of the four, of the mean',
    trial: 'postgres-four-one-key',
    store: 'persist-lock-postgres',
    measure: 'share',
    atLeast: 0.9,
  },
].map((target) => ({ measure: 'time', store: 'persist-lock', ...target }));

module.exports = { FAIR_SHARE, TARGETS };
