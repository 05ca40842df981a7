'use strict';

// Changes the items of a store over PostgreSQL at random, until it is told to stop or is killed.
// Items whose keys begin with `e:` only count up. Losses of connections are no failure.

const PersistLock = require('../../../postgres');
const { random } = require('../random');

const [place, seed] = process.argv.slice(2);
const { below, pick } = random(Number(seed));
const { REMOVE } = PersistLock;

const COUNTERS = Array.from({ length: 8 }, (_, at) => `e:${at}`);
const NAMES = Array.from({ length: 12 }, (_, at) => `${at % 3 === 0 ? 'r:' : 's:'}${at}`);

const store = new PersistLock(JSON.parse(place), { lockTimeout: 60_000, expiredInterval: 50 });
const count = (value) => ({ n: (value?.n ?? 0) + 1, by: process.pid });

const CALLS = [
  () => store.editItem(pick(COUNTERS), count),
  () => store.editItem(pick(COUNTERS), async (value) => count(value)),
  () => {
    const keys = [COUNTERS[below(4)], COUNTERS[4 + below(4)]];
    return store.editItems(keys, (items) => keys.map((key) => [key, count(items.get(key))]));
  },
  () => store.setItem(pick(NAMES), below(1e6)),
  () => store.setItem(pick(NAMES), 'x'.repeat(below(5000)), { ttl: 1 + below(50) }),
  () => store.setItems(NAMES.slice(below(6)).map((key) => [key, below(1e6)])),
  () => store.editItem(pick(NAMES), () => pick([REMOVE, below(1e6)])),
  () => store.removeItems([pick(NAMES), pick(NAMES)]),
  () => store.viewItem(pick(NAMES), () => {}),
  () => store.clear({ prefix: 'r:' }),
  () => store.removeExpiredItems(),
];

const FORGIVEN = /^ERR_PERSIST_LOCK_(CONNECTION|UNKNOWN_OUTCOME|LOCK_LOST|TIMEOUT)$/;

async function main() {
  let isStopped = false;
  process.once('message', () => (isStopped = true));
  while (!isStopped) {
    const calls = Array.from({ length: 1 + below(6) }, () => pick(CALLS)());
    for (const { reason } of await Promise.allSettled(calls)) {
      if (reason !== undefined && !FORGIVEN.test(reason.code)) throw reason;
    }
  }
  await store.close();
  process.disconnect();
}

main();
