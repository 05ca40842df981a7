'use strict';

// The effect and the result of each call, one instance at a time.

const assert = require('node:assert/strict');
const { REMOVE, leaveNothing, newPlace } = require('../support/engine');
const { open, temporaryStore, test } = require('../support/kinds');
const { entriesInOrder, inOrder } = require('../support/key-order');
const { held } = require('../support/waiting');

test('init resolves to the instance, and may be repeated or omitted', async (t) => {
  const store = temporaryStore(t);
  assert.equal(await store.init(), store);
  assert.equal(await store.init(), store);
  const uninitialised = temporaryStore(t);
  assert.equal(await uninitialised.getItem('a'), undefined);
});

test('values are read as JSON represents them', async (t) => {
  const store = temporaryStore(t);
  const values = [
    0,
    -1.5e300,
    '',
    'text "quoted" \\ \n \u2028 \u0000 €',
    '\ud800',
    true,
    false,
    null,
    [],
    {},
    [[[1]]],
    { a: { b: [null] }, __proto__x: 1 },
    JSON.parse('{"__proto__":1,"expires":7}'),
    { expires: 7 },
    ',"expires":7',
  ];
  for (const [at, value] of values.entries()) {
    await store.setItem(`key ${at}`, value);
    assert.deepEqual(await store.getItem(`key ${at}`), value);
  }
  const inTurn = values.map((value, at) => [`key ${at}`, value]).sort(entriesInOrder);
  assert.deepEqual(await store.entries(), inTurn);
  await store.setItem('date', new Date(0));
  assert.equal(await store.getItem('date'), '1970-01-01T00:00:00.000Z');
  await store.setItem('inside', { nan: NaN, zero: -0, map: new Map([[1, 2]]) });
  assert.deepEqual(await store.getItem('inside'), { nan: null, zero: 0, map: {} });
});

test('a call copies its value before it returns', async (t) => {
  const store = temporaryStore(t);
  const value = { count: 1 };
  const set = store.setItem('a', value);
  value.count = 2;
  await set;
  assert.deepEqual(await store.getItem('a'), { count: 1 });
  (await store.getItem('a')).count = 3;
  assert.deepEqual(await store.getItem('a'), { count: 1 });
  const edited = await store.editItem('a', () => value);
  assert.deepEqual(edited, value);
  edited.count = 4;
  assert.deepEqual(await store.getItem('a'), { count: 2 });
});

test.awaited('a value is copied when the promise of an edit has resolved to it', async (t) => {
  const store = temporaryStore(t);
  const value = { count: 1 };
  const calls = {
    editItem: (callback) => store.editItem('a', callback),
    editItems: (callback) => store.editItems(['a'], callback),
    getOrSet: (callback) => store.getOrSet('new', callback),
  };
  for (const [name, call] of Object.entries(calls)) {
    value.count = 1;
    const callback = held();
    const called = call(callback);
    await callback.begun();
    callback.finish(name === 'editItems' ? [['a', value]] : value);
    // The turn that commits begins only when all promises of this tick have settled.
    for (let ticks = 0; ticks < 100; ticks++) await null;
    value.count = 2;
    await called;
    assert.deepEqual(await store.getItem(name === 'getOrSet' ? 'new' : 'a'), { count: 1 }, name);
  }
});

test('any string and any finite number is a key', async (t) => {
  const store = temporaryStore(t);
  const keys = [
    '',
    ' ',
    '__proto__',
    'constructor',
    '../../etc/passwd',
    'line\nbreak',
    '"quoted"',
    '\\',
    '\ud800',
    '\udc00\ud800',
    '😀',
    '\u0000',
    'x'.repeat(2 ** 20),
  ];
  for (const [at, key] of keys.entries()) await store.setItem(key, at);
  for (const [at, key] of keys.entries()) assert.equal(await store.getItem(key), at);
  assert.deepEqual(await store.keys(), keys.toSorted(inOrder));
  assert.equal(await store.length(), keys.length);

  for (const number of [42, -0, 1.5, 1e21]) {
    await store.setItem(number, number);
    assert.equal(await store.getItem(String(number)), number + 0);
    assert.equal(await store.hasItem(number), true);
  }
  for (const key of keys) assert.equal(await store.removeItem(key), true);
  assert.deepEqual(await store.keys(), ['0', '1.5', '1e+21', '42']);
});

test('an item is set, updated, found and removed', async (t) => {
  const store = temporaryStore(t);
  assert.equal(await store.setItem('a', 1), undefined);
  assert.equal(await store.updateItem('a', 2), undefined);
  assert.equal(await store.updateItem('new', 3), undefined);
  assert.equal(await store.hasItem('a'), true);
  assert.equal(await store.hasItem('b'), false);
  assert.equal(await store.getItem('b'), undefined);
  assert.deepEqual(await store.entries(), [
    ['a', 2],
    ['new', 3],
  ]);
  assert.equal(await store.removeItem('a'), true);
  assert.equal(await store.removeItem('a'), false);
  assert.equal(await store.clear(), undefined);
  assert.equal(await store.length(), 0);
  assert.equal(await store.clear(), undefined);
});

