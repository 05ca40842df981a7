'use strict';

// The blocking calls of the drop-in: they do what their awaited twins do, in the order of the calls.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { freshModule, temporaryStorage } = require('../support/drop-in');
const { writeFiles } = require('../support/node-persist-folder');
const pairs = require('../support/programs/pairs');

/** Calls, each a name without `Sync` and its arguments. */
const CALLS = [
  ['setItem', 'a', { b: [1] }],
  ['setItem', 'c', 'text', { ttl: new Date(4e12) }],
  ['setItem', 'gone', 1, { ttl: -1 }],
  ['setItem', 'none'],
  ['updateItem', 'a', 2],
  ['updateItem', 'c', 3],
  ['editItem', 'a', (current) => current + 1],
  ['editItems', ['a', 'd'], (items) => [['d', items.get('a')]]],
  ['getItem', 'a'],
  ['getItem', 'gone'],
  ['getDatum', 'c'],
  ['getDatum', 'missing'],
  ['data'],
  ['keys'],
  ['keys', ({ value }) => value === 3],
  ['values'],
  ['values', ({ key }) => key === 'd'],
  ['length'],
  ['length', ({ key }) => key !== 'd'],
  ['valuesWithKeyMatch', /^[ad]$/g],
  ['removeItem', 'a'],
  ['removeItem', 'a'],
  ['clear'],
  ['data'],
];

for (const [name, pair] of [['no pair', {}], ...Object.entries(pairs)]) {
  test(`blocking calls answer as their twins do, with ${name}`, async (t) => {
    const [awaited, blocking] = [freshModule().create(), freshModule().create()];
    await awaited.init({ dir: temporaryFolder(t), ...pair });
    blocking.initSync({ dir: temporaryFolder(t), ...pair });
    for (const [method, ...args] of CALLS) {
      const withoutFolder = (answer) => JSON.stringify(answer)?.replace(/"file":".*?"/, '');
      const expected = withoutFolder(await awaited[method](...args));
      assert.equal(withoutFolder(blocking[`${method}Sync`](...args)), expected, method);
    }
    const seen = [];
    blocking.setItemSync('a', 1);
    blocking.forEachSync((datum) => seen.push(datum));
    assert.deepEqual(seen, [{ key: 'a', value: 1 }]);
  });
}

test('a blocking call comes after the awaited calls made before it', async (t) => {
  const storage = await temporaryStorage(t);
  const awaited = [
    storage.setItem('a', 1),
    storage.updateItem('a', 2),
    storage.editItem('a', (current) => current + 1),
  ];
  const { content } = storage.setItemSync('a', 'last');
  assert.equal(content.value, 'last');
  awaited.push(storage.setItem('b', 1), storage.clear());
  storage.setItemSync('b', 2);
  await Promise.all(awaited);
  assert.deepEqual(await storage.data(), [{ key: 'b', value: 2 }]);
});

for (const [name, opening] of Object.entries({
  'without init': () => undefined,
  'during init': (storage) => storage.init(),
})) {
  test(`a blocking call comes after the awaited calls that wait for the folder ${name}`, async (t) => {
    const dir = temporaryFolder(t);
    writeFiles(dir, [{ key: 'a', value: 0 }]);
    const storage = freshModule().create({ dir });
    const awaited = [
      opening(storage),
      storage.setItem('a', 1),
      storage.editItem('a', (current) => current + 1),
      storage.setItem('b', 1),
    ];
    storage.setItemSync('b', 2);
    assert.equal(storage.getItemSync('a'), 2);
    awaited.push(storage.setItem('c', 1), storage.removeItem('c'));
    await Promise.all(awaited);
    assert.deepEqual(await storage.data(), [
      { key: 'a', value: 2 },
      { key: 'b', value: 2 },
    ]);
  });
}

test('after a failed initSync an awaited call opens the folder', async (t) => {
  const dir = path.join(temporaryFolder(t), 'data');
  fs.writeFileSync(dir, '');
  const storage = freshModule().create({ dir });
  assert.throws(() => storage.initSync(), { code: 'EEXIST' });
  await assert.rejects(storage.getItem('a'), { code: 'EEXIST' });
  fs.unlinkSync(dir);
  fs.mkdirSync(dir);
  writeFiles(dir, [{ key: 'a', value: 1 }]);
  assert.equal(await storage.getItem('a'), 1);
});

test('initSync takes over the items of the folder before it returns', (t) => {
  const dir = temporaryFolder(t);
  writeFiles(dir, [{ key: 'a', value: { b: 1 } }]);
  const storage = freshModule();
  storage.initSync({ dir });
  assert.deepEqual(storage.getItemSync('a'), { b: 1 });
});

test('a blocking call during init opens the folder itself', async (t) => {
  const dir = temporaryFolder(t);
  writeFiles(dir, [{ key: 'a', value: 1 }]);
  const storage = freshModule();
  const init = storage.init({ dir });
  assert.equal(storage.getItemSync('a'), 1);
  storage.setItemSync('a', 2);
  await init;
  assert.equal(await storage.getItem('a'), 2);
});

test('an instance without init opens its folder itself, and tries again after a failure', async (t) => {
  const dir = temporaryFolder(t);
  writeFiles(dir, [{ key: 'a', value: 1 }]);
  const { create } = freshModule();
  const calls = [create({ dir }), create({ dir })];
  assert.equal(await calls[0].getItem('a'), 1);
  assert.equal(calls[1].getItemSync('a'), 1);

  const store = new PersistLock(dir);
  t.after(() => store.close());
  const refused = create({ dir, durability: 'tape' });
  const code = 'ERR_PERSIST_LOCK_INVALID_OPTION';
  await assert.rejects(refused.getItem('a'), { code });
  assert.throws(() => refused.getItemSync('a'), { code });
  refused.setOptions({ dir, durability: 'os' });
  await refused.setItem('a', 2);
  assert.equal(await store.getItem('a'), 2);
});
