'use strict';

// Items that end: when, which calls keep their end, and that they are gone for every reader from then on.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');
const { PersistLock, dataFile, temporaryFolder, temporaryStore, mockTimers } = require('./helper');

const DAY = 24 * 60 * 60 * 1000;

/** The expiry of the last line of a key in the file. */
function expiryInFile(folder, key) {
  const lines = fs.readFileSync(dataFile(folder), 'utf8').trim().split('\n').map(JSON.parse);
  return lines.findLast((line) => line.key === key).expires;
}

/** Stops the clock, which a test then moves. */
function stopClock(t, now = 1_800_000_000_000) {
  mockTimers(t, { apis: ['Date'], now });
  return { now, moveTo: (time) => t.mock.timers.setTime(time) };
}

test('a ttl is milliseconds from now, a moment, or a day', async (t) => {
  const { now } = stopClock(t);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { ttl: 5000 });
  const cases = [
    [1000, now + 1000],
    [0.5, now + 1],
    [new Date(now + 7), now + 7],
    [true, now + DAY],
    [undefined, now + 5000],
    [null, undefined],
    [0, undefined],
    [false, undefined],
    [Infinity, undefined],
  ];
  for (const [ttl, expected] of cases) {
    await store.setItem('set', 1, { ttl });
    assert.equal(expiryInFile(folder, 'set'), expected, `set with ${ttl}`);
    await store.removeItem('edited');
    await store.editItem('edited', () => 1, { ttl });
    assert.equal(expiryInFile(folder, 'edited'), expected, `edited with ${ttl}`);
    await store.removeItem('updated');
    await store.updateItem('updated', 1, { ttl });
    assert.equal(expiryInFile(folder, 'updated'), expected, `updated with ${ttl}`);
  }
  await store.close();
});

test('edits and updates keep the expiry unless they are given one; a set does not', async (t) => {
  const { now } = stopClock(t);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1, { ttl: 1000 });
  await store.updateItem('a', 2);
  assert.equal(expiryInFile(folder, 'a'), now + 1000);
  await store.editItem('a', () => 3);
  assert.equal(expiryInFile(folder, 'a'), now + 1000);
  await store.editItem('a', async () => 4);
  assert.equal(expiryInFile(folder, 'a'), now + 1000);
  await store.editItem('a', () => 5, { ttl: 2000 });
  assert.equal(expiryInFile(folder, 'a'), now + 2000);
  await store.updateItem('a', 6, { ttl: null });
  assert.equal(expiryInFile(folder, 'a'), undefined);
  await store.updateItem('a', 7, { ttl: 3000 });
  await store.setItem('a', 8);
  assert.equal(expiryInFile(folder, 'a'), undefined);
  await store.close();
});

test('an expired item is there for nobody', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t);
  await store.setItem('a', 1, { ttl: 1000 });
  await store.setItem('b', 2);
  clock.moveTo(clock.now + 999);
  assert.equal(await store.getItem('a'), 1);
  assert.equal(await store.length(), 2);
  clock.moveTo(clock.now + 1000);
  assert.equal(await store.getItem('a'), undefined);
  assert.equal(await store.hasItem('a'), false);
  assert.deepEqual(await store.keys(), ['b']);
  assert.deepEqual(await store.values(), [2]);
  assert.deepEqual(await store.entries(), [['b', 2]]);
  assert.equal(await store.length(), 1);
  assert.equal(await store.length({ prefix: 'a' }), 0);
  assert.deepEqual(await store.valuesWithKeyMatch(/./), [2]);
  assert.equal(await store.removeItem('a'), false);
  assert.equal(await store.editItem('a', (current) => current ?? 'new'), 'new');
  assert.equal(await store.getItem('a'), 'new');
});

test('within a commit, too, what has expired is not there', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t);
  const writes = [
    store.setItem('a', 1, { ttl: 1000 }),
    store.editItem('other', () => {
      clock.moveTo(clock.now + 1000);
      return 1;
    }),
    store.editItem('a', (current) => [current]),
    store.removeItem('b'),
  ];
  assert.deepEqual(await Promise.all(writes), [undefined, 1, [null], false]);
});

test('removeExpiredItems removes what has expired and tells how many', async (t) => {
  const clock = stopClock(t);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  for (let count = 0; count < 10; count++) {
    await store.setItem(`short ${count}`, count, { ttl: 1000 });
    await store.setItem(`long ${count}`, count, { ttl: 9000 });
  }
  assert.equal(await store.removeExpiredItems(), 0);
  clock.moveTo(clock.now + 1000);
  const set = store.setItem('short 0', 'again');
  assert.equal(await store.removeExpiredItems(), 9);
  await set;
  assert.equal(await store.removeExpiredItems(), 0);
  assert.equal(await store.length(), 11);
  clock.moveTo(clock.now - 1000);
  assert.equal(await store.getItem('short 1'), undefined, 'removed, and not merely hidden');
  await store.close();
});

test('expired items are removed by themselves', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { expiredInterval: 1 });
  await store.setItem('a', 1, { ttl: 1 });
  // The interval does not keep the process alive; this does.
  const alive = setInterval(() => {}, 1000);
  while (!fs.readFileSync(dataFile(folder), 'utf8').includes('{"key":"a","removed":true}')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  clearInterval(alive);
  await store.close();
});
