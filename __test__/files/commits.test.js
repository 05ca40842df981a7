'use strict';

// The commits that calls become: which calls share one, how large one gets, and its lines in the data file.

const assert = require('node:assert/strict');
const { MAX_STRING_LENGTH } = require('node:buffer').constants;
const fs = require('node:fs');
const test = require('node:test');
const PersistLock = require('../..');
const { stopTurnClock } = require('../support/clock');
const { temporaryFolder } = require('../support/folders');
const { commits, dataFile } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');

const MEGABYTE = 2 ** 20;

test('calls of one tick share a commit', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.init();
  await Promise.all(Array.from({ length: 100 }, () => store.editItem('a', (n = 0) => n + 1)));
  // One commit, unless the machine is so busy that the event loop gets a turn in between.
  const before = commits(folder).length;
  assert.ok(before <= 100 / 16 + 1, `${before} commits`);
  // Calls that are made during the sync of the first commit share the next one.
  const first = store.setItem('b', 1);
  const later = [];
  await new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
  for (let count = 0; count < 10; count++) {
    later.push(store.setItem(`c${count}`, count));
    await null;
  }
  await Promise.all([first, ...later]);
  assert.equal(commits(folder).length, before + 2);
  await store.close();
});

test('many sets are written while the loop that calls them goes on', async (t) => {
  const folder = temporaryFolder(t);
  const store = await new PersistLock(folder).init();
  const sets = Array.from({ length: 200 }, (_, at) => store.setItem(at, 'x'.repeat(1000)));
  assert.ok(fs.statSync(dataFile(folder)).size > 10_000, 'before the loop has ended');
  await Promise.all(sets);
  assert.ok(commits(folder).length < 20, `${commits(folder).length} commits`);
  assert.equal(await store.length(), 200);
  await store.close();
});

test('a call that changes nothing writes nothing', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  assert.equal(await store.removeItem('a'), false);
  await store.editItem('a', () => undefined);
  await store.clear();
  assert.equal(await store.removeExpiredItems(), 0);
  await store.close();
  assert.equal(fs.readFileSync(dataFile(folder), 'utf8'), '{"persist-lock":1}\n');
});

test('a data file is lines of JSON that a person can read', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await Promise.all([store.setItem('counter', 99), store.setItem('counter', 100)]);
  await store.setItem('session', { user: 7 }, { ttl: new Date(4_000_000_000_000) });
  await store.removeItem('counter');
  await store.close();
  const lines = fs.readFileSync(dataFile(folder), 'utf8').split('\n');
  const withoutChecksums = lines.map((line) => line.replace(/"prev".*/, '…'));
  assert.deepEqual(withoutChecksums, [
    '{"persist-lock":1}',
    '{"key":"counter","value":100}',
    '{"commit":1,"bytes":30,"synced":0,…',
    '{"key":"session","value":{"user":7},"expires":4000000000000}',
    '{"commit":2,"bytes":61,"synced":1,…',
    '{"key":"counter","removed":true}',
    '{"commit":3,"bytes":33,"synced":2,…',
    '{"synced":3,…',
    '',
  ]);
  assert.deepEqual(fs.readdirSync(folder), ['.persist-lock']);
});

/** Lists the bytes of each commit in a data file. */
function commitSizes(folder) {
  const lines = fs.readFileSync(dataFile(folder), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('{"commit":'))
    .map((line) => JSON.parse(line).bytes);
}

test('a turn ends once its lines amount to many megabytes', async (t) => {
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
  // 16 Mi characters of two bytes each, and one more call.
  const sizes = commitSizes(folder);
  assert.ok(Math.max(...sizes) < 2 * 21 * MEGABYTE, `commits of ${sizes} bytes`);
  await store.close();
});

test('one call may exceed the length of a turn, to which copies of values count as well', async (t) => {
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

test('an item whose line would be longer than a string can be rejects its own call alone', async (t) => {
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
