'use strict';

// The targets of persist-lock, as data. Each takes one measure of a trial and compares it
//
// best     with the better one of lmdb and better-sqlite3, equally durable: a ratio, round by round
// store    with that store, in the same way
// smaller  with its own measure in the same trial of a smaller store: the growth of the cost, whose
//          target is 1, flat
//
// or only with a number, in the measure's unit. `floor` names an entry of the trial that is no
// store: the least that this line can reach.

const BEST = ['lmdb', 'lmdb-blocking', 'better-sqlite3'];

const TARGETS = [
  {
    work: 'one awaited edit after another',
    trial: 'edit-awaited',
    best: true,
    floor: 'floor-append-thread',
    atMost: 1,
  },
  {
    work: 'the same, against a bare append and fdatasync',
    trial: 'edit-awaited',
    store: 'floor-append',
    floor: 'floor-append-thread',
    atMost: 1.5,
  },
  {
    work: 'one awaited set after another',
    trial: 'set-awaited',
    best: true,
    floor: 'floor-append-thread',
    atMost: 1,
  },
  { work: '2 000 edits of one counter at once', trial: 'edit-counter', best: true, atMost: 0.2 },
  { work: 'the same, of one item of 150 bytes', trial: 'edit-one-key', best: true, atMost: 0.2 },
  {
    work: '10 000 sets of distinct keys at once',
    trial: 'set-10k',
    best: true,
    floor: 'floor-json',
    atMost: 0.45,
  },
  { work: 'random reads of 10 000 items', trial: 'get-10k', best: true, atMost: 0.7 },
  {
    work: 'the same, each item for the first time',
    trial: 'get-10k',
    measure: 'firstPass',
    best: true,
    atMost: 0.7,
  },
  { work: 'random reads of 1 000 000 items', trial: 'get-1m', best: true, atMost: 0.65 },
  { work: 'reads of one hot item', trial: 'get-hot', best: true, atMost: 0.7 },
  { work: 'keys of 10 000 items', trial: 'keys-10k', best: true, atMost: 0.5 },
  { work: 'values of 10 000 items', trial: 'values-10k', best: true, atMost: 0.9 },
  { work: 'four processes editing one key', trial: 'four-one-key', best: true, atMost: 0.75 },
  {
    work: 'the slowest of the four, of the mean',
    trial: 'four-one-key',
    measure: 'share',
    atLeast: 0.8,
  },
  {
    work: 'opening 1 000 000 items of 150 bytes',
    trial: 'open-1m',
    measure: 'opening',
    atMost: 500,
  },
  { work: 'memory of the index', trial: 'memory-1m', measure: 'memory', atMost: 80 },
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
  {
    work: 'files after 1 000 000 overwrites, of the live data',
    trial: 'file-size',
    measure: 'size',
    atMost: 2.5,
  },
  {
    work: 'the same, once compacted',
    trial: 'file-size',
    measure: 'compacted',
    atMost: 2.5,
  },
  { work: 'the native file', trial: 'load', measure: 'native', atMost: 1.5 },
  {
    work: 'a random read among 1 000 000 items, of one among 1 000',
    trial: 'size-get-1m',
    smaller: 'size-get-1k',
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
].map((target) => ({ measure: 'time', ...target }));

module.exports = { BEST, TARGETS };
