'use strict';

// A ttl that is a function of the new value and of the item before; what callbacks are told of the
// item before; getExpiry and touch.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { stopClock } = require('../support/engine');
const { temporaryStore, test } = require('../support/kinds');

test('a rate limit ends although each call counts', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  const count = () =>
    store.editItem('limit', (calls = 0) => calls + 1, {
      ttl: (calls, before) => (before ? undefined : 60_000),
    });
  assert.equal(await count(), 1);
  clock.moveTo(clock.now + 59_999);
  assert.equal(await count(), 2);
  assert.deepEqual(await store.getExpiry('limit'), new Date(clock.now + 60_000));
  clock.moveTo(clock.now + 60_000);
  assert.equal(await count(), 1);
  assert.deepEqual(await store.getExpiry('limit'), new Date(clock.now + 120_000));
});

test('a token is renewed before it ends, and kept with its expiry until then', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { expiredInterval: false });
  let fetched = 0;
  const token = (fetch) =>
    store.editItem(
      'token',
      (current, before) => (before?.expires - Date.now() > 30_000 ? current : fetch()),
      { ttl: ({ id, seconds }, before) => (id === before?.value.id ? undefined : seconds * 1000) },
    );
  const fetch = () => ({ id: ++fetched, seconds: 100 });
  for (const [at, id] of [
    [0, 1],
    [69_999, 1],
    [70_000, 2],
    [139_999, 2],
    [140_000, 3],
  ]) {
    clock.moveTo(now + at);
    assert.equal((await token(fetch)).id, id);
    assert.deepEqual(await store.getExpiry('token'), new Date(now + 70_000 * id + 30_000));
  }
});

/** The calls that take a function as their ttl, as functions of a key and that function. */
function callsOf(store) {
  const value = { n: 2 };
  return {
    editItem: (key, ttl) => store.editItem(key, () => value, { ttl }),
    'asynchronous editItem': (key, ttl) => store.editItem(key, async () => value, { ttl }),
    editItems: (key, ttl) => store.editItems([key], () => [[key, value]], { ttl }),
    'asynchronous editItems': (key, ttl) =>
      store.editItems([key], async () => [[key, value]], { ttl }),
    updateItem: (key, ttl) => store.updateItem(key, value, { ttl }),
    getOrSet: (key, ttl) => store.getOrSet(key, () => value, { ttl }),
    'asynchronous getOrSet': (key, ttl) => store.getOrSet(key, async () => value, { ttl }),
    touch: (key, ttl) => store.touch(key, ttl),
  };
}

test('the function gets the new value and the item before, each its own copy', async (t) => {
  const { now } = stopClock(t);
  const store = temporaryStore(t, { ttl: 7000, expiredInterval: false });
  const end = new Date(now + 1000);
  for (const [name, call] of Object.entries(callsOf(store))) {
    const isTouch = name === 'touch';
    const isNew = name.endsWith('getOrSet');
    await store.removeItem('a');
    if (!isNew) await store.setItem('a', { n: 1 }, { ttl: end });
    const seen = [];
    await call('a', (value, before) => {
      seen.push(structuredClone([value, before]));
      value.spoilt = true;
      if (before) before.value.spoilt = true;
      before?.expires.setTime(0);
      return 2000;
    });
    const before = isNew ? undefined : { value: { n: 1 }, expires: end };
    assert.deepEqual(seen, [[{ n: isTouch ? 1 : 2 }, before]], name);
    assert.deepEqual(await store.getItem('a'), { n: isTouch ? 1 : 2 }, name);
    assert.deepEqual(await store.getExpiry('a'), new Date(now + 2000), name);
    if (isNew) continue;
    await store.setItem('a', { n: 1 }, { ttl: null });
    await call('a', (value, { expires }) => assert.equal(expires, null));
    assert.equal(await store.getExpiry('a'), null, `${name} keeps the expiry`);
  }
});

test('a function that gives undefined keeps an item’s expiry, and gives a new item the default', async (t) => {
  const { now } = stopClock(t);
  const store = temporaryStore(t, { ttl: 7000, expiredInterval: false });
  for (const [name, call] of Object.entries(callsOf(store))) {
    await store.removeItem('a');
    await call('a', () => undefined);
    const made = name === 'touch' ? undefined : new Date(now + 7000);
    assert.deepEqual(await store.getExpiry('a'), made, name);
    await store.setItem('a', 1, { ttl: 1000 });
    await call('a', () => undefined);
    assert.deepEqual(await store.getExpiry('a'), new Date(now + 1000), name);
  }
});

test('the function may give any ttl', async (t) => {
  const { now } = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  const cases = [
    [1000, new Date(now + 1000)],
    [new Date(now + 5), new Date(now + 5)],
    [true, new Date(now + 86_400_000)],
    [null, null],
    [false, null],
    [0, null],
  ];
  for (const [ttl, expected] of cases) {
    await store.editItem('a', () => 1, { ttl: () => ttl });
    assert.deepEqual(await store.getExpiry('a'), expected);
  }
});

