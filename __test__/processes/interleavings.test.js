'use strict';

// Interleavings that broke earlier designs, each told before its test.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { setImmediate: immediate } = require('node:timers/promises');
const test = require('node:test');
const PersistLock = require('../..');
const { mounted, temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { leaseFiles } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');
const { until } = require('../support/waiting');

/** Waits until a process has stopped itself. */
function hasStopped({ pid }) {
  return until(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T '));
}

// A read that sees the instance's own pending writes waits for the set, which waits for the edit, which waits for the read.
test('a read inside an edit does not wait for a set that waits for the edit', async (t) => {
  const store = temporaryStore(t, { lockTimeout: Infinity });
  const edit = store.editItem('A', async () => {
    await immediate();
    return [await store.getItem('A'), await store.keys()];
  });
  const set = store.setItem('B', 5);
  const waiting = store.setItem('A', 6);
  assert.deepEqual(await edit, [null, ['B']]);
  await Promise.all([set, waiting]);
  assert.equal(await store.getItem('A'), 6);
});

// If calls of several keys take their place when they are made, the set of B stands behind them, and they wait for A.
test('a set inside an edit does not stand behind calls that wait for the edit', async (t) => {
  const store = temporaryStore(t, { lockTimeout: Infinity });
  const edit = store.editItem('A', async () => {
    await immediate();
    await immediate();
    await store.setItem('B', 1);
    return 'edited';
  });
  const both = store.editItems(['A', 'B'], (items) => [['A', [...items.values()]]]);
  const cleared = store.clear();
  assert.equal(await edit, 'edited');
  await Promise.all([both, cleared]);
});

// Threads that may be had by all waits alike are all taken by those who wait for keys, and none is left to commit what would free
// the keys.
test('hundreds of edits here and there wait for each other’s keys, and all end', async (t) => {
  const folder = temporaryFolder(t);
  const stores = [1, 2].map(() => new PersistLock(folder, { lockTimeout: Infinity }));
  const keys = [0, 1].map((which) => Array.from({ length: 200 }, (_, at) => `${which}.${at}`));
  const finishes = [];
  const held = stores.map((store, which) =>
    store.editItems(keys[which], () => new Promise((resolve) => finishes.push(resolve))),
  );
  await until(() => finishes.length === 2);
  const waiting = stores.flatMap((store, which) =>
    keys[1 - which].map((key) => store.editItem(key, async (current) => `${current}, edited`)),
  );
  for (const store of stores) await store.setItem('free', 1);
  for (const finish of finishes) finish([]);
  await Promise.all(held);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['undefined, edited']));
  for (const store of stores) await store.close();
  assert.deepEqual(leaseFiles(folder), []);
});

// A thread gets the lock for an event loop that is busy for seconds, and every other writer times out.
test('a lock that is granted to a busy event loop is let go', async (t) => {
  const folder = temporaryFolder(t);
  const stopped = start('stopped.js', folder);
  t.after(() => stopped.kill('SIGKILL'));
  await hasStopped(stopped);
  const file = path.join(folder, 'go on');
  const blocked = start('blocked.js', folder, file);
  t.after(() => blocked.kill('SIGKILL'));
  await once(blocked, 'message');
  stopped.kill('SIGCONT');
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  for (let count = 0; count < 20; count++) await store.setItem('other', count);
  assert.equal(await store.getItem('blocked'), undefined);
  fs.writeFileSync(file, '');
  assert.deepEqual(await blocked.ended, { code: 0, signal: null });
  assert.equal(await store.getItem('blocked'), 1);
  await store.close();
});

// The commit after a callback runs into the time limit: its side effects are done, and its result is lost.
test('no time limit cuts off the commit of a callback that has settled', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: 30 });
  let finish;
  const edit = store.editItem('b', () => new Promise((resolve) => (finish = resolve)));
  await until(() => finish);
  await store.setItem('c', 1);
  const stopped = start('stopped.js', folder);
  t.after(() => stopped.kill('SIGKILL'));
  await hasStopped(stopped);
  finish('edited');
  await assert.rejects(store.setItem('c', 2), { code: 'ERR_PERSIST_LOCK_TIMEOUT' });
  stopped.kill('SIGCONT');
  assert.equal(await edit, 'edited');
  await stopped.ended;
  await store.close();
});

// The lease's file cannot be made when the callback is running already.
test('an edit whose lease cannot be had rejects, and its key is free when its callback has ended', async (t) => {
  const folder = mounted(t, 'size=1m,nr_inodes=9');
  if (!folder) return;
  const store = new PersistLock(folder);
  await store.setItem('a', 'before');
  // With the folder of the leases there is room for no more.
  await store.editItem('a', async (current) => current);
  const filler = [];
  for (let at = 0; ; at++) {
    try {
      fs.writeFileSync(path.join(folder, `filler ${at}`), '');
      filler.push(path.join(folder, `filler ${at}`));
    } catch {
      break;
    }
  }
  let finish;
  const edit = store.editItem('a', () => new Promise((resolve) => (finish = resolve)));
  let isNextRunning = false;
  const next = store.editItem('a', (current) => {
    isNextRunning = true;
    return `${current}, next`;
  });
  await assert.rejects(edit, { name: 'PersistLockError', code: 'ENOSPC', key: 'a' });
  await store.setItem('b', 1);
  assert.equal(isNextRunning, false);
  finish('lost');
  assert.equal(await next, 'before, next');
  for (const file of filler) fs.unlinkSync(file);
  assert.equal(await store.editItem('a', async () => 'again'), 'again');
  await store.close();
});
