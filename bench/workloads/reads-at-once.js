'use strict';

// Reads that do not wait for each other: all are called in one go. The clock stops at the last.

const assert = require('node:assert/strict');
const { each, repeated, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');
const { draw } = require('./reads');

async function readsAtOnce({ count, keys, repeats, open }) {
  const store = await open();
  const randomly = random(1);
  return repeated(repeats, async () => {
    const { names, sum } = draw(count, keys, randomly);
    let values;
    const time = await timed(async () => (values = await store.getAll(names)));
    assert.equal(
      values.reduce((total, { id }) => total + id, 0),
      sum,
    );
    return { time: each(time, count) };
  });
}

module.exports = readsAtOnce;
