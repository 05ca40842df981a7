'use strict';

// One read after another, of random keys.

const assert = require('node:assert/strict');
const { keyOf } = require('../lib/items');
const { each, isPending, repeated, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');

/**
 * Reads all these items, and adds up their numbers, so that no read can be optimised away. `read` is
 * a method of the store.
 */
async function readAll(store, names, read = 'get') {
  let sum = 0;
  for (const name of names) {
    const result = store[read](name);
    sum += (isPending(result) ? await result : result).id;
  }
  return sum;
}

function draw(count, keys, { below }) {
  const numbers = Array.from({ length: count }, () => below(keys));
  return { names: numbers.map(keyOf), sum: numbers.reduce((one, other) => one + other, 0) };
}

async function reads({ trial: { operation }, count, keys, repeats, open }) {
  const store = await open();
  const randomly = random(1);
  return repeated(repeats, async () => {
    const { names, sum } = draw(count, keys, randomly);
    let read;
    const time = await timed(async () => (read = await readAll(store, names, operation)));
    assert.equal(read, sum);
    return { time: each(time, count) };
  });
}

module.exports = reads;
module.exports.draw = draw;
module.exports.readAll = readAll;
