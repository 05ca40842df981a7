'use strict';

// Removals of many items by prefix, among other calls of the same turn: an engine may remove many in
// another way than a few.

const assert = require('node:assert/strict');
const test = require('node:test');
const { newPlace, leaveNothing, open, stopClock, temporaryStore } = require('../support/engine');
const { TIMES, seeded } = require('../support/random');

/** The number of items with a prefix. */
const MANY = 300;

/** The prefixes of the items, each of many. Some begin with others. */
const GROUPS = ['a:', 'a:b:', 'c"\n:', 'é', '😀', '\ud83d'];

/** Makes the entries of a group. */
function many(group, value) {
  return Array.from({ length: MANY }, (_, at) => [`${group}${at}`, value]);
}

/** The calls, each beside what it does to a Map. */
const CALLS = {
  setItem: (store, model, { key, value }) => {
    model.set(key, value);
    return [store.setItem(key, value), undefined];
  },
  setItems: (store, model, { group, value }) => {
    for (const [key] of many(group)) model.set(key, value);
    return [store.setItems(many(group, value)), undefined];
  },
  editItem: (store, model, { key, value }) => {
    const edited = `${model.get(key)} ${value}`;
    model.set(key, edited);
    return [store.editItem(key, (current) => `${current} ${value}`), edited];
  },
  viewItem: (store, model, { key }) => [store.viewItem(key, (current) => current), model.get(key)],
  touch: (store, model, { key }) => [store.touch(key, null), model.has(key)],
  removeItem: (store, model, { key }) => [store.removeItem(key), model.delete(key)],
  removeItems: (store, model, { group }) => {
    const keys = many(group).map(([key]) => key);
    return [store.removeItems(keys), keys.filter((key) => model.delete(key)).length];
  },
  removeWith: (store, model, { prefix }) => {
    const keys = [...model.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) model.delete(key);
    return [store.removeItems({ prefix }), keys.length];
  },
  clear: (store, model) => {
    model.clear();
    return [store.clear(), undefined];
  },
};

test('removals of many items by prefix agree with a Map, also within one turn', async (t) => {
  const { below, pick } = seeded(t);
  const place = newPlace(t);
  const store = open(place);
  const model = new Map();
  const names = Object.keys(CALLS).filter((name) => name !== 'clear');
  for (let turn = 0; turn < 40 * TIMES; turn++) {
    if (below(2) === 0) {
      for (const group of GROUPS) {
        await store.setItems(many(group, turn));
        for (const [key] of many(group)) model.set(key, turn);
      }
    }
    const calls = [];
    for (let count = 1 + below(5); count > 0; count--) {
      const name = below(12) === 0 ? 'clear' : pick([...names, 'removeWith', 'removeWith']);
      const group = pick(GROUPS);
      const key = `${group}${below(MANY + 2)}`;
      const prefix = pick([...GROUPS, 'a', '']);
      calls.push([name, ...CALLS[name](store, model, { group, key, prefix, value: below(100) })]);
    }
    for (const [name, result, expected] of calls) assert.equal(await result, expected, name);
    assert.deepEqual(new Map(await store.entries()), model);
    // Values that are read often may be cached.
    for (let time = 0; time < 3; time++) assert.equal(await store.getItem('a:0'), model.get('a:0'));
  }
  await leaveNothing(place, store);
});

test('a removal of many items by prefix removes none that has expired, and tells watchers of each', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItems(many('a:', 1));
  await store.setItem('a:gone', 1, { ttl: 5 });
  await store.setItem('a:later', 1, { ttl: 60_000 });
  clock.moveTo(clock.now + 10);
  const changes = store.watch({ prefix: 'a:' });
  assert.equal(await store.removeItems({ prefix: 'a:' }), MANY + 1);
  const told = new Set();
  for await (const { key, removed } of changes) {
    assert.equal(removed, true);
    told.add(key);
    if (told.size === MANY + 1) break;
  }
  assert.ok(told.has('a:later') && !told.has('a:gone'));
});
