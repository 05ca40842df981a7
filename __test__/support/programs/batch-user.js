'use strict';

// Stores batches by an adapter that other processes store too, and reads them: each is seen whole. Stores
// a value of its own last.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { open } = require('../engine');

const [place, host, name] = process.argv.slice(2);

const ROUNDS = 20;

/** Makes the calls of a Keyv that stores and reads several values. */
function keyv(store) {
  const { Keyv } = require(host);
  const { KeyvStore } = require('../../../keyv');
  const cache = new Keyv({ store: new KeyvStore(store), namespace: 'shared' });
  return {
    async set(entries, seconds) {
      const ttl = seconds && seconds * 1000;
      const timed = entries.map(([key, value]) => ({ key, value, ttl }));
      assert.ok((await cache.setMany(timed)).every(Boolean));
    },
    get: (keys) => cache.get(keys),
  };
}

/** Makes the calls of a storage of unstorage. */
function unstorage(store) {
  const { createStorage } = require('unstorage');
  const { persistLockDriver } = require('../../../unstorage');
  const storage = createStorage({ driver: persistLockDriver({ store, base: 'shared' }) });
  return {
    async set(entries, ttl) {
      await storage.setItems(
        entries.map(([key, value]) => ({ key, value })),
        { ttl },
      );
    },
    get: async (keys) => (await storage.getItems(keys)).map(({ value }) => value),
  };
}

async function main() {
  const store = open(place, { durability: 'os' });
  const { set, get } = host === 'unstorage' ? unstorage(store) : keyv(store);
  await store.init();
  const begun = once(process, 'message');
  process.send('ready');
  await begun;
  for (let round = 0; round < ROUNDS; round++) {
    const value = `${name}${round}`;
    const pair = ['left', 'right'].map((key) => [key, value]);
    await set(pair, round % 2 ? 60 : undefined);
    const [left, right] = await get(['left', 'right']);
    assert.equal(left, right);
  }
  await set([[name, name]]);
  await store.close();
  process.disconnect();
}

main();
