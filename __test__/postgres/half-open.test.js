'use strict';

// Half-open connections: a proxy that stops forwarding, and tells neither side.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened, through, urlOf } = require('../support/postgres/places');
const { startProxy } = require('../support/postgres/proxy');
const { held } = require('../support/waiting');

const LOST = { code: 'ERR_PERSIST_LOCK_CONNECTION' };
const options = { leaseTimeout: 600, lockTimeout: 60_000 };

/** Opens one store through a proxy, and another without it. */
async function twoStores(t) {
  const place = await newPlace(t);
  const proxy = await startProxy(t, urlOf(place));
  const store = opened(t, through(place, proxy), options);
  return { place, proxy, store, other: opened(t, place, options) };
}

/** Stops the links that there are; new ones forward. */
function stopLinks(proxy) {
  for (const link of proxy.links) link.stop();
}

test('a holder behind a dead connection loses its lease, and its edit rejects at once', async (t) => {
  const { proxy, store, other } = await twoStores(t);
  await store.setItem('a', 'before');
  const callback = held();
  const edit = store.editItem('a', callback);
  await callback.begun();
  stopLinks(proxy);
  assert.equal(await other.editItem('a', (current) => `${current}+`), 'before+');
  await assert.rejects(edit, LOST);
  // The key stays locked in this instance until the callback has ended.
  let hasRun = false;
  const next = store.editItem('a', (current) => {
    hasRun = true;
    return `${current} and next`;
  });
  await store.editItem('b', () => 1);
  await store.editItem('c', async () => 1);
  assert.equal(hasRun, false);
  callback.finish('too late');
  assert.equal(await next, 'before+ and next');
  assert.equal(await other.getItem('a'), 'before+ and next');
});

test('a waiter behind a dead connection passes the key on, and waits again', async (t) => {
  const { place, proxy, store, other } = await twoStores(t);
  const holder = startActor(t, place, options);
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const waiting = store.editItem('a', (current) => `${current}, by the waiter`);
  await untilWaiting(place);
  const next = other.editItem('a', (current) => `${current}, by the other`);
  await untilWaiting(place, process.pid, 2);
  stopLinks(proxy);
  await edit.finish('edited');
  assert.equal(await next, 'edited, by the other');
  assert.equal(await waiting, 'edited, by the other, by the waiter');
});

test('a set over a dead connection ends, and is stored if it resolves', async (t) => {
  const { proxy, store, other } = await twoStores(t);
  await store.setItem('a', 'before');
  stopLinks(proxy);
  const outcome = await store.setItem('a', 'after').then(
    () => 'after',
    ({ code }) => code,
  );
  // The server has not told the number of its transaction.
  if (outcome === 'ERR_PERSIST_LOCK_UNKNOWN_OUTCOME') {
    assert.equal(await other.getItem('a'), 'before');
  } else assert.equal(await other.getItem('a'), outcome);
});

test('a read behind a dead connection is answered through another', async (t) => {
  const { proxy, store } = await twoStores(t);
  await store.setItem('a', 1);
  assert.equal(await store.getItem('a'), 1);
  const link = proxy.stopBefore('toServer', ({ text }) => /select/i.test(text));
  const reading = store.getItem('a');
  (await link).stop();
  assert.equal(await reading, 1);
});

test('a store whose server does not answer at all rejects, and goes on later', async (t) => {
  const { proxy, store, other } = await twoStores(t);
  await store.setItem('a', 'before');
  proxy.stop();
  await assert.rejects(
    store.editItem('a', () => 'edited', { timeout: 1000 }),
    ({ code }) => [LOST.code, 'ERR_PERSIST_LOCK_TIMEOUT'].includes(code),
  );
  assert.equal(await other.editItem('a', (current) => `${current}+`), 'before+');
  proxy.cut();
  proxy.resume();
  assert.equal(await store.editItem('a', (current) => `${current}+`), 'before++');
});
