'use strict';

// The list of locks over PostgreSQL, from the locks and sessions that the server knows.

const assert = require('node:assert/strict');
const process = require('node:process');
const { test } = require('node:test');
const { withoutServer: skip } = require('../support/postgres/binaries');
const { newPlace, open } = require('../support/postgres/parts');
const { holderOf } = require('../../lib/postgres/lock-list');
const { PersistLock } = require('../../postgres');

/** Opens a store in a place. */
function openStore(t, { connectionString, schema, table }) {
  const store = new PersistLock({ connectionString, schema, table });
  t.after(() => store.close());
  return store;
}

/** Makes a promise that the test resolves. */
function gate() {
  let open_;
  const promise = new Promise((resolve) => (open_ = resolve));
  return { promise, open: open_ };
}

/** Resolves once a list of locks is as wanted. */
async function listed(store, isWanted) {
  for (;;) {
    const locks = await store.locks();
    if (isWanted(locks)) return locks;
  }
}

test(
  'the locks of others have their kinds, and keys where this instance knows them',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const [one, other, third] = [1, 2, 3].map(() => openStore(t, place));
    await Promise.all([one.init(), other.init(), third.init()]);
    assert.deepEqual(await one.locks(), []);
    const held = gate();
    const running = gate();
    const edit = other.editItem('a', async () => {
      running.open();
      await held.promise;
      return 1;
    });
    await running.promise;
    const view = other.viewItem('b', () => held.promise);
    const own = one.editItem('c', () => held.promise);
    const locks = await listed(one, (list) => list.length === 3);
    const shown = locks.map(({ key, kind, waiting }) => [key, kind, waiting]);
    assert.deepEqual(shown[0], ['c', 'edit', false]);
    assert.deepEqual(
      new Set(shown.slice(1).map(String)),
      new Set([String([undefined, 'edit', false]), String([undefined, 'view', false])]),
    );
    for (const lock of locks) {
      assert.deepEqual(lock.process, { pid: process.pid });
      assert.ok(Math.abs(lock.since - Date.now()) < 60_000, `${lock.since}`);
    }
    // A lock that this instance waits for is known by its key.
    const waiting = one.editItem('a', (value = 0) => value + 1);
    const known = await listed(one, (list) =>
      list.some((lock) => lock.key === 'a' && !lock.waiting),
    );
    assert.ok(known.some((lock) => lock.key === 'a' && lock.waiting));
    const clear = third.clear();
    const all = await listed(one, (list) => list.some(({ kind }) => kind === 'clear'));
    const ofAll = all.filter(({ key }) => key === null);
    assert.deepEqual(
      ofAll.map(({ kind, waiting: waits, process: { pid } }) => [kind, waits, pid]),
      [['clear', ofAll[0].waiting, process.pid]],
    );
    held.open();
    await Promise.all([edit, view, own, waiting, clear]);
    assert.deepEqual(await listed(one, (list) => list.length === 0), []);
  },
);

test(
  'the holder of a lock is known by its process, or by that of the server',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const { connections, keys } = open(t, place);
    const lock = keys.lockOf('a');
    assert.equal(await holderOf(connections, lock), undefined);
    const session = await connections.take();
    await session.run([...session.begin(), { text: `SELECT pg_advisory_xact_lock(${lock})` }]);
    const { since, ...holder } = await holderOf(connections, lock);
    assert.deepEqual(holder, { pid: process.pid });
    assert.ok(Math.abs(since - Date.now()) < 60_000);
    const name = (text) => session.run([{ text: `SET LOCAL application_name = '${text}'` }]);
    await name('persist-lock elsewhere:17');
    assert.deepEqual(
      { ...(await holderOf(connections, lock)), since },
      { pid: 17, host: 'elsewhere', since },
    );
    await name('');
    const hidden = { pid: Number(session.backend), host: 'the database server' };
    assert.deepEqual({ ...(await holderOf(connections, lock)), since }, { ...hidden, since });
    await session.run([{ text: 'COMMIT' }]);
    connections.giveBack(session);
  },
);
