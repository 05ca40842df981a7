'use strict';

// Calls of several keys of which others have some: all or nothing, and nobody waits in vain.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened } = require('../support/postgres/places');

const options = { lockTimeout: 60_000 };

/** Holds one of the keys in another process, and makes some calls meanwhile. */
async function whileHeld(t, makeCalls) {
  const place = await newPlace(t);
  const [store, reader] = [opened(t, place, options), opened(t, place)];
  await store.setItems([
    ['a', 0],
    ['b', 0],
    ['c', 0],
  ]);
  const holder = startActor(t, place, options);
  const edit = holder.hold('holdEdit', 'b');
  await edit.begun;
  const calls = makeCalls(store);
  await untilWaiting(place);
  return { reader, calls, finish: () => edit.finish('edited') };
}

test('a set of several keys stores all of them, or none yet', async (t) => {
  const { reader, calls, finish } = await whileHeld(t, (store) => ({
    several: store.setItems([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]),
  }));
  assert.deepEqual(await reader.values(), [0, 0, 0]);
  await finish();
  await calls.several;
  assert.deepEqual(await reader.values(), [1, 1, 1]);
});

test('other sets of the same moment do not wait with it', async (t) => {
  const { reader, calls, finish } = await whileHeld(t, (store) => ({
    before: store.setItem('d', 1),
    several: store.setItems([
      ['a', 1],
      ['b', 1],
    ]),
    after: store.setItem('c', 1),
    busy: store.setItem('b', 2),
  }));
  await Promise.all([calls.before, calls.after]);
  assert.deepEqual(await reader.values(), [0, 0, 1, 1]);
  await finish();
  await Promise.all([calls.several, calls.busy]);
  assert.deepEqual(await reader.values(), [1, 2, 1, 1]);
});

test('a set of a key that others have is stored when they let go of it', async (t) => {
  const { reader, calls, finish } = await whileHeld(t, (store) => ({
    busy: Promise.all([store.setItem('b', 1), store.setItem('c', 1)]),
  }));
  assert.equal(await reader.getItem('b'), 0);
  await finish();
  await calls.busy;
  assert.deepEqual(await reader.values(), [0, 1, 1]);
});

test('an edit of several keys holds none of them while it waits for one', async (t) => {
  const { reader, calls, finish } = await whileHeld(t, (store) => ({
    several: store.editItems(['a', 'b'], (items) => [['a', [...items.values()]]]),
  }));
  await reader.setItem('a', 'by the other');
  assert.equal(await reader.getItem('a'), 'by the other');
  await finish();
  await calls.several;
  assert.deepEqual(await reader.getItem('a'), ['by the other', 'edited']);
});

test('a removal of several keys, and one by a prefix, are whole', async (t) => {
  const { reader, calls, finish } = await whileHeld(t, (store) => ({
    several: store.removeItems(['a', 'b']),
    prefix: store.removeItems({ prefix: '' }),
  }));
  assert.deepEqual(await reader.values(), [0, 0, 0]);
  await finish();
  assert.equal((await calls.several) + (await calls.prefix), 3);
  assert.deepEqual(await reader.keys(), []);
});

// Each waits for one key, and holds none.
test('processes that edit the same keys in different orders do not block each other', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place, options);
  const actors = [1, 2].map(() => startActor(t, place, options));
  const orders = [
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
  ];
  for (let round = 0; round < 20; round++) {
    const edits = actors.map((actor, at) => actor.hold('holdEdits', orders[at]));
    await Promise.all(
      edits.map(async (edit) => {
        await edit.begun;
        await edit.finish([['a', round]]);
      }),
    );
  }
  assert.equal(await store.getItem('a'), 19);
});
