'use strict';

// Edits and views, which node-persist does not have.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { held } = require('../support/waiting');
const { noStacks } = require('../support/runtime');
const { temporaryStorage } = require('../support/drop-in');

test('edits and views behave as those of persist-lock, with the values of the pair', async (t) => {
  const pair = {
    stringify: (datum) => `text of ${JSON.stringify(datum)}`,
    parse: (text) => JSON.parse(text.replace(/^text of /, '')),
  };
  const storage = await temporaryStorage(t, { ttl: 10_000, ...pair });
  assert.deepEqual(await storage.editItem('a', async (current) => ({ was: current ?? 'none' })), {
    was: 'none',
  });
  const { ttl } = await storage.getDatum('a');
  assert.ok(ttl > Date.now() && ttl <= Date.now() + 10_000);
  await storage.editItem('a', ({ was }) => [was]);
  assert.equal((await storage.getDatum('a')).ttl, ttl);
  await storage.editItem('a', (current) => current, { ttl: '20000' });
  assert.ok((await storage.getDatum('a')).ttl > ttl);

  const stored = await storage.editItems(['a', 5], (items) =>
    [...items].map(([key]) => [key, key]),
  );
  assert.deepEqual(
    [...stored],
    [
      ['a', 'a'],
      ['5', '5'],
    ],
  );
  assert.deepEqual(await storage.viewItem(5, async (current) => [current]), ['5']);
  await storage.editItem('a', () => PersistLock.REMOVE);
  assert.deepEqual(await storage.keys(), ['5']);
  await assert.rejects(
    storage.editItem('5', () => undefined),
    TypeError,
  );
  await assert.rejects(storage.editItem('5'), { code: 'ERR_PERSIST_LOCK_INVALID_CALLBACK' });
  await assert.rejects(
    storage.editItem('5', () => 1, { ttl: 'soon' }),
    { code: 'ERR_PERSIST_LOCK_INVALID_TTL' },
  );
});

test(
  'a call inside a callback that can never get its lock rejects at once',
  { skip: noStacks },
  async (t) => {
    const storage = await temporaryStorage(t);
    const code = 'ERR_PERSIST_LOCK_DEADLOCK';
    await storage.editItem('a', async () => {
      await assert.rejects(storage.setItem('a', 1), { code });
      await assert.rejects(storage.updateItem('a', 1), { code });
      await assert.rejects(storage.removeItem('a'), { code });
      await assert.rejects(
        storage.editItem('a', () => 1),
        { code },
      );
      await assert.rejects(
        storage.editItems(['b', 'a'], (items) => items),
        { code },
      );
      await assert.rejects(
        storage.viewItem('a', () => 1),
        { code },
      );
      await assert.rejects(storage.clear(), { code });
      await storage.setItem('b', 1);
      return 2;
    });
    assert.equal(await storage.getItem('a'), 2);
  },
);

test('a set waits for the edit of its key, and for no other', async (t) => {
  const storage = await temporaryStorage(t, { lockTimeout: 1000 });
  const edit = held();
  const edited = storage.editItem('a', edit);
  await edit.begun();
  const set = storage.setItem('a', 'set');
  await storage.setItem('b', 1);
  assert.equal(await storage.getItem('a'), undefined);
  edit.finish('edited');
  await Promise.all([edited, set]);
  assert.equal(await storage.getItem('a'), 'set');
});

test('values of which JSON keeps nothing are stored as node-persist stores them', async (t) => {
  const storage = await temporaryStorage(t);
  const cases = [
    [NaN, null],
    [new Map([[1, 2]]), {}],
    [Promise.resolve(1), {}],
    [{ then: () => {}, more: 1 }, { more: 1 }],
  ];
  for (const [value, expected] of cases) {
    await storage.setItem('a', value);
    assert.deepEqual(await storage.getItem('a'), expected);
    // An edit awaits a promise.
    if (value?.then !== undefined) continue;
    await storage.editItem('b', () => value);
    assert.deepEqual(await storage.getItem('b'), expected);
  }
});
