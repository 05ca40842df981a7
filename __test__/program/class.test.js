'use strict';

// The class as programs extend and inspect it: subclasses may have members of any name, and no internals are reachable.

const assert = require('node:assert/strict');
const test = require('node:test');
const { inspect } = require('node:util');
const PersistLock = require('../..');
const nodePersist = require('../../node-persist');
const { temporaryFolder } = require('../support/folders');
const { membersOf } = require('../support/members');
const { temporaryStore } = require('../support/stores');

/** Calls every method of the class itself on an instance; resolves with the results of some. */
async function useAll(store, folder) {
  const own = PersistLock.prototype;
  await own.init.call(store);
  await own.setItem.call(store, 'a', 1);
  await own.updateItem.call(store, 'b', 2);
  await own.editItem.call(store, 'a', (a) => a + 1);
  await own.editItems.call(store, ['a', 'c'], async (items) => new Map(items).set('c', 3));
  await own.setItem.call(store, 'd', 4, { ttl: 1 });
  await own.removeItem.call(store, 'b');
  await own.sub.call(store, 'e:').setItem('e', 5);
  const removed = await own.removeItems.call(store, { prefix: 'e:' });
  while (await own.hasItem.call(store, 'd')) await new Promise(setImmediate);
  const entries = [];
  await own.forEach.call(store, ({ key, value }) => entries.push([key, value]));
  const iterated = [];
  for await (const entry of own[Symbol.asyncIterator].call(store)) iterated.push(entry);
  const walked = [];
  for await (const entry of own.iterate.call(store, {})) walked.push(entry);
  const given = {
    value: await own.getItem.call(store, 'a'),
    viewed: await own.viewItem.call(store, 'a', async (a) => a),
    keys: await own.keys.call(store),
    values: await own.values.call(store),
    matching: await own.valuesWithKeyMatch.call(store, /c/),
    entries: [await own.entries.call(store), entries, iterated, walked],
    removed,
    length: await own.length.call(store),
    items: (await own.stats.call(store)).items,
    expired: await own.removeExpiredItems.call(store),
  };
  await own.backup.call(store, `${folder}/backup`);
  await own.compact.call(store);
  await own.clear.call(store);
  await own.close.call(store);
  return given;
}

const EXPECTED = {
  value: 2,
  viewed: 2,
  keys: ['a', 'c'],
  values: [2, 3],
  matching: [3],
  removed: 1,
  entries: Array.from({ length: 4 }, () => [
    ['a', 2],
    ['c', 3],
  ]),
  length: 2,
  items: 2,
  expired: 1,
};

