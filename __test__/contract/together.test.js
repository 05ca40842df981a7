'use strict';

// Calls that share a turn: one that cannot be stored rejects by itself, and calls that are too large together for one commit take
// several, in their order.

const assert = require('node:assert/strict');
const { MAX_STRING_LENGTH } = require('node:buffer').constants;
const fs = require('node:fs');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { dataFile } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');
const timers = require('../../lib/timers');

const MEGABYTE = 2 ** 20;
/** The value whose text is made wrong, as by a program that has replaced `JSON.stringify`. */
const BAD = { toJSON: () => 'bad' };

/** Makes the text of one value two lines, which no store can commit. */
function breakStringify(t) {
  const { stringify } = JSON;
  t.mock.method(JSON, 'stringify', (value, ...more) =>
    value === BAD ? '["two",\n"lines"]' : stringify(value, ...more),
  );
}

const refused = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'bad' };

async function sorted(store) {
  return Object.fromEntries(await store.entries());
}

test('a line that is refused rejects its own call and none beside it', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 'before');
  breakStringify(t);
  const before = store.editItem('a', () => 1);
  const bad = store.updateItem('bad', BAD);
  const after = [
    store.editItem('kept', (value) => `${value} and after`),
    store.removeItem('nothing'),
    store.removeExpiredItems(),
    store.viewItem('a', (value) => value),
  ];
  await assert.rejects(bad, refused);
  assert.equal(await before, 1);
  assert.deepEqual(await Promise.all(after), ['before and after', false, 0, 1]);
  assert.deepEqual(await sorted(store), { a: 1, kept: 'before and after' });
});

test('calls that rest on one that is refused are rejected with it', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('c', 'before');
  breakStringify(t);
  const innocent = store.editItem('a', () => 1);
  const touched = [
    store.editItem('c', () => 'overwritten by what is refused'),
    store.editItems(['b', 'c'], () => [
      ['b', 1],
      ['c', 2],
    ]),
    store.updateItem('bad', BAD),
    store.editItems(['bad', 'b'], () => [['b', 3]]),
  ];
  for (const call of touched) await assert.rejects(call, refused);
  assert.equal(await innocent, 1);
  assert.deepEqual(await sorted(store), { a: 1, c: 'before' });
  assert.equal(await store.editItem('c', async () => 'after'), 'after');
});

test('a clear beside a line that is refused is rejected, and removes nothing', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 'before');
  breakStringify(t);
  const calls = [store.clear(), store.updateItem('bad', BAD), store.editItem('a', () => 1)];
  for (const call of calls) await assert.rejects(call, refused);
  assert.deepEqual(await sorted(store), { kept: 'before' });
  await store.clear();
  assert.deepEqual(await sorted(store), {});
});

test('sets that are one call are rejected if one of their lines is refused', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 'before');
  breakStringify(t);
  const innocent = store.editItem('a', () => 1);
  const sets = [store.setItem('kept', 'after'), store.setItem('bad', BAD), store.setItem('b', 1)];
  const stored = await Promise.allSettled(sets);
  for (const [at, key] of ['kept', 'bad', 'b'].entries()) {
    const isStored = (await store.hasItem(key)) && (await store.getItem(key)) !== 'before';
    assert.equal(stored[at].status, isStored ? 'fulfilled' : 'rejected', key);
  }
  await assert.rejects(sets[1], refused);
  assert.equal(await innocent, 1);
});

