'use strict';

// Wrong arguments: each call rejects with the error of its argument and never throws, and stored
// items stay.

const assert = require('node:assert/strict');
const { runInNewContext } = require('node:vm');
const { newPlace } = require('../support/engine');
const { open, temporaryStore, test } = require('../support/kinds');

/** Checks that a call rejects and does not throw. */
async function rejects(call, expected, message) {
  let promise;
  assert.doesNotThrow(() => (promise = call()), message);
  await assert.rejects(promise, expected, message);
}

test('a key that is neither a string nor a finite number is refused', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('undefined', 1);
  const expected = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_KEY' };
  const keys = [
    undefined,
    null,
    NaN,
    Infinity,
    true,
    1n,
    Symbol('a'),
    {},
    [],
    () => {},
    Buffer.from('a'),
  ];
  for (const key of keys) {
    await rejects(() => store.getItem(key), expected);
    await rejects(() => store.hasItem(key), expected);
    await rejects(() => store.setItem(key, 1), expected);
    await rejects(() => store.updateItem(key, 1), expected);
    await rejects(() => store.editItem(key, () => 1), expected);
    await rejects(() => store.removeItem(key), expected);
  }
  assert.deepEqual(await store.entries(), [['undefined', 1]]);
});

test('a value that JSON cannot represent is refused', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 'kept');
  const circle = {};
  circle.circle = circle;
  const hostile = {
    toJSON() {
      throw new Error('no');
    },
  };
  const unreadable = {
    get part() {
      throw new Error('no');
    },
  };
  const expected = {
    name: 'TypeError',
    code: 'ERR_PERSIST_LOCK_INVALID_VALUE',
    key: 'a',
    message: /"a"|'a'/,
  };
  for (const value of [
    undefined,
    () => {},
    Symbol('a'),
    1n,
    circle,
    { deep: [1n] },
    hostile,
    unreadable,
  ]) {
    await rejects(() => store.setItem('a', value), expected);
    await rejects(() => store.updateItem('a', value), expected);
    await rejects(() => store.editItem('a', () => value), expected);
    await rejects(() => store.editItem('a', async () => value), expected);
  }
  assert.deepEqual(await store.entries(), [['a', 'kept']]);
});

/** Values that JSON takes without an error, and of which it keeps nothing. */
const LOST = {
  NaN: () => NaN,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  promise: () => Promise.resolve(1),
  'rejected promise': () => {
    const rejected = Promise.reject(new Error('nobody asks'));
    rejected.catch(() => {});
    return rejected;
  },
  thenable: () => ({ then: () => {}, more: 1 }),
  'thenable with toJSON': () => ({ then: () => {}, toJSON: () => 1 }),
  'circular thenable': () => {
    const query = { then: () => {} };
    query.query = query;
    return query;
  },
  Map: () => new Map([[1, 2]]),
  'Map with a property': () => Object.assign(new Map([[1, 2]]), { more: 1 }),
  Set: () => new Set([1]),
  'empty Map': () => new Map(),
  'Map of another realm': () => runInNewContext('Object.assign(new Map([[1, 2]]), { more: 1 })'),
  'Set of another realm': () => runInNewContext('Object.assign(new Set([1]), { more: 1 })'),
  'promise of another realm': () => runInNewContext('Promise.resolve(1)'),
  'iterator of an array': () => [1, 2].values(),
  'iterator of a Map': () => new Map([[1, 2]]).entries(),
  generator: () =>
    (function* () {
      yield 1;
    })(),
  'asynchronous generator': () =>
    (async function* () {
      yield 1;
    })(),
  URLSearchParams: () => new URLSearchParams('a=1'),
  WeakMap: () => new WeakMap(),
  WeakSet: () => new WeakSet(),
  WeakRef: () => new WeakRef({}),
  RegExp: () => /a/,
  Error: () => new Error('lost'),
  ArrayBuffer: () => new ArrayBuffer(8),
  DataView: () => new DataView(new ArrayBuffer(8)),
  'RegExp of another realm': () => runInNewContext('/a/'),
  Response: () => new Response('{}'),
  Blob: () => new Blob(['text']),
  'boxed NaN': () => Object(NaN),
  'boxed symbol': () => Object(Symbol('a')),
  'toJSON that gives NaN': () => ({ toJSON: () => NaN }),
  'toJSON that gives a Map': () => ({ toJSON: () => new Map([[1, 2]]) }),
  'toJSON that gives a Set': () => ({ toJSON: () => new Set([1]) }),
  'asynchronous toJSON': () => ({ toJSON: async () => ({ a: 1 }) }),
};

