'use strict';

// Calls of several keys: editItems, clear, the sweep of expired items, and very many calls at once.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor } = require('../support/actor');
const { REMOVE, leaveNothing, newPlace, stopClock } = require('../support/engine');
const { open, test: testBothKinds } = require('../support/kinds');
const { held } = require('../support/waiting');

testBothKinds(
  'editItems changes several items together, by a synchronous or an asynchronous callback',
  async (t) => {
    const place = newPlace(t);
    const store = open(place);
    await store.setItem('a', 10);
    await store.setItem('c', 'gone');
    const move = (items) => {
      assert.deepEqual(
        [...items],
        [
          ['a', 10],
          ['b', undefined],
          ['c', 'gone'],
        ],
      );
      return [
        ['b', 4],
        ['a', items.get('a') - 4],
        ['c', REMOVE],
      ];
    };
    const stored = await store.editItems(['a', 'b', 'c', 'a'], move);
    assert.deepEqual(
      stored,
      new Map([
        ['b', 4],
        ['a', 6],
      ]),
    );
    assert.deepEqual(await store.entries(), [
      ['a', 6],
      ['b', 4],
    ]);
    const again = await store.editItems(['a', 'b'], async (items) => {
      await null;
      await store.setItem('other', 1);
      return items.set('a', 7);
    });
    assert.deepEqual(
      again,
      new Map([
        ['a', 7],
        ['b', 4],
      ]),
    );
    assert.deepEqual(await store.editItems(['a', 'b'], () => []), new Map());
    assert.deepEqual(await store.editItems([1, 2], () => undefined), new Map());
    assert.deepEqual(await store.editItems([1], () => [[1, 'one']]), new Map([['1', 'one']]));
    assert.deepEqual(await store.editItems([], () => new Map()), new Map());
    await leaveNothing(place, store);
  },
);

testBothKinds('an editItems that fails changes nothing', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  await store.setItem('a', 1);
  const thrown = new Error('mine');
  const cases = [
    [
      () => [
        ['a', 2],
        ['unasked', 1],
      ],
      { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_KEY', key: 'unasked' },
    ],
    [
      () => [
        ['b', 2],
        ['a', undefined],
      ],
      { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'a' },
    ],
    [
      () => [
        ['a', 2],
        ['b', 1n],
      ],
      { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'b' },
    ],
    [() => undefined, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' }],
    [() => 5, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' }],
    [() => [['a', 2, { ttl: 5 }]], { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' }],
    [() => ['a', 2], { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' }],
    [() => [[{}, 2]], { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_KEY' }],
    [
      () => {
        throw thrown;
      },
      thrown,
    ],
  ];
  for (const [edit, expected] of cases) {
    await assert.rejects(store.editItems(['a', 'b'], edit), expected);
    await assert.rejects(
      store.editItems(['a', 'b'], async () => edit()),
      expected,
    );
  }
  for (const keys of ['ab', 5, null, undefined, ['a', {}]]) {
    await assert.rejects(
      store.editItems(keys, () => []),
      { code: 'ERR_PERSIST_LOCK_INVALID_KEY' },
    );
  }
  assert.deepEqual(await store.entries(), [['a', 1]]);
  await leaveNothing(place, store);
});

test('editItems locks all its keys or none, so that two calls cannot block each other', async (t) => {
  const place = newPlace(t);
  const actors = [startActor(t, place), startActor(t, place)];
  const add = (keys) => keys.map((key) => [key, 1]);
  const first = actors[0].hold('holdEdits', ['A', 'B']);
  await first.begun;
  const second = actors[1].hold('holdEdits', ['C', 'B']);
  const third = actors[0].hold('holdEdits', ['B', 'C']);
  // The second waits for B and holds nothing, so C is free.
  await actors[0].call('set', 'C', 'free');
  await first.finish(add(['A', 'B']));
  const [earlier, later] = await Promise.race([
    second.begun.then(() => [second, third]),
    third.begun.then(() => [third, second]),
  ]);
  await earlier.finish(add(['B', 'C']));
  await later.begun;
  await later.finish(add(['B', 'C']));
  for (const actor of actors) await actor.call('close');
  await leaveNothing(place);
});

test('a clear waits for edits of other processes, and later edits and views wait for the clear', async (t) => {
  const place = newPlace(t);
  const [one, other] = [startActor(t, place), startActor(t, place)];
  await one.call('set', 'kept', 1);
  const edit = one.hold('holdEdit', 'A');
  await edit.begun;
  let cleared = false;
  const clear = other.call('clear').then(() => (cleared = true));
  await other.call('set', 'B', 1);
  const late = [one.hold('holdEdit', 'C'), other.hold('holdView', 'D')];
  let lateBegun = 0;
  for (const { begun } of late) begun.then(() => lateBegun++);
  await one.call('set', 'B', 2);
  await other.call('set', 'B', 3);
  assert.deepEqual([cleared, lateBegun], [false, 0]);
  assert.equal(await edit.finish('edited'), 'edited');
  await clear;
  for (const { begun } of late) await begun;
  assert.equal(await other.call('get', 'kept'), undefined);
  assert.equal(await other.call('get', 'A'), undefined);
  await late[0].finish(1);
  await late[1].finish(1);
  await one.call('close');
  await other.call('close');
  await leaveNothing(place);
});

test('the sweep of expired items skips those that are being edited', async (t) => {
  const clock = stopClock(t);
  const place = newPlace(t);
  const stores = [open(place), open(place)];
  await stores[0].setItem('a', 1, { ttl: 1000 });
  await stores[0].setItem('b', 1, { ttl: 1000 });
  const edit = held();
  const editing = stores[0].editItem('a', edit, { ttl: null });
  await edit.begun();
  clock.moveTo(clock.now + 1000);
  assert.equal(await stores[1].removeExpiredItems(), 1);
  assert.equal(await stores[0].removeExpiredItems(), 0);
  edit.finish('edited');
  await editing;
  assert.deepEqual(await stores[1].entries(), [['a', 'edited']]);
  await leaveNothing(place, ...stores);
});

test('of 10 000 sets at once only the one whose key is being edited waits', async (t) => {
  const place = newPlace(t);
  const [one, other] = [open(place), open(place)];
  const edit = held();
  const editing = one.editItem('key 5000', edit);
  await edit.begun();
  const sets = [];
  let waits = true;
  for (let at = 0; at < 10_000; at++) sets.push(other.setItem(`key ${at}`, at));
  sets[5000].then(() => (waits = false));
  await Promise.all(sets.filter((_, at) => at !== 5000));
  assert.equal(waits, true);
  assert.equal(await one.length(), 9999);
  edit.finish('edited');
  await editing;
  await sets[5000];
  assert.equal(await one.getItem('key 5000'), 5000);
  await leaveNothing(place, one, other);
});

test('an asynchronous edit of no items delays and refuses no other call', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const edit = held();
  const editing = store.editItems([], () => edit());
  await edit.begun();
  assert.equal(await store.editItem('a', () => 1), 1);
  assert.equal(await store.editItem('b', async () => 2), 2);
  edit.finish([]);
  assert.deepEqual(await editing, new Map());
  assert.equal(await store.touch('c', 1000), false);
  await leaveNothing(place, store);
});

test('a thousand asynchronous edits at once lose no update', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const edits = [];
  for (let at = 0; at < 1000; at++) {
    edits.push(store.editItem(`key ${at % 500}`, async (current = 0) => (await null, current + 1)));
  }
  await Promise.all(edits);
  assert.deepEqual(new Set(await store.values()), new Set([2]));
  await leaveNothing(place, store);
});
