'use strict';

// Stores with the same schema and table in two databases of one server: they share nothing, although
// the server lists the sessions and locks of both.

const assert = require('node:assert/strict');
const test = require('node:test');
const { PersistLock } = require('../../postgres');
const { newDatabase, sharedServer } = require('../support/postgres/servers');
const { held } = require('../support/waiting');

async function twoStores(t) {
  const { url } = await sharedServer();
  const stores = [];
  for (let at = 0; at < 2; at++) {
    const connectionString = await newDatabase(t, url);
    const store = new PersistLock({ connectionString });
    t.after(() => store.close());
    stores.push(await store.init());
  }
  return stores;
}

test('the locks of one database hold up nothing in another, and are not listed there', async (t) => {
  const [one, other] = await twoStores(t);
  const callback = held();
  const edit = one.editItem('a', callback);
  await callback.begun();
  assert.equal(await other.editItem('a', async () => 'other'), 'other');
  assert.deepEqual(await other.locks(), []);
  assert.equal(await other.removeItems({ prefix: 'a' }), 1);
  await other.clear();
  const locks = await one.locks();
  assert.deepEqual(
    locks.map(({ key, kind, waiting }) => [key, kind, waiting]),
    [['a', 'edit', false]],
  );
  callback.finish('one');
  assert.equal(await edit, 'one');
  assert.deepEqual([await one.entries(), await other.entries()], [[['a', 'one']], []]);
});

test('watchers of one database are told nothing of another', async (t) => {
  const [one, other] = await twoStores(t);
  const watcher = one.watch();
  const told = watcher.next();
  const othersWatcher = other.watch();
  await other.setItem('a', 'other');
  assert.equal((await othersWatcher.next()).value.value, 'other');
  await one.setItem('b', 'one');
  const { key, value } = (await told).value;
  assert.deepEqual([key, value], ['b', 'one']);
  await Promise.all([watcher.return(), othersWatcher.return()]);
});
