'use strict';

// The driver for unstorage: keys, expiry, batches, watching, and the life of the store.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { createStorage } = require('unstorage');
const { persistLockDriver } = require('../../unstorage');
const { startActor } = require('../support/actor');
const { commitsDuring, runTogether } = require('../support/adapters');
const { newPlace, open, temporaryStore } = require('../support/engine');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');

function storageOver(store, options = {}) {
  return createStorage({ driver: persistLockDriver({ store, ...options }) });
}

/** Watches a storage: `next` resolves with the next change, as `update key` or `remove key`. */
async function watched(t, storage) {
  const told = [];
  let wake = () => {};
  const unwatch = await storage.watch((event, key) => {
    told.push(`${event} ${key}`);
    wake();
  });
  // Watching keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const next = async () => {
    while (told.length === 0) await new Promise((resolve) => (wake = resolve));
    return told.shift();
  };
  // Over PostgreSQL other processes are watched a moment later.
  await storage.setItem('begun', '');
  assert.equal(await next(), 'update begun');
  return { told, next, unwatch };
}

test('values are stored as unstorage makes them, and read back', async (t) => {
  const store = temporaryStore(t);
  const storage = storageOver(store);
  await storage.setItem('a:text', 'text');
  await storage.setItem('a/object', { x: [1] });
  await storage.setItemRaw('bytes', new Uint8Array([0, 255]));
  assert.deepEqual(await storage.getItem('a:object'), { x: [1] });
  assert.deepEqual([...(await storage.getItemRaw('bytes'))], [0, 255]);
  assert.equal(await storage.getItem('none'), null);
  assert.deepEqual([await storage.hasItem('a:text'), await storage.hasItem('none')], [true, false]);
  assert.deepEqual(await store.keys(), ['a:object', 'a:text', 'bytes']);
  await storage.removeItem('bytes');
  assert.deepEqual(await storage.getKeys('a'), ['a:object', 'a:text']);
});

test('a base is the beginning of keys, and a clear leaves those of others', async (t) => {
  const store = temporaryStore(t);
  const [one, other] = ['one', 'other:'].map((base) => storageOver(store, { base }));
  for (const key of ['a', 'sub:b', 'sub:c']) await one.setItem(key, key);
  await other.setItem('a', 'other');
  assert.deepEqual(await store.keys(), ['one:a', 'one:sub:b', 'one:sub:c', 'other:a']);
  // A storage passes on no base within a mount.
  const { driver } = one.getMount();
  assert.equal(await commitsDuring(store, () => driver.clear('sub:', {})), 1);
  assert.deepEqual(await one.getKeys(), ['a']);
  await one.clear();
  assert.deepEqual(await store.keys(), ['other:a']);
});

test('a ttl is in seconds, of the driver or of a call', async (t) => {
  const store = temporaryStore(t, { ttl: 1000 });
  const storage = storageOver(store, { ttl: 1000 });
  const plain = storageOver(store);
  await storage.setItem('default', 1);
  await storage.setItem('own', 1, { ttl: 5000 });
  await plain.setItem('never', 1);
  const ttls = [];
  for (const key of ['default', 'own', 'never', 'none'])
    ttls.push((await storage.getMeta(key)).ttl);
  assert.deepEqual(ttls.slice(2), [undefined, undefined]);
  assert.ok(ttls[0] > 990 && ttls[0] <= 1000 && ttls[1] > 4990 && ttls[1] <= 5000, `${ttls}`);
});

test('several items are stored in one commit, each with its own expiry', async (t) => {
  const store = temporaryStore(t);
  const storage = storageOver(store, { base: 'b' });
  await storage.setItem('c', 'old', { ttl: 1 });
  const items = [
    { key: 'a', value: 1, options: { ttl: 10 } },
    { key: 'b', value: { x: 2 }, options: { ttl: 1000 } },
    { key: 'c', value: 'new' },
  ];
  assert.equal(await commitsDuring(store, () => storage.setItems(items)), 1);
  const read = await storage.getItems(['c', 'none', 'b']);
  assert.deepEqual(read, [
    { key: 'c', value: 'new' },
    { key: 'none', value: null },
    { key: 'b', value: { x: 2 } },
  ]);
  assert.equal(await store.getExpiry('b:c'), null);
  assert.ok((await store.getExpiry('b:a')) - Date.now() <= 10_000);
  assert.ok((await store.getExpiry('b:b')) - Date.now() > 900_000);
});

