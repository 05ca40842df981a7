'use strict';

// Calls of many items: getItems reads them at one moment, setItems stores them in one commit.

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { newPlace, stopClock } = require('../support/engine');
const { open, temporaryStore, test } = require('../support/kinds');

/** Keys that the engine may have to look up in different ways. */
const ODD_KEYS = ['', '"quoted"\n', '\ud800', 'k'.repeat(5000), '__proto__', '😀'];

test('getItems gives the items that are there, in the order of the keys', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  await store.setItem('b', { n: 2 });
  await store.setItem(3, null);
  const items = await store.getItems(['b', 'none', 3, 'a', 'b']);
  assert.deepEqual(
    [...items],
    [
      ['b', { n: 2 }],
      ['3', null],
      ['a', 1],
    ],
  );
  items.get('b').n = 'spoilt';
  assert.deepEqual(await store.getItems(new Set(['b'])), new Map([['b', { n: 2 }]]));
  assert.deepEqual(await store.getItems([]), new Map());
  assert.deepEqual(await store.getItems(['none']), new Map());
  for (const keys of ['ab', 5, null, undefined, {}, ['a', {}]]) {
    await assert.rejects(store.getItems(keys), { code: 'ERR_PERSIST_LOCK_INVALID_KEY' });
  }
});

test('getItems finds any keys, and thousands of them', async (t) => {
  const store = temporaryStore(t);
  const entries = [
    ...ODD_KEYS.map((key, at) => [key, `odd ${at}`]),
    ...Array.from({ length: 5000 }, (_, at) => [`key ${at}`, { at, text: 'x'.repeat(at % 300) }]),
  ];
  await store.setItems(entries);
  const keys = entries.map(([key]) => key).toReversed();
  assert.deepEqual([...(await store.getItems(keys))], entries.toReversed());
  assert.equal(await store.length(), entries.length);
});

test('getItems leaves out expired items, and gives values that the codec reads', async (t) => {
  const clock = stopClock(t);
  const pair = {
    stringify: (value) => `<${JSON.stringify(value)}>`,
    parse: (text) => ({ parsed: text }),
  };
  const store = temporaryStore(t, { ...pair, expiredInterval: false });
  await store.setItem('a', 1, { ttl: 1000 });
  await store.setItem('b', 2);
  const b = ['b', { parsed: '<2>' }];
  assert.deepEqual([...(await store.getItems(['a', 'b']))], [['a', { parsed: '<1>' }], b]);
  clock.moveTo(clock.now + 1000);
  assert.deepEqual([...(await store.getItems(['a', 'b']))], [b]);
});

test('getItems compares all expiries with one time', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  const keys = Array.from({ length: 20 }, (_, at) => `key ${at}`);
  const end = clock.now + 1000;
  await store.setItems(
    keys.map((key) => [key, 1]),
    { ttl: new Date(end) },
  );
  for (let before = 1; before < 30; before++) {
    let time = end - before;
    const advancing = t.mock.method(Date, 'now', () => time++);
    const { size } = await store.getItems(keys);
    advancing.mock.restore();
    assert.equal(
      size === 0 || size === keys.length,
      true,
      `${size} from ${before} ms before the end`,
    );
  }
});

test('getItems sees one moment, while others commit', async (t) => {
  const place = newPlace(t);
  const [reader, writer] = [open(place), open(place, { durability: 'os' })];
  const keys = Array.from({ length: 3000 }, (_, at) => `key ${at}`);
  const setAll = (round) =>
    writer.setItems(keys.map((key) => [key, { round, text: 'x'.repeat(50) }]));
  await setAll(0);
  let isOver = false;
  const reads = (async () => {
    while (!isOver) {
      const items = await reader.getItems(keys);
      const rounds = new Set(Array.from(items.values(), ({ round }) => round));
      assert.deepEqual([items.size, rounds.size], [keys.length, 1]);
      await new Promise(setImmediate);
    }
  })();
  for (let round = 1; round <= 20; round++) await setAll(round);
  isOver = true;
  await reads;
  await reader.close();
  await writer.close();
});

test('setItems stores all of its items in one commit', async (t) => {
  const { now } = stopClock(t);
  const store = temporaryStore(t, { ttl: 9000, expiredInterval: false });
  const commits = [];
  const gather = ({ keys }) => commits.push(keys);
  subscribe('persist-lock:commit', gather);
  t.after(() => unsubscribe('persist-lock:commit', gather));
  assert.equal(await store.setItems(new Map([['a', 1], ['b', 2]])), undefined); // prettier-ignore
  assert.equal(await store.setItems(Object.entries({ c: 3 }), { ttl: 1000 }), undefined);
  function* pairs() {
    yield [4, 'four'];
    yield ['a', 'first'];
    yield ['a', 'last'];
  }
  await store.setItems(pairs(), { ttl: null });
  await store.setItems(new Map());
  assert.deepEqual(commits, [['a', 'b'], ['c'], ['4', 'a']]);
  assert.deepEqual(new Map(await store.entries()), new Map(Object.entries({ a: 'last', b: 2, c: 3, 4: 'four' }))); // prettier-ignore
  const ends = { a: null, b: new Date(now + 9000), c: new Date(now + 1000), 4: null };
  for (const [key, end] of Object.entries(ends)) assert.deepEqual(await store.getExpiry(key), end);
});

test('a setItems with one wrong pair, value, key or option changes nothing', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 'kept');
  const value = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' };
  const cases = [
    [[['a', 1], ['b', undefined]], undefined, { ...value, key: 'b' }], // prettier-ignore
    [[['a', 1], ['b', NaN]], undefined, { ...value, key: 'b' }], // prettier-ignore
    [[['a', 1], [{}, 1]], undefined, { code: 'ERR_PERSIST_LOCK_INVALID_KEY' }], // prettier-ignore
    [[['a', 1], 'b'], undefined, value], // prettier-ignore
    [[['a', 1], undefined], undefined, value], // prettier-ignore
    [[['a', 1, { ttl: 1000 }]], undefined, { ...value, message: /pair.*"ttl" option/ }],
    [{ a: 1 }, undefined, { ...value, message: /Object\.entries/ }],
    ['ab', undefined, value],
    [undefined, undefined, value],
    [[['a', 1]], { ttl: -1 }, { name: 'RangeError', code: 'ERR_PERSIST_LOCK_INVALID_TTL' }],
    [[['a', 1]], { timeout: 1 }, { code: 'ERR_PERSIST_LOCK_INVALID_OPTION' }],
  ];
  for (const [entries, options, expected] of cases) {
    await assert.rejects(store.setItems(entries, options), expected);
  }
  assert.deepEqual(await store.entries(), [['a', 'kept']]);
});

test.awaited(
  'setItems copies its values at the call, and takes its place among other writes',
  async (t) => {
    const store = temporaryStore(t);
    const value = { n: 1 };
    const writes = [
      store.setItem('a', 'before'),
      store.setItems([['a', value], ['b', value]]), // prettier-ignore
      store.editItem('b', ({ n }) => ({ n: n + 1 })),
    ];
    value.n = 'spoilt';
    await Promise.all(writes);
    assert.deepEqual([...(await store.getItems(['a', 'b']))], [['a', { n: 1 }], ['b', { n: 2 }]]); // prettier-ignore
  },
);
