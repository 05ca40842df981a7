'use strict';

// Interleavings over the writer lock and lease files that broke earlier designs, each told before its test.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { mounted, temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { cannotSeeStop, resume, stoppedInTurn } = require('../support/stopping');
const { until } = require('../support/waiting');

// If a thread takes the lock for an event loop that is busy for seconds, every other writer times out.
test(
  'a lock that is granted to a busy event loop is released',
  { skip: cannotSeeStop },
  async (t) => {
    const folder = temporaryFolder(t);
    const stopped = await stoppedInTurn(t, folder);
    const file = path.join(folder, 'go on');
    const blocked = start('blocked.js', folder, file);
    t.after(() => blocked.kill('SIGKILL'));
    await once(blocked, 'message');
    resume(stopped);
    const store = new PersistLock(folder, { lockTimeout: Infinity });
    for (let count = 0; count < 20; count++) await store.setItem('other', count);
    assert.equal(await store.getItem('blocked'), undefined);
    fs.writeFileSync(file, '');
    assert.deepEqual(await blocked.ended, { code: 0, signal: null });
    assert.equal(await store.getItem('blocked'), 1);
    await store.close();
  },
);

// If a time limit ends the commit after a callback, the callback's side effects are done and its result is lost.
test(
  'no time limit ends the commit of a callback that has settled',
  { skip: cannotSeeStop },
  async (t) => {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder, { lockTimeout: 30 });
    let finish;
    const edit = store.editItem('b', () => new Promise((resolve) => (finish = resolve)));
    await until(() => finish);
    await store.setItem('c', 1);
    const stopped = await stoppedInTurn(t, folder);
    finish('edited');
    await assert.rejects(store.setItem('c', 2), { code: 'ERR_PERSIST_LOCK_TIMEOUT' });
    resume(stopped);
    assert.equal(await edit, 'edited');
    await stopped.ended;
    await store.close();
  },
);

// The lease file cannot be made, and the callback runs already.
test('an edit whose lease file cannot be made rejects, and frees its key once its callback has ended', async (t) => {
  const folder = mounted(t, 'size=1m,nr_inodes=9');
  if (!folder) return;
  const store = new PersistLock(folder);
  await store.setItem('a', 'before');
  // The folder of leases takes the last inode.
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
