'use strict';

// Connections that are lost at a chosen point of a commit. A write rejects if the server cannot have
// committed it, and resolves if the server has; its callback runs once in any case.

const assert = require('node:assert/strict');
const test = require('node:test');
const { setImmediate: immediate } = require('node:timers/promises');
const { REMOVE } = require('../support/engine');
const { newPlace, opened, query, through, urlOf } = require('../support/postgres/places');
const { stopAtCommit } = require('../support/postgres/commits');
const { startProxy } = require('../support/postgres/proxy');

const LOST = 'ERR_PERSIST_LOCK_CONNECTION';

/** The writes by name: each takes a function that it calls when a callback of it runs. */
const WRITES = {
  setItem: (store) => store.setItem('a', 'after'),
  setItems: (store) =>
    store.setItems([
      ['a', 'after'],
      ['b', 'after'],
    ]),
  updateItem: (store) => store.updateItem('a', 'after'),
  removeItem: (store) => store.removeItem('a'),
  'editItem that removes': (store, ran) =>
    store.editItem('a', () => {
      ran();
      return REMOVE;
    }),
  editItem: (store, ran) =>
    store.editItem('a', () => {
      ran();
      return 'after';
    }),
  'asynchronous editItem': (store, ran) =>
    store.editItem('a', async () => {
      ran();
      return 'after';
    }),
  editItems: (store, ran) =>
    store.editItems(['a', 'b'], () => {
      ran();
      return [
        ['a', 'after'],
        ['b', 'after'],
      ];
    }),
};

/** Opens a store through a proxy and another without it; there are two items. */
async function twoStores(t) {
  const place = await newPlace(t);
  const proxy = await startProxy(t, urlOf(place));
  const other = opened(t, place);
  await other.setItems([
    ['a', 'before'],
    ['b', 'before'],
  ]);
  const store = opened(t, through(place, proxy), { lockTimeout: 60_000 });
  await store.init();
  return { place, proxy, store, other };
}

/**
 * Makes a write; its connection stops in front of the commit, or of the answer to it. `ended` tells
 * how the write has ended.
 */
async function stopped({ proxy, store }, name, direction) {
  const link = stopAtCommit(proxy, direction);
  let runs = 0;
  const write = WRITES[name](store, () => runs++);
  const ended = write.then(
    () => 'committed',
    (error) => error.code,
  );
  return { link: await link, ended: ended.then((end) => (runs > 1 ? 'has run twice' : end)) };
}

/** Finds the session in whose transaction the server waits for the store. */
function sessionOf({ place }) {
  const text = `SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1
    AND xact_start IS NOT NULL AND wait_event = 'ClientRead'`;
  return query(urlOf(place), text, [`persist-lock %:${process.pid}`]);
}

/** Waits until the server has done all that has come to it, and has answered it; resolves with its session. */
async function untilDone(stores) {
  let sessions = [];
  while (sessions.length === 0) sessions = await sessionOf(stores);
  await immediate();
  return sessions;
}

/** Ends a session by hand, and waits until it is gone; the client does not learn of it. */
async function terminate({ place }, link, [{ pid }]) {
  link.stop();
  const text = `SELECT pg_terminate_backend($1, 60000) AS gone`;
  assert.deepEqual(await query(urlOf(place), text, [pid]), [{ gone: true }]);
}

for (const name of Object.keys(WRITES)) {
  // A set does not depend on what was there: one that was not stored is made again.
  const isRepeated = name === 'setItem';
  const lost = isRepeated ? 'it is made again' : 'it rejects and stores nothing';

  test(`${name}: lost before its commit, ${lost}`, async (t) => {
    const stores = await twoStores(t);
    const { link, ended } = await stopped(stores, name, 'toServer');
    await untilDone(stores);
    link.cut();
    assert.equal(await ended, isRepeated ? 'committed' : LOST);
    const value = isRepeated ? 'after' : 'before';
    assert.deepEqual(await stores.other.values(), [value, 'before']);
    assert.equal(await stores.store.editItem('a', (current) => `${current}+`), `${value}+`);
  });

  test(`${name}: lost with the answer to its commit, it resolves`, async (t) => {
    const stores = await twoStores(t);
    const { link, ended } = await stopped(stores, name, 'toClient');
    link.cut();
    assert.equal(await ended, 'committed');
    const value = await stores.other.getItem('a');
    assert.equal(value, /remove/i.test(name) ? undefined : 'after');
  });

  test(`${name}: lost with the answer, and overwritten since, it resolves`, async (t) => {
    const stores = await twoStores(t);
    const { link, ended } = await stopped(stores, name, 'toClient');
    await stores.other.setItem('a', 'by the other');
    link.cut();
    assert.equal(await ended, 'committed');
    assert.equal(await stores.other.getItem('a'), 'by the other');
  });

  test(`${name}: lost before its commit, and overwritten since, ${lost}`, async (t) => {
    const stores = await twoStores(t);
    const { link, ended } = await stopped(stores, name, 'toServer');
    await terminate(stores, link, await untilDone(stores));
    await stores.other.setItem('a', 'by the other');
    link.cut();
    assert.equal(await ended, isRepeated ? 'committed' : LOST);
    assert.equal(await stores.other.getItem('a'), isRepeated ? 'after' : 'by the other');
    assert.equal(await stores.other.getItem('b'), 'before');
  });
}

for (const name of ['setItem', 'setItems', 'editItem']) {
  // The answer to a set also tells which of its items were stored: the items themselves do then.
  test(`${name}: lost with every answer since it was sent, it resolves`, async (t) => {
    const stores = await twoStores(t);
    const { link, ended } = await stopped(stores, name, 'toServer');
    link.toClient.stop();
    link.toServer.resume();
    while ((await stores.other.getItem('a')) !== 'after');
    link.cut();
    assert.equal(await ended, 'committed');
  });
}

/** Calls that make an item which is not there. */
const MADE = {
  editItem: (store) => store.editItem('new', () => 1),
  'asynchronous editItem': (store) => store.editItem('new', async () => 1),
  getOrSet: (store) => store.getOrSet('new', () => 1),
};

for (const [name, make] of Object.entries(MADE)) {
  // That it is not there again does not mean that it was not stored.
  test(`${name} of a new item: lost with the answer, and removed since, it resolves`, async (t) => {
    const stores = await twoStores(t);
    const stopping = stopAtCommit(stores.proxy, 'toClient');
    const made = make(stores.store);
    made.catch(() => {});
    const link = await stopping;
    assert.equal(await stores.other.removeItem('new'), true);
    link.cut();
    assert.equal(await made, 1);
  });
}
