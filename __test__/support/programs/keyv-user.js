'use strict';

// Stores batches by Keyv that others store too, and reads them: each is seen whole. Stores a value of
// its own last.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { KeyvStore } = require('../../../keyv');
const { open } = require('../engine');

const [place, version, name] = process.argv.slice(2);
const { Keyv } = require(version === '5' ? 'keyv' : 'keyv-6');

const ROUNDS = 20;

async function main() {
  const store = open(place, { durability: 'os' });
  const keyv = new Keyv({ store: new KeyvStore(store), namespace: 'shared' });
  await store.init();
  const begun = once(process, 'message');
  process.send('ready');
  await begun;
  for (let round = 0; round < ROUNDS; round++) {
    const value = `${name}${round}`;
    const ttl = round % 2 ? 60_000 : undefined;
    const stored = await keyv.setMany([
      { key: 'left', value, ttl },
      { key: 'right', value },
    ]);
    assert.deepEqual(stored, [true, true]);
    const [left, right] = await keyv.get(['left', 'right']);
    assert.equal(left, right);
  }
  assert.equal(await keyv.set(name, name), true);
  await store.close();
  process.disconnect();
}

main();
