'use strict';

// Listings that need a small part of a large store: `hits` lists the first items of a random prefix,
// `walk` takes the first item of a walk over all, in a new process.

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

async function walk({ open }) {
  const store = await open();
  let first;
  const time = await timed(async () => {
    for await (const [key] of store.walk()) {
      first = key;
      break;
    }
  });
  assert.equal(first, keyOf(0));
  return { time: each(time, 1) };
}

const OPERATIONS = { hits, walk };

module.exports = (context) => OPERATIONS[context.trial.operation](context);
