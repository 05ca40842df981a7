'use strict';

// Expiries by the server's clock, whatever that of the process shows.

const assert = require('node:assert/strict');
const test = require('node:test');
const { newPlace, opened, query, tableOf, urlOf } = require('../support/postgres/places');
const { startActor, untilWaiting } = require('../support/postgres/actors');

const HOUR = 3_600_000;
const SECOND = 1000;

async function serverTime(place) {
  const text = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';
  return (await query(urlOf(place), text))[0].now;
}

/** Reads the expiry of the only item as it is stored. */
async function storedExpiry(place) {
  const [{ expires }] = await query(urlOf(place), `SELECT expires FROM ${tableOf(place)}`);
  return Number(expires);
}

const WRITES = {
  setItem: (store, ttl) => store.setItem('a', 1, { ttl }),
  setItems: (store, ttl) => store.setItems([['a', 1]], { ttl }),
  editItem: (store, ttl) => store.editItem('a', () => 1, { ttl }),
  'asynchronous editItem': (store, ttl) => store.editItem('a', async () => 1, { ttl }),
  getOrSet: (store, ttl) => store.getOrSet('a', () => 1, { ttl }),
  touch: async (store, ttl) => {
    await store.setItem('a', 1);
    await store.touch('a', ttl);
  },
};

for (const [direction, error] of Object.entries({ ahead: HOUR, behind: -HOUR })) {
  for (const [name, write] of Object.entries(WRITES)) {
    test(`${name} with a clock that is an hour ${direction}: 60 ms are those of the server`, async (t) => {
      const place = await newPlace(t);
      const store = opened(t, place);
      await store.init();
      const real = Date.now;
      t.mock.method(Date, 'now', () => real() + error);
      const before = await serverTime(place);
      await write(store, 60);
      const after = await serverTime(place);
      const expires = await storedExpiry(place);
      // Rounded to whole milliseconds.
      assert.ok(expires >= before - 1 && expires <= after + 61, `${expires - before} ms`);
      while ((await store.getItem('a')) !== undefined);
      assert.ok((await serverTime(place)) >= expires);
      assert.equal(await store.removeExpiredItems(), 1);
    });
  }
}

test('an item does not expire before its time, and an edit of one that has begins without it', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place);
  await store.setItem('a', 'long', { ttl: 60 * SECOND });
  assert.equal(await store.getItem('a'), 'long');
  await query(urlOf(place), `UPDATE ${tableOf(place)} SET expires = 1`);
  assert.equal(await store.getItem('a'), undefined);
  assert.equal(await store.editItem('a', (current) => [current].length), 1);
  assert.equal(await store.getExpiry('a'), null);
});

test('edits and updates keep an expiry to the millisecond', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place);
  await store.setItem('a', 0, { ttl: HOUR });
  const expires = await storedExpiry(place);
  t.mock.method(Date, 'now', () => 0);
  await store.editItem('a', (current) => current + 1);
  await store.editItem('a', async (current) => current + 1);
  await store.updateItem('a', 3);
  assert.equal(await storedExpiry(place), expires);
  assert.deepEqual(await store.getExpiry('a'), new Date(expires));
});

// The span begins when the statement is sent; what has passed before is taken off.
test('the span of a set that has waited for its lock begins at the call', async (t) => {
  const place = await newPlace(t);
  const holder = startActor(t, place);
  const store = opened(t, place, { lockTimeout: 60_000 });
  await store.init();
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const set = store.setItem('a', 1, { ttl: HOUR });
  await untilWaiting(place);
  const waited = 500;
  await query(urlOf(place), 'SELECT pg_sleep(0.5)');
  await edit.finish('edited');
  await set;
  const left = (await storedExpiry(place)) - (await serverTime(place));
  assert.ok(left <= HOUR - waited + 1, `${left} ms`);
});

test('an expiry that was given as a Date is stored as it is', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place);
  const date = new Date(4_000_000_000_000);
  await store.setItem('a', 1, { ttl: date });
  assert.equal(await storedExpiry(place), date.getTime());
});
