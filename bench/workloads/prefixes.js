'use strict';

// Listings that need a small part of a large store: `hits` lists the first items of a random prefix,
// `walk` takes the first item of a walk over all, `open-and-walk` does so in a new process, opening
// included: a store may still sort its keys then.

const assert = require('node:assert/strict');
const { keyOf } = require('../lib/items');
const { each, isPending, repeated, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');

/** The number of items that a listing has. */
const HITS = 28;

/** Draws beginnings of keys, each of more items than that. */
function drawPrefixes(count, items, { below }) {
  return Array.from({ length: count }, () => keyOf(1 + below(items / 1000 - 1)));
}

async function hits({ trial: { items }, count, repeats, open }) {
  const store = await open();
  const randomly = random(1);
  return repeated(repeats, async () => {
    const prefixes = drawPrefixes(count, items, randomly);
    let found = 0;
    const time = await timed(async () => {
      for (const prefix of prefixes) {
        const listed = store.entriesWith(prefix, HITS);
        found += (isPending(listed) ? await listed : listed).length;
      }
    });
    assert.equal(found, count * HITS);
    return { time: each(time, count) };
  });
}

async function walk({ repeats, open }) {
  const store = await open();
  return repeated(repeats, async () => ({ time: each(await timed(() => takeFirst(store)), 1) }));
}

async function openAndWalk({ open }) {
  return { opening: await timed(async () => takeFirst(await open())) };
}

/** Takes the first item of a walk over all. */
async function takeFirst(store) {
  for await (const [key] of store.walk()) {
    assert.equal(key, keyOf(0));
    return;
  }
  assert.fail('there is no item');
}

const OPERATIONS = { hits, walk, 'open-and-walk': openAndWalk };

module.exports = (context) => OPERATIONS[context.trial.operation](context);
