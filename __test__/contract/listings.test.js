'use strict';

// Listings: the items of one moment, by prefix or by match, read in parts where they are large.

const assert = require('node:assert/strict');
const test = require('node:test');
const { inOrder } = require('../support/key-order');
const { temporaryStore, test: testBothKinds } = require('../support/kinds');

testBothKinds(
  'keys, values, entries and length list all items, or those of a prefix',
  async (t) => {
    const store = temporaryStore(t);
    await store.setItem('user:1', { name: 'a' });
    await store.setItem('user:2', { name: 'b' });
    await store.setItem('session:1', [1]);
    assert.deepEqual(await store.keys(), ['session:1', 'user:1', 'user:2']);
    assert.deepEqual(await store.keys({ prefix: 'user:' }), ['user:1', 'user:2']);
    assert.deepEqual(await store.values({ prefix: 'session' }), [[1]]);
    assert.deepEqual(await store.entries({ prefix: 'user:2' }), [['user:2', { name: 'b' }]]);
    assert.equal(await store.length(), 3);
    assert.equal(await store.length({ prefix: 'user:' }), 2);
    assert.equal(await store.length({ prefix: 'none' }), 0);
    assert.deepEqual(await store.keys({ prefix: 'none' }), []);
  },
);

testBothKinds('a prefix may have any characters', async (t) => {
  const store = temporaryStore(t);
  const keys = ['"q', '"qq', '\\', '\\n', '\n', '\n\n', '😀', '😀😀', '\ud83d', '\ud83dx', '', 'é'];
  for (const key of keys) await store.setItem(key, key);
  for (const prefix of [...keys, '\ud83d\ude00x', '\ude00']) {
    const expected = keys.filter((key) => key.startsWith(prefix)).sort(inOrder);
    assert.deepEqual(await store.keys({ prefix }), expected, JSON.stringify(prefix));
    assert.deepEqual(await store.values({ prefix }), expected, JSON.stringify(prefix));
    assert.equal(await store.length({ prefix }), expected.length, JSON.stringify(prefix));
  }
});

test('valuesWithKeyMatch finds keys that contain a string or match a pattern', async (t) => {
  const store = temporaryStore(t);
  for (const key of ['one', 'two', 'three']) await store.setItem(key, key.toUpperCase());
  assert.deepEqual(await store.valuesWithKeyMatch('o'), ['ONE', 'TWO']);
  assert.deepEqual(await store.valuesWithKeyMatch(/^t/), ['THREE', 'TWO']);
  const sticky = /e/gy;
  sticky.lastIndex = 2;
  assert.deepEqual(await store.valuesWithKeyMatch(sticky), ['ONE', 'THREE']);
  assert.equal(sticky.lastIndex, 2);
});

test('forEach awaits its callback for each item in turn', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  await store.setItem('b', 2);
  const seen = [];
  await store.forEach(async ({ key, value }) => {
    seen.push(`${key}${value} begins`);
    await store.removeItem('b');
    seen.push(`${key}${value} ends`);
  });
  assert.deepEqual(seen, ['a1 begins', 'a1 ends', 'b2 begins', 'b2 ends']);
  const thrown = new Error('mine');
  const rejected = store.forEach(() => Promise.reject(thrown));
  await assert.rejects(rejected, (error) => error === thrown);
});

test('an iteration lists the items of one moment, however many they are and however slow it is', async (t) => {
  const store = temporaryStore(t);
  const text = 'x'.repeat(10_000);
  const writes = [];
  for (let at = 1000; at < 2000; at++) writes.push(store.setItem(`key ${at}`, { at, text }));
  await Promise.all(writes);
  let walked = 0;
  for await (const [key, value] of store) {
    assert.equal(key, `key ${1000 + walked}`);
    assert.deepEqual(value, { at: 1000 + walked, text });
    if (walked++ === 0) await store.clear();
  }
  assert.equal(walked, 1000);
  assert.deepEqual(await store.entries(), []);
});

test('an iteration may be left early', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  await store.setItem('b', 1);
  for await (const [key] of store) {
    assert.equal(key, 'a');
    break;
  }
  await store.setItem('c', 1);
  assert.equal(await store.length(), 3);
});
