'use strict';

// A callback is given the newest item, also after a wait.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened } = require('../support/postgres/places');

// A statement that waits for a lock reads by the snapshot of its beginning.
test('a call that has waited is given what was stored meanwhile', async (t) => {
  const place = await newPlace(t);
  const holder = startActor(t, place);
  await holder.call('set', 'a', 0);
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const store = opened(t, place, { lockTimeout: 60_000 });
  const waiting = [
    store.editItem('a', (current) => current + 1),
    store.viewItem('a', (current) => current),
    store.editItems(['a', 'b'], (items) => [['b', items.get('a')]]),
  ];
  await untilWaiting(place);
  await edit.finish(7);
  const [edited, viewed] = await Promise.all(waiting);
  assert.equal(edited, 8);
  assert.equal(viewed, 8);
  assert.equal(await store.getItem('b'), 8);
});

test('a read sees every edit that another process was told of before', async (t) => {
  const place = await newPlace(t);
  const [writer, store] = [startActor(t, place), opened(t, place)];
  for (let at = 0; at < 50; at++) {
    await writer.call('set', 'a', at);
    assert.equal(await store.getItem('a'), at);
    assert.deepEqual(await store.values(), [at]);
  }
});
