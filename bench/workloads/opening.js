'use strict';

// Opens a store in a new process, up to the first value read. The package is loaded before.

const assert = require('node:assert/strict');
const { keyOf } = require('../lib/items');
const { timed } = require('../lib/timing');

async function opening({ trial: { items }, open }) {
  let value;
  const time = await timed(async () => {
    const store = await open();
    value = await store.get(keyOf(items - 1));
  });
  assert.equal(value.id, items - 1);
  return { opening: time };
}

module.exports = opening;