test('an edit stores the value that its callback returns, or resolves to', async (t) => {
  const store = temporaryStore(t);
  assert.equal(await store.editItem('a', (current) => (current ?? 10) + 1), 11);
  assert.equal(await store.editItem('a', async (current) => current + 1), 12);
  assert.deepEqual(await store.editItem('a', () => ({ gone: undefined, at: new Date(0) })), {
    at: '1970-01-01T00:00:00.000Z',
  });
  assert.equal(await store.editItem('a', () => REMOVE), undefined);
  assert.equal(await store.hasItem('a'), false);
  assert.equal(await store.editItem('a', async () => REMOVE), undefined);
  assert.equal(await store.editItem('a', () => undefined), undefined);
  assert.equal(await store.hasItem('a'), false);
});

test('an edit that returns undefined for an existing item rejects', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  for (const forgotten of [() => {}, async () => {}]) {
    await assert.rejects(store.editItem('a', forgotten), {
      name: 'TypeError',
      code: 'ERR_PERSIST_LOCK_INVALID_VALUE',
      key: 'a',
    });
  }
  assert.equal(await store.getItem('a'), 1);
});

test('an edit whose callback throws fails with that very error, and later calls succeed', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  const thrown = Object.assign(new Error('mine'), { code: 'ENOENT' });
  for (const error of [thrown, undefined]) {
    const failed = store.editItem('a', () => {
      throw error;
    });
    const later = store.editItem('a', (current) => current + 1);
    await assert.rejects(failed, (rejected) => rejected === error);
    await later;
  }
  assert.equal(await store.getItem('a'), 3);
});

test.awaited(
  'an edit whose promise rejects fails with that very error, and later calls succeed',
  async (t) => {
    const store = temporaryStore(t);
    await store.setItem('a', 1);
    for (const error of [new Error('mine'), undefined]) {
      const failed = store.editItem('a', () => Promise.reject(error));
      const later = store.editItem('a', async (current) => current + 1);
      await assert.rejects(failed, (rejected) => rejected === error);
      await later;
    }
    assert.equal(await store.getItem('a'), 3);
  },
);

test.awaited('calls of one key take effect in the order in which they are made', async (t) => {
  const store = temporaryStore(t);
  const seen = [];
  const note = (mark) => (current) => {
    seen.push(`${mark}${current}`);
    return mark;
  };
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  await Promise.all([
    store.setItem('a', 0),
    store.editItem('a', note(1)),
    store.editItem('a', async (current) => {
      await pause();
      return note(2)(current);
    }),
    store.setItem('b', 'other'),
    store.editItem('a', note(3)),
    store.updateItem('a', 4),
    store.editItem('a', async (current) => {
      await pause();
      return note(5)(current);
    }),
    store.editItem('a', note(6)),
    store.removeItem('a'),
    store.editItem('a', note(7)),
  ]);
  assert.deepEqual(seen, ['10', '21', '32', '54', '65', '7undefined']);
  assert.deepEqual(await store.entries({ prefix: 'a' }), [['a', 7]]);
});

test.awaited('a clear waits for edits under way', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 1);
  const callback = held();
  const edit = store.editItem('a', callback);
  await store.setItem('b', 1);
  const order = [];
  const cleared = store.clear().then(() => order.push('cleared'));
  await store.setItem('c', 1);
  assert.equal(await store.getItem('kept'), 1);
  edit.then(() => order.push('edited'));
  callback.finish('edited');
  await cleared;
  assert.deepEqual(order, ['edited', 'cleared']);
  assert.deepEqual(await store.entries(), []);
});

test.awaited('calls that waited for an edit that fails come before later ones', async (t) => {
  const store = temporaryStore(t);
  const callback = held();
  const edit = store.editItem('a', callback);
  await store.setItem('b', 1);
  const waiting = store.setItem('a', 'first');
  await store.setItem('b', 2);
  callback.fail(new Error('mine'));
  const later = store.setItem('a', 'second');
  await assert.rejects(edit);
  await Promise.all([waiting, later]);
  assert.equal(await store.getItem('a'), 'second');
});

test.awaited('an asynchronous edit may read and write other keys', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('rate', 2);
  const result = await store.editItem('price', async () => {
    await store.editItem('asked', (count = 0) => count + 1);
    return 10 * (await store.getItem('rate'));
  });
  assert.equal(result, 20);
  assert.equal(await store.getItem('asked'), 1);
});

test.awaited('a closed store rejects every call, except for a further close', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const set = store.setItem('a', 1);
  const closed = store.close();
  const calls = {
    init: [],
    getItem: ['a'],
    hasItem: ['a'],
    setItem: ['a', 2],
    updateItem: ['a', 2],
    editItem: ['a', () => 2],
    removeItem: ['a'],
    clear: [],
    keys: [],
    values: [],
    entries: [],
    length: [],
    valuesWithKeyMatch: ['a'],
    forEach: [() => {}],
    removeExpiredItems: [],
  };
  for (const [name, args] of Object.entries(calls)) {
    await assert.rejects(store[name](...args), { code: 'ERR_PERSIST_LOCK_CLOSED' }, name);
  }
  await assert.rejects(store[Symbol.asyncIterator]().next(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  await Promise.all([set, closed, store.close(), store[Symbol.asyncDispose]()]);
  const again = open(place);
  assert.equal(await again.getItem('a'), 1);
  await leaveNothing(place, again);
});

test.awaited('close waits for reads under way', async (t) => {
  const place = newPlace(t);
  const writer = open(place);
  await writer.setItem('a', 1);
  await writer.close();
  const store = open(place);
  const reads = [store.init(), store.getItem('a'), store.keys(), store.length()];
  await store.close();
  assert.deepEqual(await Promise.all(reads), [store, 1, ['a'], 1]);
});
