'use strict';

// Writes that do not wait for each other: all are called in one go. The clock stops when the last
// is durable.

const assert = require('node:assert/strict');
const { keyOf, valueOf } = require('../lib/items');
const { each, repeated, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');

/** Makes the concurrent writes and a check of their result, for trials of time and of pauses. */
function writesAtOnce(store, { trial: { operation, items, valueBytes }, count, keys }) {
  // In a filled store, keys are drawn from its items.
  const { below } = random(1);
  const number = (at) => (items > 0 ? below(items) : at % keys);
  let generation = 0;

  if (operation === 'count') {
    const names = Array.from({ length: count }, (_, at) => keyOf(number(at)));
    return {
      prepare: () => {
        generation++;
        return () => store.editAll(names, (current) => (current ?? 0) + 1);
      },
      check: async () => assert.equal(await store.get(names[0]), (generation * count) / keys),
    };
  }
  if (operation === 'edit') {
    const names = Array.from({ length: count }, (_, at) => keyOf(number(at)));
    const edit = (current) =>
      current ? { ...current, count: current.count + 1 } : valueOf(0, valueBytes, 1);
    return {
      prepare: () => {
        generation++;
        return () => store.editAll(names, edit);
      },
      check: async () => {
        const { count: counted } = await store.get(names[0]);
        assert.equal(counted, (generation * count) / keys);
      },
    };
  }
  let pairs;
  return {
    prepare: () => {
      generation++;
      pairs = Array.from({ length: count }, (_, at) => {
        const name = number(at);
        return [keyOf(name), valueOf(name, valueBytes, generation)];
      });
      return () => store.setAll(pairs);
    },
    check: async () => {
      assert.deepEqual(await store.get(pairs[0][0]), pairs[0][1]);
      assert.deepEqual(await store.get(pairs.at(-1)[0]), pairs.at(-1)[1]);
    },
  };
}

async function atOnce(context) {
  const store = await context.open();
  const writes = writesAtOnce(store, context);
  return repeated(context.repeats, async () => {
    const time = await timed(writes.prepare());
    await writes.check();
    return { time: each(time, context.count) };
  });
}

module.exports = atOnce;
module.exports.writesAtOnce = writesAtOnce;
