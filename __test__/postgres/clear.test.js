'use strict';

// `clear` beside the leases of other instances: it waits for those that there are, and those that come
// wait for it. Calls without a lease do not.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened } = require('../support/postgres/places');
const { held } = require('../support/waiting');

const options = { lockTimeout: 60_000 };

/** Holds a key in another process, while a second one waits to clear the store. */
async function whileClearing(t) {
  const place = await newPlace(t);
  const [holder, clearer] = [1, 2].map(() => startActor(t, place, options));
  const store = opened(t, place, options);
  await store.setItem('old', 1);
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const clear = clearer.call('clear');
  await untilWaiting(place, clearer.pid);
  return { place, store, holder, edit, clear };
}

test('a clear waits for the lease of another process, and clears what it stores', async (t) => {
  const { store, edit, clear } = await whileClearing(t);
  assert.equal(await store.getItem('old'), 1);
  await edit.finish('edited');
  await clear;
  assert.deepEqual(await store.keys(), []);
});

test('calls without a callback go on while a clear waits', async (t) => {
  const { store, edit, clear } = await whileClearing(t);
  await store.setItem('b', 1);
  await store.updateItem('b', 2);
  await store.setItems([['c', 3]]);
  assert.equal(await store.removeItem('c'), true);
  assert.equal(await store.removeItems({ prefix: 'c' }), 0);
  assert.deepEqual(await store.entries(), [
    ['b', 2],
    ['old', 1],
  ]);
  await edit.finish('edited');
  await clear;
  assert.deepEqual(await store.keys(), []);
});

test('a lease that begins after a clear waits for it', async (t) => {
  const { place, store, edit, clear } = await whileClearing(t);
  const callback = held();
  const later = store.editItem('old', callback);
  await untilWaiting(place);
  assert.equal(callback.hasBegun, undefined);
  await edit.finish('edited');
  await clear;
  await callback.begun();
  assert.equal(callback.current, undefined, 'the clear came first');
  callback.finish('later');
  await later;
  assert.deepEqual(await store.entries(), [['old', 'later']]);
});

// Otherwise leases that overlap would keep a clear waiting without end.
test('an instance that has a lease gets no new one before a clear that waits', async (t) => {
  const { place, store, holder, edit, clear } = await whileClearing(t);
  const later = holder.hold('holdEdit', 'old');
  await untilWaiting(place, holder.pid);
  assert.equal(await store.getItem('old'), 1);
  await edit.finish('edited');
  await clear;
  assert.equal(await later.begun, undefined, 'the clear came first');
  await later.finish('later');
  assert.deepEqual(await store.entries(), [['old', 'later']]);
});

test('a call inside a callback does not wait for a clear that waits for the callback', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place, options);
  const clearer = startActor(t, place, options);
  const callback = held();
  const edit = store.editItem('a', async () => {
    await callback();
    await store.setItem('b', 1);
    return store.editItem('c', async () => 'edited inside');
  });
  await callback.begun();
  const clear = clearer.call('clear');
  await untilWaiting(place, clearer.pid);
  callback.finish();
  assert.equal(await edit, 'edited inside');
  await clear;
  assert.deepEqual(await store.keys(), []);
});

test('an edit of many keys inside a callback does not wait for such a clear', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place, options);
  const clearer = startActor(t, place, options);
  const keys = Array.from({ length: 300 }, (_, at) => `key ${at}`);
  const callback = held();
  const edit = store.editItem('a', async () => {
    await callback();
    await store.editItems(keys, () => keys.map((key) => [key, 1]));
    await store.editItems(keys, async (items) => [...items.keys()].map((key) => [key, 2]));
    return 'edited';
  });
  await callback.begun();
  const clear = clearer.call('clear');
  await untilWaiting(place, clearer.pid);
  callback.finish();
  assert.equal(await edit, 'edited');
  await clear;
  assert.deepEqual(await store.keys(), []);
});

test('a clear inside a callback that has an asynchronous lease is a deadlock', async (t) => {
  const store = opened(t, await newPlace(t), options);
  await assert.rejects(
    store.editItem('a', async () => {
      await new Promise(setImmediate);
      await store.clear();
    }),
    { code: 'ERR_PERSIST_LOCK_DEADLOCK' },
  );
  await store.clear();
});

test('clears and edits of several processes at once all end', async (t) => {
  const place = await newPlace(t);
  const actors = [1, 2, 3].map(() => startActor(t, place, options));
  for (let round = 0; round < 10; round++) {
    const calls = actors.flatMap((actor, at) => [
      actor.call('append', 'a', '+'),
      at === round % 3 ? actor.call('clear') : actor.call('append', `own ${at}`, '+'),
      actor.hold('holdEdit', 'held'),
    ]);
    const holds = calls.filter((call) => call.begun);
    await Promise.all([
      ...calls.filter((call) => !call.begun),
      ...holds.map(async (hold) => {
        await hold.begun;
        await hold.finish(round);
      }),
    ]);
  }
});
