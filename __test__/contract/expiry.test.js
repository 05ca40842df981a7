'use strict';

// Items that expire: when, which calls keep an expiry, and that no reader sees an item afterwards.

const assert = require('node:assert/strict');
const { newPlace, stopClock } = require('../support/engine');
const { open, temporaryStore, test } = require('../support/kinds');

const DAY = 24 * 60 * 60 * 1000;
/** The last moment that a Date can hold. */
const LAST = 8.64e15;

/** Checks the moment, if any, at which an item expires; leaves the clock at its beginning. */
async function assertExpires(store, clock, key, expected, message) {
  const isThere = async (time) => {
    clock.moveTo(time);
    return store.hasItem(key);
  };
  assert.equal(await isThere((expected ?? LAST) - 1), true, message);
  if (expected !== undefined) assert.equal(await isThere(expected), false, message);
  clock.moveTo(clock.now);
}

test('a ttl is milliseconds from now, a Date, or true for a day', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { ttl: 5000, expiredInterval: false });
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
    await assertExpires(store, clock, 'set', expected, `set with ${ttl}`);
    await store.removeItem('edited');
    await store.editItem('edited', () => 1, { ttl });
    await assertExpires(store, clock, 'edited', expected, `edited with ${ttl}`);
    await store.removeItem('updated');
    await store.updateItem('updated', 1, { ttl });
    await assertExpires(store, clock, 'updated', expected, `updated with ${ttl}`);
  }
});

test('edits and updates keep an expiry unless they are given another; a set does not', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItem('a', 1, { ttl: 1000 });
  await store.updateItem('a', 2);
  await assertExpires(store, clock, 'a', now + 1000);
  await store.editItem('a', () => 3);
  await assertExpires(store, clock, 'a', now + 1000);
  await store.editItem('a', async () => 4);
  await assertExpires(store, clock, 'a', now + 1000);
  await store.editItem('a', () => 5, { ttl: 2000 });
  await assertExpires(store, clock, 'a', now + 2000);
  await store.updateItem('a', 6, { ttl: null });
  await assertExpires(store, clock, 'a', undefined);
  await store.updateItem('a', 7, { ttl: 3000 });
  await store.setItem('a', 8);
  await assertExpires(store, clock, 'a', undefined);
});

test('no call sees an expired item', async (t) => {
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

test.awaited('an item that has expired by the beginning of its turn is never seen', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t);
  await store.init();
  const set = store.setItem('a', 1, { ttl: 1000 });
  clock.moveTo(clock.now + 1000);
  const edited = store.editItem('a', (current) => [current]);
  assert.deepEqual(await Promise.all([set, edited]), [undefined, [null]]);
});

test.awaited('calls that share a turn see one time', async (t) => {
  const { now } = stopClock(t);
  const end = now + 500_000;
  const store = temporaryStore(t);
  const keys = Array.from({ length: 50 }, (_, at) => `key ${at}`);
  await store.editItems(keys, () => keys.map((key) => [key, 1]), { ttl: new Date(end) });
  // The time advances whenever it is read, so that the items expire while they are looked at.
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

test.awaited(
  'an item made in a turn is there for all of its later calls or for none',
  async (t) => {
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
  },
);

test('an expiry that no Date can hold is a RangeError of its own call', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const place = newPlace(t);
  const store = open(place, { expiredInterval: false });
  await store.init();
  const refused = { name: 'RangeError', code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
  for (const ttl of [LAST, LAST - now + 1, Number.MAX_SAFE_INTEGER, 2 ** 60, Number.MAX_VALUE]) {
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
    ];
    for (const call of guilty) await assert.rejects(call, refused, String(ttl));
    assert.throws(() => open(place, { ttl }), refused);
    assert.deepEqual(await Promise.all(innocent), [undefined, 2, undefined]);
  }
  assert.equal(await store.hasItem('x'), false);
  await store.setItem('last', 1, { ttl: LAST - now });
  await assertExpires(store, clock, 'last', LAST);
  await store.setItem('last', 1, { ttl: new Date(LAST) });
  await assertExpires(store, clock, 'last', LAST);
  await store.close();
});

test('a default ttl that reaches beyond the last Date rejects only the calls that need it', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { ttl: LAST - clock.now });
  await store.setItem('kept', 1);
  clock.moveTo(clock.now + 1);
  const refused = { name: 'RangeError', code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
  const calls = [
    [store.setItem('x', 1), refused],
    [store.updateItem('x', 1), refused],
    [store.editItem('x', () => 1), refused],
    [
      store.editItems(['x', 'kept'], () => [
        ['kept', 2],
        ['x', 1],
      ]),
      refused,
    ],
    [store.setItem('other', 1, { ttl: null })],
    [store.editItem('kept', (value) => value + 1)],
    // The last one: blocking calls cannot wait for it.
    [store.editItem('x', async () => 1), refused],
  ];
  await Promise.all(calls.map(([call, error]) => (error ? assert.rejects(call, error) : call)));
  assert.deepEqual(await store.entries(), [
    ['kept', 2],
    ['other', 1],
  ]);
});

test('removeExpiredItems removes expired items and resolves to their number', async (t) => {
  const clock = stopClock(t);
  const place = newPlace(t);
  const store = open(place);
  for (let count = 0; count < 10; count++) {
    await store.setItem(`short ${count}`, count, { ttl: 1000 });
    await store.setItem(`long ${count}`, count, { ttl: 9000 });
  }
  assert.equal(await store.removeExpiredItems(), 0);
  clock.moveTo(clock.now + 1000);
  const set = store.setItem('short 0', 'again');
  // The set may come first, or replace an item that was removed.
  assert.ok([9, 10].includes(await store.removeExpiredItems()));
  await set;
  assert.equal(await store.removeExpiredItems(), 0);
  assert.equal(await store.length(), 11);
  clock.moveTo(clock.now - 1000);
  assert.equal(await store.getItem('short 1'), undefined, 'removed, not merely hidden');
  await store.close();
});