test('whatever keys and values there are, no call harms the others', async (t) => {
  const texts = [
    '',
    '\n',
    '\r\n',
    '\u2028',
    '\ud800',
    '\udc00\ud800',
    '"',
    '\\',
    '\0',
    '__proto__',
  ];
  texts.push('{"key":"a","value":1}', '","value":1}\n{"key":"x', ',"expires":1', '\ufeff', 'é😀');
  const values = [-0, 1e308, 2 ** 53, 5e-324, [undefined], { toJSON: () => ',"expires":5' }];
  const odd = [
    { stringify: (value) => value, parse: (text) => text },
    { stringify: () => '\ud800\n{', parse: (text) => text },
  ];
  for (const options of [{}, ...odd]) {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder, options);
    const all = options.stringify ? texts : [...texts, ...values];
    const calls = [];
    for (const key of texts) {
      for (const value of all) {
        calls.push(store.setItem(key, value), store.updateItem(key, value, { ttl: 1e12 + 0.5 }));
        calls.push(
          store.editItem(key, () => value),
          store.editItem(key, async () => value),
        );
      }
    }
    await Promise.all(calls);
    assert.deepEqual((await store.keys()).sort(), texts.toSorted());
    await store.close();
    const again = new PersistLock(folder, options);
    assert.equal((await again.entries()).length, texts.length);
    await again.close();
  }
});

/** The lengths of a store's commits. */
function commitSizes(folder) {
  const lines = fs.readFileSync(dataFile(folder), 'utf8').split('\n');
  const commits = lines.filter((line) => line.startsWith('{"commit":'));
  return commits.map((line) => JSON.parse(line).bytes);
}

/** Stops the clock by which a turn ends, so that its length alone ends it. */
function stopTurnClock(t) {
  t.mock.method(timers, 'now', () => 0);
}

test('a turn ends when its lines have come to many megabytes', async (t) => {
  const folder = temporaryFolder(t);
  const store = await new PersistLock(folder, { durability: 'os' }).init();
  stopTurnClock(t);
  const order = [];
  const text = 'ü'.repeat(4 * MEGABYTE);
  const calls = Array.from({ length: 12 }, (_, at) =>
    at % 2 === 0
      ? store.editItem(`key ${at}`, () => (order.push(at), text))
      : store.updateItem(`key ${at}`, text),
  );
  const last = store.editItem('key 0', (value) => value.length);
  await Promise.all(calls);
  assert.equal(await last, 4 * MEGABYTE);
  assert.deepEqual(order, [0, 2, 4, 6, 8, 10]);
  // 16 Mi characters, of two bytes each, and one call more.
  const sizes = commitSizes(folder);
  assert.ok(Math.max(...sizes) < 2 * 21 * MEGABYTE, `commits of ${sizes} bytes`);
  await store.close();
});

test('one call may be larger than a turn, and the copies of values count', async (t) => {
  const folder = temporaryFolder(t);
  const store = await new PersistLock(folder, { durability: 'os' }).init();
  stopTurnClock(t);
  const text = 'x'.repeat(60_000);
  const keys = Array.from({ length: 600 }, (_, at) => `key ${at}`);
  await store.editItems(keys, () => keys.map((key) => [key, text]));
  await Promise.all(keys.map((key) => store.editItem(key, (value) => `${value.slice(1)}y`)));
  const [first, ...others] = commitSizes(folder);
  assert.ok(first > 600 * 60_000);
  assert.ok(Math.max(...others) < 17 * MEGABYTE, `commits of ${others} bytes`);
  assert.equal(await store.getItem('key 599'), `${text.slice(1)}y`);
  await store.close();
});

test('a commit may be longer than a string can be', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  await store.init();
  const text = 'x'.repeat(MAX_STRING_LENGTH / 2);
  const large = store.editItems(['a', 'b'], (items) => [...items.keys()].map((key) => [key, text]));
  const small = store.editItem('small', () => 1);
  assert.equal((await large).size, 2);
  assert.equal(await small, 1);
  assert.equal(await store.length(), 3);
});

test('an item whose line would be longer than a string can be is an error of its call', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  await store.init();
  const long = 'x'.repeat(MAX_STRING_LENGTH - 20);
  const innocent = store.editItem('a', () => 1);
  await assert.rejects(
    store.editItem('long', () => long),
    { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'long' },
  );
  assert.equal(await innocent, 1);
  assert.deepEqual(await store.keys(), ['a']);
});
