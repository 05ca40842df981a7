'use strict';

// The cache of values: which values it keeps, how many, and that no reader can change the value of
// another.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { Codec } = require('../../lib/codec');
const { Cache } = require('../../lib/file/cache');
const { temporaryFolder } = require('../support/folders');
const { TIMES, seeded } = require('../support/random');

/** Reads a key, and caches its value; `stored` are the texts in the store. */
function read(cache, key, stored) {
  const cached = cache.original(key)?.copy();
  if (cached !== undefined) return cached;
  const text = stored.get(key);
  if (text === undefined) return undefined;
  const value = JSON.parse(text);
  cache.add(key, value, text.length);
  return value;
}

test('a value is cached when its item is read for the third time', async (t) => {
  const add = t.mock.method(Cache.prototype, 'add');
  const store = new PersistLock(temporaryFolder(t));
  const stored = { list: [{ deep: 1 }] };
  await store.setItem('a', stored);
  const added = [];
  for (let reads = 0; reads < 4; reads++) {
    assert.deepEqual(await store.getItem('a'), stored);
    added.push(add.mock.callCount());
  }
  assert.deepEqual(added, [0, 0, 1, 1]);
  await store.setItem('a', 2);
  // It was read often: so one more read suffices.
  assert.equal(store.getItemSync('a'), 2);
  assert.deepEqual(add.mock.calls.at(-1).arguments.slice(0, 2), ['a', 2]);
  assert.equal(await store.getItem('a'), 2);
  assert.equal(add.mock.callCount(), 2);
  await store.close();
});

test('a walk through many items leaves next to nothing in the cache', async (t) => {
  const add = t.mock.method(Cache.prototype, 'add');
  const store = new PersistLock(temporaryFolder(t), { durability: 'os' });
  const keys = Array.from({ length: 5000 }, (_, at) => `item:${at}`);
  await Promise.all(keys.map((key) => store.setItem(key, key)));
  for (const key of keys) assert.equal(await store.getItem(key), key);
  assert.ok(add.mock.callCount() < 10, `${add.mock.callCount()} values are kept`);
  await store.close();
});

test('reads, changes and news in any order give the stored value, of which every reader has a copy', (t) => {
  const source = seeded(t);
  const cache = new Cache(new Codec());
  const stored = new Map();
  const keys = Array.from({ length: 200 }, (_, at) => `${'k'.repeat(at % 40)}${at}`);
  const change = (key) => {
    const list = Array.from({ length: source.below(4) }, () => ({ n: source.below(10) }));
    stored.set(key, JSON.stringify({ list, text: 'x'.repeat(source.below(100)), none: null }));
    cache.delete(key);
  };
  const remove = (key) => {
    stored.delete(key);
    cache.delete(key);
  };
  const STEPS = [change, change, remove, ...Array(40).fill(undefined)];
  let hits = 0;
  for (let step = 0; step < 50_000 * TIMES; step++) {
    // Lower numbers more often: some keys are hot.
    const key = keys[source.below(1 + source.below(keys.length))];
    source.pick(STEPS)?.(key);
    if (source.below(1000) === 0) cache.clear();
    if (cache.original(key) !== undefined) hits++;
    const value = read(cache, key, stored);
    const text = stored.get(key);
    assert.equal(JSON.stringify(value), text);
    if (value === undefined) continue;
    value.list.forEach((element) => (element.n = 'spoilt'));
    value.spoilt = true;
  }
  assert.ok(hits > 10_000, `only ${hits} reads were answered`);
});

test('reads of many large items keep no more than the cache has room for', () => {
  const cache = new Cache(new Codec());
  const length = 60_000;
  const keys = Array.from({ length: 1000 }, (_, at) => `item:${at}`);
  for (const key of keys) cache.add(key, 'x', length);
  const kept = keys.filter((key) => cache.original(key) !== undefined);
  assert.ok(kept.length > 10 && kept.length * length <= 2 ** 24, `${kept.length} values are kept`);
  assert.equal(cache.original(keys.at(-1)).copy(), 'x', 'the newest one has room');
});

test('keys that differ in few characters are told apart', () => {
  const long = 'x'.repeat(500);
  const KEYS = ['', 'a', 'b', 'aa', 'ab', 'é', '\ud800', `${long}a`, `${long}b`, `a${long}`];
  const cache = new Cache(new Codec());
  for (const key of KEYS) cache.add(key, { key }, 10);
  for (const key of KEYS) assert.deepEqual(cache.original(key).copy(), { key });
});

test('a cached value takes nothing from what a program adds to Object.prototype', async (t) => {
  const store = new PersistLock(temporaryFolder(t));
  await store.setItem('a', { own: { b: 1 } });
  Object.prototype.added = { c: 2 };
  t.after(() => delete Object.prototype.added);
  for (let reads = 0; reads < 4; reads++) {
    assert.deepEqual(Object.keys(await store.getItem('a')), ['own']);
  }
  delete Object.prototype.added;
  await store.close();
});