test('a value of which JSON keeps nothing is refused', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 'kept');
  const refused = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'a' };
  for (const [name, make] of Object.entries(LOST)) {
    const isPromise = /promise|thenable/.test(name);
    const message = isPromise ? /'a': .*forget `await`/ : /'a': .*(JSON|NaN|Infinity)/;
    const expected = { ...refused, message };
    await rejects(() => store.setItem('a', make()), expected, name);
    await rejects(() => store.updateItem('a', make()), expected, name);
    await rejects(() => store.setItems([['a', make()]]), expected, name);
    await rejects(() => store.editItems(['a'], () => [['a', make()]]), expected, name);
    if (isPromise) continue;
    await rejects(() => store.editItem('a', make), expected, name);
    await rejects(() => store.editItem('a', async () => make()), expected, name);
    await rejects(
      () => store.getOrSet('new', make),
      { ...expected, message: /./, key: 'new' },
      name,
    );
  }
  assert.deepEqual(await store.entries(), [['a', 'kept']]);
});

test('objects of which JSON keeps something, or which know their JSON form, are stored', async (t) => {
  const store = temporaryStore(t);
  class Tags extends Set {
    toJSON() {
      return [...this];
    }
  }
  class Settings {}
  const cases = [
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Tags(['a', 'b']), ['a', 'b']],
    [new Settings(), {}],
    [Object.assign(new Settings(), { size: 1 }), { size: 1 }],
    [Object.create(null), {}],
    [runInNewContext('({})'), {}],
    [runInNewContext('[]'), []],
    [new Uint8Array(0), {}],
    [Object.assign(new Error('told'), { code: 5 }), { code: 5 }],
    [new URL('http://host/'), 'http://host/'],
    [-0, 0],
    [{ then: 'a text' }, { then: 'a text' }],
    [Object(5), 5],
    [new Date(NaN), null],
    [{ toJSON: () => null }, null],
    [{ toJSON: () => ({}) }, {}],
    [new (class { toJSON() { return this; } })(), {}], // prettier-ignore
    [{ next: 1 }, { next: 1 }],
  ];
  for (const [value, expected] of cases) {
    await store.setItem('a', value);
    assert.deepEqual(await store.getItem('a'), expected);
    await store.editItem('b', () => value);
    assert.deepEqual(await store.getItem('b'), expected);
  }
});

test('a stringify of the program’s own gets every value except a promise', async (t) => {
  const given = [];
  const stringify = (value) => {
    given.push(value);
    return 'text';
  };
  const store = temporaryStore(t, { stringify, parse: String });
  const values = [NaN, new Map(), new Set(), [].values(), { then: () => {} }];
  for (const value of values) await store.setItem('a', value);
  assert.deepEqual(given, values);
  await rejects(() => store.setItem('a', Promise.resolve(1)), {
    code: 'ERR_PERSIST_LOCK_INVALID_VALUE',
    message: /forget `await`/,
  });
  const itself = temporaryStore(t, { stringify: JSON.stringify, parse: JSON.parse });
  await rejects(() => itself.setItem('a', NaN), { code: 'ERR_PERSIST_LOCK_INVALID_VALUE' });
});

test('a ttl that is no future time is refused', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  await store.setItem('a', 'kept');
  const cases = [
    [-1, 'RangeError'],
    [-Infinity, 'RangeError'],
    [new Date(0), 'RangeError'],
    [Number.MAX_VALUE, 'RangeError'],
    [NaN, 'TypeError'],
    [new Date(NaN), 'TypeError'],
    ['1000', 'TypeError'],
    [{}, 'TypeError'],
    [1n, 'TypeError'],
  ];
  for (const [ttl, name] of cases) {
    const expected = { name, code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
    await rejects(() => store.setItem('a', 1, { ttl }), expected);
    await rejects(() => store.updateItem('a', 1, { ttl }), expected);
    await rejects(() => store.editItem('a', () => 1, { ttl }), expected);
    assert.throws(() => open(place, { ttl }), expected);
  }
  assert.deepEqual(await store.entries(), [['a', 'kept']]);
  await store.close();
});

