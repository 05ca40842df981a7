'use strict';

// The store for Keyv, under Keyv 5 and 6: expiry, namespaces, batches, and the life of the store.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createCache } = require('cache-manager');
const PersistLock = require('../..');
const { KeyvStore } = require('../../keyv');
const { commitsDuring, runTogether } = require('../support/adapters');
const { newPlace, open, temporaryStore } = require('../support/engine');
const { temporaryFolder } = require('../support/folders');

/** The packages of Keyv's versions. */
const HOSTS = { 5: 'keyv', 6: 'keyv-6' };
const VERSIONS = { 5: require('keyv').Keyv, 6: require('keyv-6').Keyv };

/** Makes a Keyv whose errors fail the test. */
function keyvOver(Keyv, store, options = {}) {
  const keyv = new Keyv({ store: new KeyvStore(store), ...options });
  keyv.on('error', (error) => {
    throw error;
  });
  return keyv;
}

function left(expiry) {
  return expiry - Date.now();
}

for (const [version, Keyv] of Object.entries(VERSIONS)) {
  test(`Keyv ${version}: a value has the expiry of its ttl in the store too`, async (t) => {
    const store = temporaryStore(t);
    const keyv = keyvOver(Keyv, store, { namespace: 'n', ttl: 1e6 });
    await keyv.set('default', 1);
    await keyv.set('own', { a: [null] }, 5e6);
    assert.deepEqual(await keyv.get('own'), { a: [null] });
    const [byDefault, own] = [await store.getExpiry('n:default'), await store.getExpiry('n:own')];
    assert.ok(left(byDefault) > 9e5 && left(byDefault) <= 1e6, `${left(byDefault)}`);
    assert.ok(left(own) > 4.9e6 && left(own) <= 5e6, `${left(own)}`);
  });

  test(`Keyv ${version}: a ttl beyond all dates never expires, and one in the past removes`, async (t) => {
    const store = temporaryStore(t, { ttl: 1000 });
    const keyv = keyvOver(Keyv, store, { namespace: 'n' });
    await keyv.set('far', 1, Number.MAX_SAFE_INTEGER);
    await keyv.set('none', 1);
    assert.equal(await store.getExpiry('n:far'), null);
    assert.equal(await store.getExpiry('n:none'), null);
    const expiry = version === '5' ? -1000 : Date.now() - 1000;
    await keyv.store.set(version === '5' ? 'n:far' : 'far', 'late', expiry);
    assert.equal(await store.hasItem('n:far'), false);
  });

  test(`Keyv ${version}: a namespace is cleared in one commit, and the others stay`, async (t) => {
    const store = temporaryStore(t);
    const [one, other] = ['one', 'other'].map((namespace) => keyvOver(Keyv, store, { namespace }));
    await one.set('a', 1);
    await one.set('b', 2);
    await other.set('a', 3);
    await store.setItem('own', 4);
    assert.deepEqual(await store.keys(), ['one:a', 'one:b', 'other:a', 'own']);
    assert.equal(await commitsDuring(store, () => one.clear()), 1);
    assert.deepEqual(await store.keys(), ['other:a', 'own']);
    assert.equal(await other.get('a'), 3);
  });

  test(`Keyv ${version}: without a namespace it has all items of its part`, async (t) => {
    const store = temporaryStore(t);
    const keyv = keyvOver(Keyv, store.sub('cache:'), { namespace: undefined });
    await store.setItem('own', 1);
    await keyv.set('a', 1);
    assert.deepEqual(await store.keys(), ['cache:a', 'own']);
    await keyv.clear();
    assert.deepEqual(await store.keys(), ['own']);
  });

  test(`Keyv ${version}: many values are stored in one commit, each with its own expiry`, async (t) => {
    const store = temporaryStore(t);
    const keyv = keyvOver(Keyv, store, { namespace: 'n' });
    await keyv.set('c', 'old', 1000);
    const entries = [
      { key: 'a', value: 1, ttl: 1e6 },
      { key: 'b', value: 2, ttl: 5e6 },
      { key: 'c', value: 3 },
    ];
    const commits = await commitsDuring(store, async () => {
      assert.deepEqual(await keyv.setMany(entries), [true, true, true]);
    });
    assert.equal(commits, 1);
    assert.deepEqual(await keyv.get(['c', 'none', 'a', 'a']), [3, undefined, 1, 1]);
    assert.deepEqual(await keyv.has(['c', 'none']), [true, false]);
    assert.ok(left(await store.getExpiry('n:a')) <= 1e6);
    assert.ok(left(await store.getExpiry('n:b')) > 4.9e6);
    assert.equal(await store.getExpiry('n:c'), null);

    const same = ['d', 'e'].map((key) => ({ key, value: key, ttl: 1e6 }));
    assert.equal(await commitsDuring(store, () => keyv.setMany(same)), 1);
    assert.ok(left(await store.getExpiry('n:e')) > 9e5);
  });

  test(`Keyv ${version}: many values are removed in one commit`, async (t) => {
    const store = temporaryStore(t);
    const keyv = keyvOver(Keyv, store, { namespace: 'n' });
    await keyv.setMany(['a', 'b', 'c'].map((key) => ({ key, value: key })));
    const all = version === '5' ? true : [true, true];
    const commits = await commitsDuring(store, async () => {
      assert.deepEqual(await keyv.delete(['a', 'b']), all);
    });
    assert.equal(commits, 1);
    const some = version === '5' ? false : [false, true];
    assert.deepEqual(await keyv.delete(['a', 'c']), some);
    assert.deepEqual(await store.keys(), []);
  });

  test(`Keyv ${version}: an iteration has the items of its beginning`, async (t) => {
    const store = temporaryStore(t);
    const keyv = keyvOver(Keyv, store, { namespace: 'n' });
    await keyv.setMany(['a', 'b', 'x:c'].map((key) => ({ key, value: key.toUpperCase() })));
    const seen = [];
    for await (const entry of keyv.iterator()) {
      if (seen.length === 0) await keyv.clear();
      seen.push(entry);
    }
    const pairs = [
      ['a', 'A'],
      ['b', 'B'],
      ['x:c', 'X:C'],
    ];
    assert.deepEqual(seen, pairs);
  });

  test(`Keyv ${version}: disconnecting closes a store that was opened here, and no other`, async (t) => {
    const given = temporaryStore(t);
    const keyv = keyvOver(Keyv, given);
    await keyv.set('a', 1);
    await keyv.disconnect();
    assert.equal(await keyv.get('a'), 1);

    const opened = new KeyvStore(temporaryFolder(t), { durability: 'os' });
    const own = new Keyv({ store: opened });
    await own.set('a', 1);
    await own.disconnect();
    await assert.rejects(opened.get('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  });

  test(`Keyv ${version}: four processes share a namespace, and none sees half a batch`, async (t) => {
    const place = newPlace(t);
    const names = ['a', 'b', 'c', 'd'];
    await runTogether('batch-user.js', names, place, HOSTS[version]);
    const store = open(place);
    t.after(() => store.close());
    const keyv = keyvOver(Keyv, store, { namespace: 'shared' });
    assert.deepEqual(await keyv.get(names), names);
    assert.equal(await store.length({ prefix: 'shared:' }), names.length + 2);
  });
}

test('items of Keyv 5 are those of Keyv 6', async (t) => {
  const store = temporaryStore(t);
  const [older, newer] = Object.values(VERSIONS).map((Keyv) =>
    keyvOver(Keyv, store, { namespace: 'n' }),
  );
  await older.set('a', { of: 5 });
  await newer.set('b', { of: 6 }, 1000);
  assert.deepEqual([await newer.get('a'), await older.get('b')], [{ of: 5 }, { of: 6 }]);
});

test('without a serializer of Keyv, values are JSON values of the store', async (t) => {
  const store = temporaryStore(t);
  const raw = { serialize: undefined, deserialize: undefined, serialization: false };
  for (const [version, Keyv] of Object.entries(VERSIONS)) {
    const keyv = keyvOver(Keyv, store, { namespace: version, ...raw });
    await keyv.set('a', { b: 1 });
    assert.deepEqual(await keyv.get('a'), { b: 1 });
    assert.deepEqual(await store.getItem(`${version}:a`), { value: { b: 1 } });
  }
});

test('options that would be ignored are refused', (t) => {
  const store = temporaryStore(t);
  assert.throws(() => new KeyvStore(store, { durability: 'os' }), {
    code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
    message: /There is no option 'durability' here/,
  });
  assert.throws(() => new KeyvStore('data', { ttl: 1000 }), {
    code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
    message: /There is no option "ttl"/,
  });
  assert.throws(() => new KeyvStore(5), { code: 'ERR_PERSIST_LOCK_INVALID_DIR' });
});

test('cache-manager keeps its values in a store by Keyv', async (t) => {
  const store = temporaryStore(t);
  const cache = createCache({ stores: [keyvOver(VERSIONS[5], store, { namespace: 'cache' })] });
  let made = 0;
  const make = async () => ({ made: ++made });
  assert.deepEqual(await cache.wrap('key', make, 60_000), { made: 1 });
  assert.deepEqual(await cache.wrap('key', make, 60_000), { made: 1 });
  await cache.mset([
    { key: 'a', value: 1 },
    { key: 'b', value: 2, ttl: 1000 },
  ]);
  assert.deepEqual(await cache.mget(['a', 'b', 'none']), [1, 2, undefined]);
  assert.deepEqual(await store.keys(), ['cache:a', 'cache:b', 'cache:key']);
  assert.ok(left(await store.getExpiry('cache:key')) <= 60_000);
  await cache.clear();
  assert.deepEqual(await store.keys(), []);
});

test('its module is a class, by both names', () => {
  assert.equal(require('../../keyv'), KeyvStore);
  assert.ok(!(new KeyvStore(new PersistLock()) instanceof PersistLock));
});
