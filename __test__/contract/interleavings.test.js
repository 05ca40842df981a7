'use strict';

// Interleavings that broke earlier designs, each told before its test.

const assert = require('node:assert/strict');
const { setImmediate: immediate } = require('node:timers/promises');
const test = require('node:test');
const { leaveNothing, newPlace, open, temporaryStore } = require('../support/engine');
const { held, until } = require('../support/waiting');

// If a read waits for pending writes of its instance, it waits for the set, the set for the edit,
// and the edit for the read.
test('a read inside an edit does not wait for a set that waits for the edit', async (t) => {
  const store = temporaryStore(t, { lockTimeout: Infinity });
  const edit = store.editItem('A', async () => {
    await immediate();
    return [await store.getItem('A'), await store.keys()];
  });
  const set = store.setItem('B', 5);
  const waiting = store.setItem('A', 6);
  assert.deepEqual(await edit, [null, ['B']]);
  await Promise.all([set, waiting]);
  assert.equal(await store.getItem('A'), 6);
});

// If calls of several keys queue for each key when they are made, the set of B queues after them,
// and they wait for A.
test('a set inside an edit does not queue after calls that wait for the edit', async (t) => {
  const store = temporaryStore(t, { lockTimeout: Infinity });
  const edit = store.editItem('A', async () => {
    await immediate();
    await immediate();
    await store.setItem('B', 1);
    return 'edited';
  });
  const both = store.editItems(['A', 'B'], (items) => [['A', [...items.values()]]]);
  const cleared = store.clear();
  assert.equal(await edit, 'edited');
  await Promise.all([both, cleared]);
});

// If all waits share one pool of threads, those for keys can take every thread, and none is left
// for the commits that would free the keys.
test('hundreds of edits of two instances wait for each other’s keys, and all end', async (t) => {
  const place = newPlace(t);
  const stores = [1, 2].map(() => open(place, { lockTimeout: Infinity }));
  const keys = [0, 1].map((which) => Array.from({ length: 200 }, (_, at) => `${which}.${at}`));
  const callbacks = stores.map(() => held());
  const edits = stores.map((store, which) => store.editItems(keys[which], callbacks[which]));
  await until(() => callbacks.every(({ hasBegun }) => hasBegun));
  const waiting = stores.flatMap((store, which) =>
    keys[1 - which].map((key) => store.editItem(key, async (current) => `${current}, edited`)),
  );
  for (const store of stores) await store.setItem('free', 1);
  for (const { finish } of callbacks) finish([]);
  await Promise.all(edits);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['undefined, edited']));
  await leaveNothing(place, ...stores);
});
