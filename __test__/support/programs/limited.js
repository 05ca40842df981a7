'use strict';

// Counts hits of one client, many at once, and stores the numbers that it was told.

const { once } = require('node:events');
const { RateLimitStore } = require('../../../rate-limit');
const { open } = require('../engine');

const [place, hits, name] = process.argv.slice(2);

async function main() {
  const store = open(place, { durability: 'os' });
  const limits = new RateLimitStore(store);
  limits.init({ windowMs: 600_000 });
  await store.init();
  const begun = once(process, 'message');
  process.send('ready');
  await begun;
  const told = await Promise.all(
    Array.from({ length: Number(hits) }, () => limits.increment('client')),
  );
  await store.setItem(`told:${name}`, told);
  await store.close();
  process.disconnect();
}

main();