/** The names that the modules of the package give to members, private ones included, and those of the class itself. */
function usedNames() {
  const names = new Set(membersOf(PersistLock));
  for (const module of Object.values(require.cache)) {
    for (const exported of [module.exports, ...Object.values(module.exports ?? {})]) {
      if (typeof exported !== 'function') continue;
      for (const name of exported.toString().match(/[#\w]+(?=[(;])/g) ?? []) {
        names.add(name.replace('#', '')).add(name.replace('#', '_'));
      }
      for (const name of Reflect.ownKeys(exported.prototype ?? {})) names.add(name);
    }
  }
  names.delete('constructor');
  // With a method of this name an instance is a promise to JavaScript, and `init` resolves with an instance.
  names.delete('then');
  return names;
}

for (const [codec, options] of Object.entries({
  'as JSON': {},
  'with a codec': { stringify: JSON.stringify, parse: JSON.parse },
})) {
  test(`a subclass may have members of any name, items ${codec}`, async (t) => {
    const names = usedNames();
    for (const name of [
      'engine',
      '_engine',
      'values',
      'close',
      'submit',
      'openStore',
      'withTurn',
    ]) {
      assert.ok(names.has(name), name);
    }
    class Extended extends PersistLock {}
    class Filled extends PersistLock {}
    for (const name of names) {
      const value = () => assert.fail(`${String(name)} was called`);
      Object.defineProperty(Extended.prototype, name, { value });
    }
    const folder = temporaryFolder(t);
    assert.deepEqual(await useAll(new Extended(folder, options), folder), EXPECTED);
    // The same as own properties of an instance.
    const filled = new Filled(folder, options);
    for (const name of names) {
      Object.defineProperty(filled, name, { get: () => assert.fail(`${String(name)} was read`) });
    }
    assert.deepEqual(await useAll(filled, folder), EXPECTED);
  });
}

test('await using closes a subclass by its own close', async (t) => {
  let closed = 0;
  class Counting extends PersistLock {
    async close() {
      closed++;
      await super.close();
    }
  }
  const store = new Counting(temporaryFolder(t));
  await store.setItem('a', 1);
  await store[Symbol.asyncDispose]();
  assert.equal(closed, 1);
  await assert.rejects(store.getItem('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

/** Visits everything that can be reached from a value by its properties, prototypes and members of collections. */
function visit(value, seen) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  if (seen.has(value)) return;
  seen.add(value);
  visit(Object.getPrototypeOf(value), seen);
  for (const { value: member, get, set } of Object.values(
    Object.getOwnPropertyDescriptors(value),
  )) {
    for (const next of [member, get, set]) visit(next, seen);
  }
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    visit(Object.getOwnPropertyDescriptor(value, symbol).value, seen);
  }
  if (value instanceof Map || value instanceof Set) for (const each of value) visit(each, seen);
}

test('undefined may follow the arguments of the constructor', async () => {
  await new PersistLock('.', {}, undefined).close();
});

test('no part of the engine can be reached from an instance or its results', async (t) => {
  const store = temporaryStore(t);
  const given = [store, PersistLock, store.sub('a:')];
  const refused = [
    () => store.getItem({}),
    () => store.setItem('a', 1n),
    () => store.editItem('a', () => assert.fail('no')),
    () => store.editItem('a', () => store.editItem('a', () => 1)),
    () => store.backup('/dev/null/backup'),
    () => new PersistLock('/dev/null/store').init(),
  ];
  for (const refuse of refused) given.push(await refuse().then(assert.fail, (error) => error));
  given.push(store.setItem('a', 1), store.getItem('a'), store.compact(), store.stats());
  given.push(...(await Promise.all(given)), store[Symbol.asyncIterator](), await store.entries());
  await store.editItem('a', function (...args) {
    given.push(this, args);
    return 2;
  });
  const reached = new Set();
  for (const each of given) visit(each, reached);
  const inside = [...Object.values(require.cache)].flatMap(({ filename, exports }) =>
    /[\\/](lib[\\/](?!errors|items|part|persist-lock|store)|binding\.js)/.test(filename) &&
    !filename.includes('node_modules')
      ? [exports, ...Object.values(exports)].filter((part) => typeof part === 'function')
      : [],
  );
  assert.ok(inside.length > 20);
  for (const part of reached) {
    assert.ok(!inside.includes(part), inspect(part));
    assert.ok(!inside.includes(part.constructor), inspect(part));
  }
  assert.deepEqual(Reflect.ownKeys(store), []);
  const bases = [];
  for (let at = PersistLock; at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    bases.push(at.name);
  }
  assert.deepEqual(bases, ['PersistLock', 'Store', 'Items']);
  for (const showHidden of [false, true]) {
    assert.equal(inspect(store, { showHidden, depth: 9 }), 'PersistLock {}');
    assert.equal(inspect(store.sub('a:'), { showHidden, depth: 9 }), 'Part {}');
  }
});

test('the functions of a program are called without `this`', async (t) => {
  const called = new Map();
  const noting = (name, use) =>
    function (...args) {
      called.set(name, this);
      return use(...args);
    };
  const pair = {
    stringify: noting('stringify', JSON.stringify),
    parse: noting('parse', JSON.parse),
  };
  const store = temporaryStore(t, pair);
  const identity = (value) => value;
  await store.setItem('a', 1);
  await store.editItem('a', noting('edit', identity));
  await store.editItems(['a'], noting('edit of several', identity));
  await store.viewItem('a', noting('view', identity));
  await store.forEach(noting('callback', identity));
  const names = ['stringify', 'parse', 'edit', 'edit of several', 'view', 'callback'];
  assert.deepEqual(called, new Map(names.map((name) => [name, undefined])));

  called.clear();
  const storage = nodePersist.create({ dir: temporaryFolder(t), ...pair });
  await storage.init();
  await storage.setItem('a', 1);
  await storage.editItem('a', noting('edit', identity));
  for (const [name, receiver] of called) {
    // The options are the program's own.
    assert.ok(receiver === undefined || receiver === storage.options, name);
  }
});

test('every method of another object is refused, by its promise or at once', async (t) => {
  const store = temporaryStore(t);
  const args = {
    setItem: ['a', 1],
    updateItem: ['a', 1],
    editItem: ['a', String],
    editItems: [['a'], String],
    viewItem: ['a', String],
    forEach: [String],
    backup: ['backup'],
    keys: [],
    values: [],
    entries: [],
    length: [],
  };
  for (const name of membersOf(PersistLock)) {
    if (typeof name === 'symbol') continue;
    for (const receiver of [undefined, {}, Object.create(store), new Proxy(store, {})]) {
      const given = args[name.replace(/Sync$/, '')] ?? ['a'];
      const call = () => PersistLock.prototype[name].apply(receiver, given);
      if (name.endsWith('Sync')) assert.throws(call, TypeError, name);
      else await assert.rejects(async () => call(), TypeError, name);
    }
  }
});
