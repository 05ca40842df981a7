'use strict';

// The first reads of a new process: every item once, in random order, in code that has not run yet.
// Opening the store does not count.

const assert = require('node:assert/strict');
const { keyOf } = require('../lib/items');
const { each, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');
const { readAll } = require('./reads');

/** Gives every number below `count` once, in random order. */
function shuffled(count, { below }) {
  const numbers = Array.from({ length: count }, (_, number) => number);
  for (let at = count - 1; at > 0; at--) {
    const other = below(at + 1);
    [numbers[at], numbers[other]] = [numbers[other], numbers[at]];
  }
  return numbers;
}

async function firstReads({ trial: { items }, count, open }) {
  const store = await open();
  const numbers = shuffled(items, random(1)).slice(0, count);
  const names = numbers.map(keyOf);
  let read;
  const time = await timed(async () => (read = await readAll(store, names)));
  assert.equal(
    read,
    numbers.reduce((one, other) => one + other, 0),
  );
  return { time: each(time, count) };
}

module.exports = firstReads;
