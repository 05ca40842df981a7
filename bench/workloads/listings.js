'use strict';

// Lists all keys, values or entries of a store as an array. The time is that of one item.

const assert = require('node:assert/strict');
const { each, repeated, timed } = require('../lib/timing');

async function listings({ trial: { operation, items }, repeats, open }) {
  const store = await open();
  return repeated(repeats, async () => {
    let listed;
    const time = await timed(async () => (listed = await store[operation]()));
    assert.equal(listed.length, items);
    return { time: each(time, items) };
  });
}

module.exports = listings;