test('a watcher is told of the changes of all processes', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  t.after(() => store.close());
  const { told, next, unwatch } = await watched(t, storageOver(store, { base: 'b' }));
  const actor = startActor(t, place);
  await actor.call('set', 'b:theirs', 1);
  await actor.call('set', 'outside', 1);
  assert.equal(await next(), 'update theirs');
  await actor.call('remove', 'b:theirs');
  assert.equal(await next(), 'remove theirs');
  await storageOver(store, { base: 'b' }).setItem('ours', 1);
  assert.equal(await next(), 'update ours');

  await unwatch();
  const other = await watched(t, storageOver(store, { base: 'b' }));
  await actor.call('set', 'b:last', 1);
  assert.equal(await other.next(), 'update last');
  assert.deepEqual(told, []);
});

test('an error of the store ends watching, with a warning of the process', async (t) => {
  const codec = { stringify: JSON.stringify, parse: JSON.parse };
  const place = newPlace(t);
  const store = open(place, { ...codec, parse: (text) => refuseBad(JSON.parse(text)) });
  t.after(() => store.close());
  const { next, told } = await watched(t, storageOver(store));
  const warned = once(process, 'warning');
  const writer = open(place, codec);
  t.after(() => writer.close());
  await writer.setItem('good', 'good');
  assert.equal(await next(), 'update good');
  await writer.setItem('bad', 'bad');
  const [{ code }] = await warned;
  assert.deepEqual([code, told], ['ERR_PERSIST_LOCK_PARSE', []]);
});

function refuseBad(value) {
  if (value === 'bad') throw new Error('refused');
  return value;
}

test('a watcher that throws is told of later changes too', async (t) => {
  const program = `
    const { persistLockDriver } = require(${JSON.stringify(require.resolve('../../unstorage'))});
    const driver = persistLockDriver({ dir: process.argv[1], durability: 'os' });
    process.on('uncaughtException', ({ message }) => console.log(message));
    driver.watch((event, key) => {
      if (key === 'b') driver.dispose();
      throw new Error(key);
    }).then(async () => {
      await driver.setItem('a', '1');
      await driver.setItem('b', '1');
    });
    const alive = setInterval(() => {}, 1000);
    process.on('uncaughtException', ({ message }) => message === 'b' && clearInterval(alive));
  `;
  const { stdout } = await runScript(['-e', program, temporaryFolder(t)], { timeout: 30_000 });
  assert.equal(stdout, 'a\nb\n');
});

test('disposing ends watchers, and closes a store that was opened here and no other', async (t) => {
  const given = temporaryStore(t);
  const storage = storageOver(given);
  await storage.watch(() => {});
  assert.equal((await given.stats()).watchers, 1);
  await storage.dispose();
  assert.equal((await given.stats()).watchers, 0);
  await storage.setItem('a', 1);

  const opened = persistLockDriver({ dir: temporaryFolder(t), durability: 'os' });
  const own = createStorage({ driver: opened });
  await own.setItem('a', 1);
  assert.equal(await opened.getInstance().getItem('a'), '1');
  await own.dispose();
  await assert.rejects(own.getItem('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

test('options that would be ignored are refused', (t) => {
  const store = temporaryStore(t);
  const code = 'ERR_PERSIST_LOCK_INVALID_OPTION';
  assert.throws(() => persistLockDriver({ store, dir: 'data' }), { code, message: /'dir'/ });
  assert.throws(() => persistLockDriver({ store: 'data' }), { code, message: /"store"/ });
  assert.throws(() => persistLockDriver({ dir: 'data', none: 1 }), { code, message: /'none'/ });
  assert.throws(() => persistLockDriver({ store, base: 5 }), { code, message: /"base"/ });
  assert.throws(() => persistLockDriver('data'), { code, message: /\{ dir: 'data' \}/ });
});

test('four processes share a storage, and none sees half a batch', async (t) => {
  const place = newPlace(t);
  const names = ['a', 'b', 'c', 'd'];
  await runTogether('batch-user.js', names, place, 'unstorage');
  const store = open(place);
  t.after(() => store.close());
  const read = await storageOver(store, { base: 'shared' }).getItems(names);
  assert.deepEqual(
    read,
    names.map((name) => ({ key: name, value: name })),
  );
});
