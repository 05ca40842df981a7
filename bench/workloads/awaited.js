'use strict';

// One write after another, each awaited before the next begins.

const assert = require('node:assert/strict');
const { keyOf, valueOf } = require('../lib/items');
const { each, isPending, repeated, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');

function countUp(current) {
  return { ...current, count: current.count + 1 };
}

async function awaited({ trial, count, keys, repeats, open }) {
  const store = await open();
  const { below } = random(1);
  const { operation, valueBytes } = trial;
  const values = Array.from({ length: Math.min(count, 1000) }, (_, at) => valueOf(at, valueBytes));
  const edit = (current) => countUp(current ?? valueOf(0, valueBytes));

  let edits = 0;
  return repeated(repeats, async () => {
    const names = Array.from({ length: count }, () => keyOf(below(keys)));
    const time = await timed(async () => {
      for (let at = 0; at < count; at++) {
        const key = names[at];
        const written =
          operation === 'edit' ? store.edit(key, edit) : store.set(key, values[at % values.length]);
        if (isPending(written)) await written;
      }
    });
    edits += count;
    const { count: counted } = await store.get(names.at(-1));
    if (operation === 'edit' && keys === 1) assert.equal(counted, edits);
    return { time: each(time, count) };
  });
}

module.exports = awaited;