test('an error of the function is that of its call, and nothing changes', async (t) => {
  stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  const thrown = new Error('mine');
  const invalid = { code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
  const cases = [
    [() => { throw thrown; }, (error) => error === thrown], // prettier-ignore
    [() => -1, { ...invalid, name: 'RangeError' }],
    [() => 'soon', { ...invalid, name: 'TypeError' }],
    [() => () => 1, { ...invalid, name: 'TypeError' }],
    [async () => 1000, { ...invalid, name: 'TypeError', message: /must not return a promise/ }],
    [async () => Promise.reject(thrown), { ...invalid, name: 'TypeError' }],
  ];
  for (const [name, call] of Object.entries(callsOf(store))) {
    for (const [ttl, expected] of cases) {
      const isNew = name.endsWith('getOrSet');
      await store.removeItem('a');
      if (!isNew) await store.setItem('a', 'kept');
      await assert.rejects(call('a', ttl), expected, name);
      assert.equal(await store.getItem('a'), isNew ? undefined : 'kept');
    }
  }
});

test('an editItems whose function throws for one item stores none', async (t) => {
  const store = temporaryStore(t);
  const ttl = (value) => (value === 2 ? -1 : 1000);
  const edit = () => [
    ['a', 1],
    ['b', 2],
  ];
  await assert.rejects(store.editItems(['a', 'b'], edit, { ttl }), { name: 'RangeError' });
  assert.equal(await store.length(), 0);
});

test('calls that do not know their item refuse a function', async (t) => {
  const store = temporaryStore(t);
  const expected = { code: 'ERR_PERSIST_LOCK_INVALID_TTL', message: /updateItem, editItem/ };
  const ttl = () => 1000;
  await assert.rejects(store.setItem('a', 1, { ttl }), expected);
  await assert.rejects(store.setItems([['a', 1]], { ttl }), expected);
  assert.throws(() => temporaryStore(t, { ttl }), expected);
  assert.equal(await store.length(), 0);
});

test.awaited('the function runs in the asynchronous context of its call', async (t) => {
  const store = temporaryStore(t);
  const storage = new AsyncLocalStorage();
  const contexts = [];
  const ttl = () => {
    contexts.push(storage.getStore());
    return undefined;
  };
  const all = Object.values(callsOf(store));
  await Promise.all(
    all.map((call, at) => storage.run(at, () => call(`key ${at}`, ttl).then(() => {}))),
  );
  for (const [at, call] of all.entries()) {
    await storage.run(at, () => call(`key ${at}`, ttl));
  }
  // A touch of no item asks for no ttl, and neither does a getOrSet that finds one.
  const made = [0, 1, 2, 3, 4, 5, 6];
  assert.deepEqual(contexts.slice(0, 7).sort(), made);
  assert.deepEqual(contexts.slice(7), [0, 1, 2, 3, 4]);
});

test('an edit is told the item before', async (t) => {
  const { now } = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  const seen = [];
  const note = (current, before) => {
    seen.push([current, before && { ...before }]);
    return 1;
  };
  await store.editItem('a', note);
  await store.editItem('a', note, { ttl: 1000 });
  await store.editItem('a', async (current, before) => note(current, before));
  const expires = new Date(now + 1000);
  assert.deepEqual(seen, [
    [undefined, undefined],
    [1, { value: 1, expires: null }],
    [1, { value: 1, expires }],
  ]);
  const noteAll = (items, befores) => {
    assert.deepEqual(
      [...items],
      [
        ['a', 1],
        ['b', undefined],
      ],
    );
    assert.deepEqual([...befores], [['a', { value: 1, expires }]]);
    return [];
  };
  await store.editItems(['a', 'b'], noteAll);
  await store.editItems(['a', 'b'], async (items, befores) => noteAll(items, befores));
});

test.awaited('edits of one turn are told of each other', async (t) => {
  const { now } = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  await store.init();
  const befores = [];
  const ttl = (value, before) => {
    befores.push(before && { ...before });
    return value * 1000;
  };
  const add = (current = 0) => current + 1;
  await Promise.all([1, 2, 3].map(() => store.editItem('a', add, { ttl })));
  assert.deepEqual(befores, [
    undefined,
    { value: 1, expires: new Date(now + 1000) },
    { value: 2, expires: new Date(now + 2000) },
  ]);
});

test.awaited('the item before stays as it was while others change their results', async (t) => {
  const store = temporaryStore(t);
  await store.init();
  const first = store.editItem('a', () => ({ n: 1 }));
  let before;
  const ttl = (value, item) => void (before = item.value);
  const second = store.editItem(
    'a',
    async () => {
      (await first).n = 'spoilt';
      return { n: 2 };
    },
    { ttl },
  );
  await second;
  assert.deepEqual(before, { n: 1 });
});

test.awaited('an expiry that a function gives back may have passed meanwhile', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItem('a', 1, { ttl: 1000 });
  const edit = async () => {
    clock.moveTo(clock.now + 1000);
    return 2;
  };
  assert.equal(await store.editItem('a', edit, { ttl: (value, { expires }) => expires }), 2);
  assert.equal(await store.getItem('a'), undefined);
});

