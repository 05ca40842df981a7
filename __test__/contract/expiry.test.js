'use strict';

// Items that end: when, which calls keep their end, and that they are gone for every reader from then on.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');
const PersistLock = require('../..');
const { mockTimers } = require('../support/clock');
const { temporaryFolder } = require('../support/folders');
const { dataFile } = require('../support/store-files');
const { importItems, temporaryStore } = require('../support/stores');

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

test('what has expired when a turn begins is not there, nor what was put there before', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t);
  await store.init();
  const set = store.setItem('a', 1, { ttl: 1000 });
  clock.moveTo(clock.now + 1000);
  const edited = store.editItem('a', (current) => [current]);
  assert.deepEqual(await Promise.all([set, edited]), [undefined, [null]]);
});

test('a turn sees one time, from its beginning to its end', async (t) => {
  const { now } = stopClock(t);
  const end = now + 500_000;
  const store = temporaryStore(t);
  const keys = Array.from({ length: 50 }, (_, at) => `key ${at}`);
  await store.editItems(keys, () => keys.map((key) => [key, 1]), { ttl: new Date(end) });
  // Whenever the time is asked for it has advanced, so that the items end while they are looked at.
  for (let before = 1; before < 200; before += 3) {
    let time = end - before;
    const clock = t.mock.method(Date, 'now', () => time++);
    const seen = [];
    const look = (items) => {
      seen.push(...items.values());
      return [];
    };
    await Promise.all([
      store.editItems(keys, look),
      store.editItems(keys.toReversed(), look),
      ...keys.map((key) => store.viewItem(key, (value) => seen.push(value))),
    ]);
    clock.mock.restore();
    const isThere = new Set(seen.map((value) => value !== undefined));
    assert.equal(seen.length, 3 * keys.length);
    assert.equal(isThere.size, 1, `asked from ${before} ms before the end`);
  }
});

test('items that a turn has made are there for all of its calls or for none', async (t) => {
  const { now } = stopClock(t);
  const store = temporaryStore(t, { ttl: new Date(now + 40) });
  await store.init();
  for (let before = 1; before < 80; before++) {
    let time = now + 40 - before;
    const clock = t.mock.method(Date, 'now', () => time++);
    const keys = Array.from({ length: 20 }, (_, at) => `${before} ${at}`);
    const made = store
      .editItems(keys, () => keys.map((key) => [key, 1]))
      .then(
        () => true,
        ({ name }) => assert.equal(name, 'RangeError'),
      );
    const seen = await Promise.all(keys.map((key) => store.viewItem(key, (value) => value)));
    clock.mock.restore();
    assert.equal(new Set(seen).size, 1);
    assert.equal(seen[0] === 1, (await made) === true);
  }
});

test('an end that no Date can hold is a RangeError of its own call', async (t) => {
  const { now } = stopClock(t);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.init();
  const last = 8.64e15;
  const refused = { name: 'RangeError', code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
  for (const ttl of [8.64e15, last - now + 1, Number.MAX_SAFE_INTEGER, 2 ** 60, Number.MAX_VALUE]) {
    const innocent = [
      store.setItem('a', 1),
      store.editItem('b', () => 2),
      store.updateItem('c', 3),
    ];
    const guilty = [
      store.setItem('x', 1, { ttl }),
      store.updateItem('x', 1, { ttl }),
      store.editItem('x', () => 1, { ttl }),
      store.editItem('x', async () => 1, { ttl }),
      store.editItems(['x'], () => [['x', 1]], { ttl }),
      importItems(store, [{ key: 'x', value: 1, expires: now + ttl }]),
    ];
    for (const call of guilty) await assert.rejects(call, refused, String(ttl));
    assert.throws(() => new PersistLock('.', { ttl }), refused);
    assert.deepEqual(await Promise.all(innocent), [undefined, 2, undefined]);
  }
  for (const expires of [-1, 1.5, NaN, '1', null, Infinity]) {
    const imported = importItems(store, [{ key: 'x', value: 1, expires }]);
    await assert.rejects(imported, refused, String(expires));
  }
  assert.equal(await store.hasItem('x'), false);
  await store.setItem('last', 1, { ttl: last - now });
  assert.equal(expiryInFile(folder, 'last'), last);
  await store.setItem('last', 1, { ttl: new Date(last) });
  assert.equal(expiryInFile(folder, 'last'), last);
  await store.close();
});

test('a default ttl whose end passes the last Date is an error of the calls that need it', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { ttl: 8.64e15 - clock.now });
  await store.setItem('kept', 1);
  clock.moveTo(clock.now + 1);
  const refused = { name: 'RangeError', code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
  const calls = [
    [store.setItem('x', 1), refused],
    [store.updateItem('x', 1), refused],
    [store.editItem('x', () => 1), refused],
    [store.editItem('x', async () => 1), refused],
    [
      store.editItems(['x', 'kept'], () => [
        ['kept', 2],
        ['x', 1],
      ]),
      refused,
    ],
    [store.setItem('other', 1, { ttl: null })],
    [store.editItem('kept', (value) => value + 1)],
  ];
  for (const [call, error] of calls) await (error ? assert.rejects(call, error) : call);
  assert.deepEqual(await store.entries(), [
    ['kept', 2],
    ['other', 1],
  ]);
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
