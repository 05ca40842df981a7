'use strict';

// The store for express-rate-limit: counting, windows, and the life of the store.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const { test } = require('node:test');
const express = require('express');
const { rateLimit } = require('express-rate-limit');
const { RateLimitStore } = require('../../rate-limit');
const { commitsDuring, runTogether } = require('../support/adapters');
const { newPlace, open, stopClock, temporaryStore } = require('../support/engine');
const { temporaryFolder } = require('../support/folders');

const MINUTE = 60_000;

function limitsOver(store, { windowMs = MINUTE, ...options } = {}) {
  const limits = new RateLimitStore(store, options);
  limits.init({ windowMs });
  return limits;
}

/** Checks that two times are those of one window: over PostgreSQL each process estimates the server's clock. */
function assertOneEnd(one, other) {
  assert.ok(Math.abs(new Date(one) - new Date(other)) < MINUTE / 2, `${one} and ${other}`);
}

test('hits are counted from the first to the end of its window', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { expiredInterval: false });
  const limits = limitsOver(store);
  assert.equal(await limits.get('ann'), undefined);
  const resetTime = new Date(now + MINUTE);
  assert.deepEqual(await limits.increment('ann'), { totalHits: 1, resetTime });
  clock.moveTo(now + MINUTE - 1);
  assert.deepEqual(await limits.increment('ann'), { totalHits: 2, resetTime });
  assert.deepEqual(await limits.get('ann'), { totalHits: 2, resetTime });
  clock.moveTo(now + MINUTE);
  assert.equal(await limits.get('ann'), undefined);
  const next = new Date(now + 2 * MINUTE);
  assert.deepEqual(await limits.increment('ann'), { totalHits: 1, resetTime: next });
});

test('the first hit of a window tells the same end as the later ones', async (t) => {
  const store = temporaryStore(t, { expiredInterval: false });
  const limiter = new RateLimitStore(store);
  let now = Date.now();
  t.mock.method(Date, 'now', () => now++);
  const first = await limiter.increment('a');
  const second = await limiter.increment('a');
  assert.deepEqual(first.resetTime, second.resetTime);
  assert.deepEqual(first.resetTime, await store.getExpiry('rl:a'));
});

test('a hit is taken back, but not below none', async (t) => {
  const store = temporaryStore(t);
  const limits = limitsOver(store);
  await limits.decrement('ann');
  assert.equal(await limits.get('ann'), undefined);
  const { resetTime } = await limits.increment('ann');
  await limits.decrement('ann');
  await limits.decrement('ann');
  const left = await limits.get('ann');
  assert.equal(left.totalHits, 0);
  assertOneEnd(left.resetTime, resetTime);
});

test('the hits of one client are reset, or of all in one commit', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('own', 1);
  const [limits, others] = [limitsOver(store), limitsOver(store, { prefix: 'logins:' })];
  for (const key of ['ann', 'bob', 'eve']) await limits.increment(key);
  await others.increment('ann');
  assert.deepEqual(await store.keys(), ['logins:ann', 'own', 'rl:ann', 'rl:bob', 'rl:eve']);
  await limits.resetKey('ann');
  assert.equal((await limits.increment('ann')).totalHits, 1);
  assert.equal(await commitsDuring(store, () => limits.resetAll()), 1);
  assert.deepEqual(await store.keys(), ['logins:ann', 'own']);
});

test('express-rate-limit refuses a client after its limit, in all limiters of a store', async (t) => {
  const store = temporaryStore(t);
  const errors = [];
  const app = () =>
    express()
      .use(rateLimit({ windowMs: MINUTE, limit: 3, store: new RateLimitStore(store) }))
      .use((error, request, response, next) => {
        errors.push(error);
        next(error);
      })
      .get('/', (request, response) => response.send('served'));
  const servers = await Promise.all([app(), app()].map((each) => served(t, each)));
  const codes = [];
  for (let at = 0; at < 5; at++) codes.push((await fetch(servers[at % 2])).status);
  assert.deepEqual(codes, [200, 200, 200, 429, 429]);
  assert.deepEqual(errors, []);
  assert.deepEqual(await store.values(), [5]);
});

/** Serves an application; resolves to its address. */
async function served(t, app) {
  const server = http.createServer(app).listen(0, '127.0.0.1');
  t.after(() => server.close() && server.closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}/`;
}

test('shutting down closes a store that was opened here, and no other', async (t) => {
  const given = temporaryStore(t);
  const limits = limitsOver(given);
  await limits.shutdown();
  assert.equal((await limits.increment('ann')).totalHits, 1);

  const own = limitsOver(temporaryFolder(t), { lockTimeout: 1000 });
  await own.increment('ann');
  await own.shutdown();
  await assert.rejects(own.increment('ann'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

test('options that would be ignored are refused', (t) => {
  const store = temporaryStore(t);
  const code = 'ERR_PERSIST_LOCK_INVALID_OPTION';
  assert.throws(() => new RateLimitStore(store, { durability: 'os' }), { code });
  assert.throws(() => new RateLimitStore('data', { ttl: 1000 }), { code });
  assert.throws(() => new RateLimitStore(store, { prefix: 5 }), { code, message: /"prefix"/ });
  for (const windowMs of [0, -1, Infinity, undefined]) {
    assert.throws(() => new RateLimitStore(store).init({ windowMs }), {
      code,
      message: /"windowMs"/,
    });
  }
});

test('four processes count each hit of a client once, in one window', async (t) => {
  const place = newPlace(t);
  const hits = 50;
  const names = ['a', 'b', 'c', 'd'];
  await runTogether('limited.js', names, place, hits);
  const store = open(place);
  t.after(() => store.close());
  const told = (await store.values({ prefix: 'told:' })).flat();
  const counts = told.map(({ totalHits }) => totalHits).sort((one, other) => one - other);
  assert.deepEqual(
    counts,
    Array.from({ length: hits * names.length }, (_, at) => at + 1),
  );
  const { totalHits, resetTime } = await limitsOver(store).get('client');
  assert.equal(totalHits, hits * names.length);
  for (const each of told) assertOneEnd(each.resetTime, resetTime);
});