test('getExpiry gives the end of an item, null for never, and undefined without an item', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  for (const key of ['a', '"quoted"\n', '\ud800', 'k'.repeat(5000), 7]) {
    assert.equal(await store.getExpiry(key), undefined);
    await store.setItem(key, 'x'.repeat(100));
    assert.equal(await store.getExpiry(key), null);
    await store.setItem(key, 1, { ttl: 1000 });
    assert.deepEqual(await store.getExpiry(key), new Date(clock.now + 1000));
    clock.moveTo(clock.now + 999);
    assert.deepEqual(await store.getExpiry(key), new Date(clock.now + 1000));
    clock.moveTo(clock.now + 1000);
    assert.equal(await store.getExpiry(key), undefined);
    clock.moveTo(clock.now);
  }
  await assert.rejects(store.getExpiry({}), { code: 'ERR_PERSIST_LOCK_INVALID_KEY' });
});

test('touch changes the expiry of an item that is there, and keeps its value', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { expiredInterval: false });
  assert.equal(await store.touch('a', 1000), false);
  assert.equal(await store.hasItem('a'), false);
  await store.setItem('a', { n: 1 });
  for (const [ttl, expected] of [
    [1000, new Date(now + 1000)],
    [new Date(now + 5), new Date(now + 5)],
    [null, null],
    [true, new Date(now + 86_400_000)],
    [() => 5000, new Date(now + 5000)],
  ]) {
    assert.equal(await store.touch('a', ttl), true);
    assert.deepEqual(await store.getExpiry('a'), expected);
    assert.deepEqual(await store.getItem('a'), { n: 1 });
  }
  clock.moveTo(now + 5000);
  assert.equal(await store.touch('a', 1000), false);
});

test('touch without a ttl renews by the constructor’s, and needs one there', async (t) => {
  const { now } = stopClock(t);
  const renewing = temporaryStore(t, { ttl: 3000, expiredInterval: false });
  await renewing.setItem('a', 1, { ttl: 10 });
  assert.equal(await renewing.touch('a'), true);
  assert.deepEqual(await renewing.getExpiry('a'), new Date(now + 3000));
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItem('a', 1, { ttl: 10 });
  const invalid = { code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
  await assert.rejects(store.touch('a'), { ...invalid, message: /"ttl" argument is missing/ });
  await assert.rejects(store.touch('a', -1), { ...invalid, name: 'RangeError' });
  await assert.rejects(store.touch('a', '1'), { ...invalid, name: 'TypeError' });
  await assert.rejects(store.touch({}, 1), { code: 'ERR_PERSIST_LOCK_INVALID_KEY' });
  assert.deepEqual(await store.getExpiry('a'), new Date(now + 10));
});

test.awaited(
  'a touch of an item that is set or edited in the same turn keeps its new value',
  async (t) => {
    const { now } = stopClock(t);
    const store = temporaryStore(t, { expiredInterval: false });
    await store.init();
    const changes = [
      () => store.setItem('a', [1]),
      () => store.editItem('a', () => [1]),
      () => store.updateItem('a', [1]),
    ];
    for (const change of changes) {
      const [, touched] = await Promise.all([change(), store.touch('a', 1000)]);
      assert.equal(touched, true);
      assert.deepEqual(await store.getItem('a'), [1]);
      assert.deepEqual(await store.getExpiry('a'), new Date(now + 1000));
      const [, edited] = await Promise.all([
        store.touch('a', 2000),
        store.editItem('a', (current) => [...current, 2]),
      ]);
      assert.deepEqual(edited, [1, 2]);
      assert.deepEqual(await store.getExpiry('a'), new Date(now + 2000));
      await store.removeItem('a');
    }
  },
);

test('a function gives each of several items its own expiry by its key, which lacks the prefix of a part', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  const part = store.sub('part:');
  const spans = { a: 1000, b: 2000, 3: null };
  const ttl = (value, before, key) => spans[key];
  const pairs = Object.keys(spans).map((key) => [key, 'value']);
  await part.editItems(Object.keys(spans), () => pairs, { ttl });
  assert.deepEqual(await store.getExpiry('part:a'), new Date(clock.now + 1000));
  assert.deepEqual(await store.getExpiry('part:b'), new Date(clock.now + 2000));
  assert.equal(await store.getExpiry('part:3'), null);
  const keys = [];
  for (const call of Object.values(callsOf(part))) {
    await call('a', (value, before, key) => void keys.push(key));
  }
  assert.deepEqual(new Set(keys), new Set(['a']));
});