test('wrong callbacks, prefixes and matches are refused', async (t) => {
  const store = temporaryStore(t);
  await rejects(() => store.editItem('a'), { code: 'ERR_PERSIST_LOCK_INVALID_CALLBACK' });
  await rejects(() => store.editItem('a', 5), { name: 'TypeError' });
  await rejects(() => store.forEach(), { code: 'ERR_PERSIST_LOCK_INVALID_CALLBACK' });
  await rejects(() => store.keys({ prefix: 5 }), { code: 'ERR_PERSIST_LOCK_INVALID_PREFIX' });
  await rejects(() => store.length({ prefix: {} }), { name: 'TypeError' });
  await rejects(() => store.valuesWithKeyMatch(5), { code: 'ERR_PERSIST_LOCK_INVALID_MATCH' });
});

test('options that a call does not have are refused', async (t) => {
  const store = temporaryStore(t);
  const expected = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' };
  for (const options of [5, null, 'ttl', { tll: 5 }]) {
    await rejects(() => store.setItem('a', 1, options), expected);
    await rejects(() => store.updateItem('a', 1, options), expected);
    await rejects(() => store.editItem('a', () => 1, options), expected);
    await rejects(() => store.keys(options), expected);
    await rejects(() => store.length(options), expected);
  }
  assert.equal(await store.length(), 0);
});

test.awaited('wrong options are refused when a store is opened', (t) => {
  const place = newPlace(t);
  const cases = [
    5,
    null,
    { durability: 'none' },
    { expiredInterval: 0 },
    { expiredInterval: true },
    { expiredInterval: 2 ** 31 },
    { stringify: 'JSON' },
    { parse: {} },
    { expiredinterval: 5 },
  ];
  const expected = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' };
  for (const options of cases) {
    assert.throws(() => open(place, options), expected, JSON.stringify(options));
  }
});

test('a pair of stringify and parse may make any strings', async (t) => {
  const place = newPlace(t);
  const pair = {
    stringify: (value) => `€ not JSON\n\ud800${value.join('|')}`,
    parse: (text) => text.slice('€ not JSON\n\ud800'.length).split('|'),
  };
  const store = open(place, pair);
  await store.setItem('a', ['1', '2']);
  assert.deepEqual(await store.editItem('a', (current) => [...current, '3']), ['1', '2', '3']);
  await store.close();

  const again = open(place, pair);
  assert.deepEqual(await again.getItem('a'), ['1', '2', '3']);
  assert.deepEqual(await again.values(), [['1', '2', '3']]);
  assert.deepEqual(await again.valuesWithKeyMatch('a'), [['1', '2', '3']]);
  for await (const entry of again) assert.deepEqual(entry, ['a', ['1', '2', '3']]);
  await rejects(() => again.setItem('a', 5), { name: 'TypeError', key: 'a' });
  await again.close();

  const plain = open(place);
  assert.equal(await plain.getItem('a'), '€ not JSON\n\ud8001|2|3');
  await plain.setItem('plain', 5);
  await plain.close();

  const refusing = open(place, {
    stringify: () => 5,
    parse: () => {
      throw new Error('not mine');
    },
  });
  const expected = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_PARSE' };
  await rejects(() => refusing.getItem('a'), { ...expected, key: 'a', message: /not mine/ });
  await rejects(() => refusing.getItem('plain'), { ...expected, key: 'plain' });
  await rejects(() => refusing.values(), { ...expected, key: 'a' });
  await rejects(() => refusing.editItem('a', () => 1), { ...expected, key: 'a' });
  await rejects(() => refusing.setItem('a', 1), { name: 'TypeError', key: 'a' });
  assert.equal(await refusing.removeItem('a'), true);
  await refusing.close();
});

test('any thrown value, even one that is no Error, is reported if stringify, parse or toJSON throws it', async (t) => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const unreadable = { get message() { throw new Error('nobody reads this'); } }; // prettier-ignore
  for (const thrown of [
    null,
    undefined,
    'a text',
    Symbol('s'),
    { message: 5 },
    unreadable,
    revoked.proxy,
  ]) {
    const fail = () => {
      throw thrown;
    };
    const place = newPlace(t);
    const store = open(place);
    const stored = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'a' };
    await assert.rejects(store.setItem('a', { toJSON: fail }), stored);
    await store.setItem('a', 'stored');
    await store.close();
    const strings = open(place, { stringify: () => 'text', parse: fail });
    await strings.setItem('b', 1);
    const read = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_PARSE', key: 'b' };
    await assert.rejects(strings.getItem('b'), read);
    await strings.close();
    const failing = open(place, { stringify: fail, parse: String });
    await assert.rejects(failing.setItem('a', 1), stored);
    await failing.close();
  }
});
